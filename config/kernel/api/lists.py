"""Pages and order of lists."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from rest_framework import exceptions, filters, pagination
from rest_framework.request import Request


class PageNumbers(pagination.PageNumberPagination):
    """Ten rows a page as in the older interface; `page_size` up to 500."""

    page_size = 10
    page_size_query_param = "page_size"
    max_page_size = 500


class LimitOffset(pagination.LimitOffsetPagination):
    """Contacts: 50 at a time, at most 7,000."""

    default_limit = 50
    max_limit = 7000
    # Beyond PostgreSQL's bigint an OFFSET is an error.
    max_offset = 10**12

    def get_offset(self, request: Request) -> int:
        """Keep the offset inside what the database can count."""
        return min(super().get_offset(request), self.max_offset)


class Cursor(pagination.CursorPagination):
    """Appointments: 30 at a time, at most 2,000; no count."""

    page_size = 30
    page_size_query_param = "page_size"
    max_page_size = 2000
    ordering = "id"

    def decode_cursor(self, request: Request) -> Any:
        """Read the cursor; what is no Base64 would be left out, and the rest taken for the first page."""
        if not re.fullmatch("[A-Za-z0-9+/=]*", request.query_params.get(self.cursor_query_param, "")):
            raise exceptions.NotFound(self.invalid_cursor_message)
        return super().decode_cursor(request)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """Answer 404 to a cursor that somebody made up."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, TypeError, ValidationError) as error:
            raise exceptions.NotFound(self.invalid_cursor_message) from error


class StableOrdering(filters.OrderingFilter):
    """Orders by the fields that the view allows, and by id at last, so that pages never overlap."""

    def get_ordering(self, request: Request, queryset: QuerySet, view: Any) -> Any:
        """Add the id as the last word."""
        wanted = list(super().get_ordering(request, queryset, view) or queryset.model._meta.ordering)
        return wanted if {"id", "-id"} & set(wanted) else [*wanted, "id"]
