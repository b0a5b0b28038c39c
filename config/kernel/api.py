"""Plumbing of the REST interface: addresses, pages, ordering, parsing, errors."""

import json
import re
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet, RestrictedError
from django.urls import URLPattern
from django.urls.resolvers import RegexPattern
from rest_framework import exceptions, filters, pagination, parsers, routers, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler as drf_exception_handler

from config.kernel.errors import Conflict, Denied, Invalid, Missing, PunctualError

STATUS: dict[type[PunctualError], int] = {
    Invalid: status.HTTP_400_BAD_REQUEST,
    Denied: status.HTTP_403_FORBIDDEN,
    Missing: status.HTTP_404_NOT_FOUND,
    Conflict: status.HTTP_409_CONFLICT,
}


class SlashOptional(RegexPattern):
    """Matches with and without the trailing slash; addresses are always written with it."""

    def match(self, path: str) -> Any:
        """Read a missing slash as if it stood there."""
        return super().match(path if path.endswith("/") or not path else f"{path}/")


class Router(routers.DefaultRouter):
    """Takes addresses with and without the trailing slash, and no format suffixes."""

    include_format_suffixes = False

    def get_urls(self) -> list[URLPattern]:
        """Return DRF's routes, the slash at their end optional."""
        return [self._optional(route) for route in super().get_urls()]

    @staticmethod
    def _optional(route: URLPattern) -> URLPattern:
        pattern = SlashOptional(str(route.pattern), name=route.name, is_endpoint=True)
        return URLPattern(pattern, route.callback, route.default_args, route.name)


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

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> list[Any] | None:
        """Answer 404 to a cursor that somebody made up."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, TypeError, DjangoValidationError) as error:
            raise exceptions.NotFound(self.invalid_cursor_message) from error


class StableOrdering(filters.OrderingFilter):
    """Orders by the fields that the view allows, and by id at last, so that pages never overlap."""

    def get_ordering(self, request: Request, queryset: QuerySet, view: Any) -> Any:
        """Add the id as the last word."""
        wanted = list(super().get_ordering(request, queryset, view) or queryset.model._meta.ordering)
        return wanted if {"id", "-id"} & set(wanted) else [*wanted, "id"]


class TooLarge(exceptions.APIException):
    """More bytes than a request may have."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."
    default_code = "too_large"


class StrictJSONParser(parsers.JSONParser):
    """JSON of a bounded size, with no text in it that PostgreSQL cannot hold."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Read a body; raise 400 for what is no JSON, 413 for what is too long."""
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            value = json.loads(body.decode(settings.DEFAULT_CHARSET), parse_constant=_no_constant)
        except ValueError as error:
            raise exceptions.ParseError(f"JSON parse error - {error}") from error
        except RecursionError as error:
            raise exceptions.ParseError("JSON parse error - nested too deeply") from error
        # Escapes are the only way to NUL and to half a surrogate pair.
        if b"\\u" in body and _has_bad_text(value):
            raise exceptions.ParseError("JSON parse error - NUL characters and lone surrogates are not allowed")
        return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_BAD_TEXT = re.compile("[\x00\ud800-\udfff]")


def _has_bad_text(value: Any) -> bool:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str) and _BAD_TEXT.search(item):
            return True
        if isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            waiting += item
    return False


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer field-keyed errors as DRF does, with a stable `code` beside them."""
    if isinstance(error, PunctualError):
        _roll_back()
        return _domain(error)
    error = _translated(error)
    response = drf_exception_handler(error, context)
    if response is not None and isinstance(response.data, dict):
        response.data.setdefault("code", _code(error))
    elif response is not None:
        response.data = {api_settings.NON_FIELD_ERRORS_KEY: response.data, "code": _code(error)}
    return response


class Raced(exceptions.APIException):
    """Two requests raced for the same key: the database let one through."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "Somebody else just saved the same thing."
    default_code = "conflict"


class InUse(exceptions.APIException):
    """Other rows need it."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "Other things still use this; change or delete them first."
    default_code = "in_use"


def _translated(error: Exception) -> Exception:
    """Return what DRF can answer, for the errors that Django and the database raise about bad input."""
    match error:
        case DjangoValidationError():
            return serializers.ValidationError(serializers.as_serializer_error(error))
        case RequestDataTooBig():
            return TooLarge()
        case SuspiciousOperation() | DataError():
            return exceptions.ParseError("The request holds a value that cannot be stored.")
        case ProtectedError() | RestrictedError():
            return InUse()
        case IntegrityError():
            return Raced()
        case _:
            return error


def _domain(error: PunctualError) -> Response:
    number = next((number for family, number in STATUS.items() if isinstance(error, family)), 400)
    body: dict[str, Any] = {error.field: [error.message]} if error.field else {"detail": error.message}
    return Response({**body, "code": error.code}, status=number)


def _code(error: Exception) -> str:
    if isinstance(error, serializers.ValidationError):
        return "invalid"
    return str(getattr(error, "default_code", "not_found"))


def _roll_back() -> None:
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
