"""Pages and order of lists."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import exceptions, filters, pagination, serializers
from rest_framework.request import Request

NUMBER = re.compile("[0-9]+")


def asked_number(request: Request, name: str, *, least: int) -> int | None:
    """Return the number that a parameter of the address holds, None where it is absent; raise 400 for anything else."""
    text = request.query_params.get(name)
    if text is None:
        return None
    # Longer than any number of rows; int() refuses to read thousands of digits.
    if not NUMBER.fullmatch(text) or int(text[:30]) < least:
        words = _("“%(value)s” is no number from %(least)s on.") % {"value": text[:40], "least": least}
        raise serializers.ValidationError({name: [words]})
    return int(text[:30])


class PageNumbers(pagination.PageNumberPagination):
    """Ten rows a page as in the older interface; `page_size` up to 500."""

    page_size = 10
    page_size_query_param = "page_size"
    max_page_size = 500

    def get_page_size(self, request: Request) -> int | None:
        """Refuse sizes that are none."""
        asked_number(request, self.page_size_query_param, least=1)
        return super().get_page_size(request)

    def get_page_number(self, request: Request, paginator: Any) -> int | str:
        """Answer 404 to digits other than 0 to 9, too."""
        number = super().get_page_number(request, paginator)
        return number if str(number).isascii() else ""


class LimitOffset(pagination.LimitOffsetPagination):
    """Contacts: 50 at a time, at most 7,000."""

    default_limit = 50
    max_limit = 7000
    # Beyond PostgreSQL's bigint an OFFSET is an error.
    max_offset = 10**12

    def get_limit(self, request: Request) -> int | None:
        """Refuse limits that are none."""
        asked_number(request, self.limit_query_param, least=1)
        return super().get_limit(request)

    def get_offset(self, request: Request) -> int:
        """Keep the offset inside what the database can count."""
        asked_number(request, self.offset_query_param, least=0)
        return min(super().get_offset(request), self.max_offset)


class Cursor(pagination.CursorPagination):
    """Appointments: 30 at a time, at most 2,000; no count."""

    page_size = 30
    page_size_query_param = "page_size"
    max_page_size = 2000
    ordering = "id"

    def get_page_size(self, request: Request) -> int | None:
        """Refuse sizes that are none."""
        asked_number(request, self.page_size_query_param, least=1)
        return super().get_page_size(request)

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

    def remove_invalid_fields(self, queryset: QuerySet, fields: Any, view: Any, request: Request) -> Any:
        """Refuse what the view does not allow, rather than leave it out."""
        allowed = [name for name, _label in self.get_valid_fields(queryset, view, {"request": request})]
        strangers = [name for name in fields if name.removeprefix("-") not in allowed]
        if strangers:
            values = {"value": strangers[0][:60], "choices": ", ".join(allowed)}
            words = _("One cannot order by “%(value)s”; write %(choices)s, with a - before it for the reverse.")
            raise serializers.ValidationError({self.ordering_param: [words % values]})
        return fields

    def get_ordering(self, request: Request, queryset: QuerySet, view: Any) -> Any:
        """Add the id as the last word."""
        wanted = list(super().get_ordering(request, queryset, view) or queryset.model._meta.ordering)
        return wanted if {"id", "-id"} & set(wanted) else [*wanted, "id"]
