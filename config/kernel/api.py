"""Plumbing of the REST interface: pages, errors, the router."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, transaction
from rest_framework import pagination, routers, serializers, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from config.kernel.errors import Conflict, Denied, Invalid, Missing, PunctualError

STATUS: dict[type[PunctualError], int] = {
    Invalid: status.HTTP_400_BAD_REQUEST,
    Denied: status.HTTP_403_FORBIDDEN,
    Missing: status.HTTP_404_NOT_FOUND,
    Conflict: status.HTTP_409_CONFLICT,
}


class PageNumbers(pagination.PageNumberPagination):
    """Ten rows a page as in the older interface; `page_size` up to 500."""

    page_size = 10
    page_size_query_param = "page_size"
    max_page_size = 500


class Router(routers.DefaultRouter):
    """Takes addresses with and without the trailing slash."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trailing_slash = "/?"


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer field-keyed errors as DRF does, with a stable `code` beside them."""
    if isinstance(error, PunctualError):
        _roll_back()
        return _domain(error)
    if isinstance(error, DjangoValidationError):
        error = serializers.ValidationError(serializers.as_serializer_error(error))
    if isinstance(error, IntegrityError):
        # Two requests raced for the same key: the database let one through.
        _roll_back()
        return Response({"detail": "Somebody else just saved the same thing.", "code": "conflict"}, status=409)
    response = drf_exception_handler(error, context)
    if response is not None and isinstance(response.data, dict):
        response.data.setdefault("code", _code(error))
    elif response is not None:
        response.data = {"non_field_errors": response.data, "code": _code(error)}
    return response


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
