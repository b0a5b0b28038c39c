"""Error answers of the REST interface: families of errors to status numbers, and a code for each."""

from typing import Any

from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DatabaseError, DataError, IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler as drf_exception_handler

from config.kernel.api.parsers import TooLarge
from config.kernel.errors import Conflict, Denied, ExternalIdTaken, Invalid, Missing, Outdated, PunctualError, Throttled

STATUS: dict[type[PunctualError], int] = {
    Invalid: status.HTTP_400_BAD_REQUEST,
    Denied: status.HTTP_403_FORBIDDEN,
    Missing: status.HTTP_404_NOT_FOUND,
    Conflict: status.HTTP_409_CONFLICT,
    Outdated: status.HTTP_412_PRECONDITION_FAILED,
    Throttled: status.HTTP_429_TOO_MANY_REQUESTS,
}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer field-keyed errors as DRF does, with a stable `code` beside them."""
    request = context.get("request")
    error = _translated(error, request.method if request else "")
    if isinstance(error, PunctualError):
        _roll_back()
        return _domain(error)
    response = drf_exception_handler(error, context)
    if response is not None and isinstance(response.data, dict):
        response.data.setdefault("code", _code(error))
    elif response is not None:
        response.data = {api_settings.NON_FIELD_ERRORS_KEY: response.data, "code": _code(error)}
    return response


class Raced(exceptions.APIException):
    """Two requests raced for the same key: the database let one through."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = gettext_lazy("Somebody else just saved the same thing.")
    default_code = "conflict"


class ReferenceDeleted(exceptions.APIException):
    """A row that the request names was deleted while it was carried out."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = gettext_lazy("Something that this refers to was deleted a moment ago.")
    default_code = "reference_deleted"


class Deleted(exceptions.NotFound):
    """Somebody deleted the row while the request was carried out."""

    default_detail = gettext_lazy("It was deleted a moment ago.")


class InUse(exceptions.APIException):
    """Other rows need it."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = gettext_lazy("Other things still use this; change or delete them first.")
    default_code = "in_use"


class Busy(exceptions.APIException):
    """The database did not get to it in time."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = gettext_lazy("This took too long and was given up, with no effect; try again in a moment.")
    default_code = "busy"
    wait = 5  # seconds, as Retry-After


# PostgreSQL gave up: no lock in time, a statement too long, a deadlock.
GIVEN_UP = {"55P03", "57014", "40P01"}
FOREIGN_KEY, UNIQUE, EXCLUDED = "23503", "23505", "23P01"
# A rule of the table that no check above it knew.
REFUSED = "23514"


def of_database(error: DatabaseError, method: str) -> exceptions.APIException | PunctualError | None:
    """Return what to answer where the database refused what two requests did at once; None for other errors.

    A foreign key fails for who deletes a row to which another request has just referred, and for who refers to a row
    that another one has just deleted.
    """
    code = getattr(error.__cause__, "pgcode", "")
    if code == FOREIGN_KEY:
        return InUse() if method == "DELETE" else ReferenceDeleted()
    if code in (UNIQUE, EXCLUDED):
        return _taken(error)
    if type(error) is DatabaseError and error.__cause__ is None:
        # Django's own: a row that was read and is saved is no longer there.
        return Deleted()
    return Busy() if code in GIVEN_UP else None


def _translated(error: Exception, method: str) -> Exception:
    """Return what DRF can answer, for the errors that Django and the database raise about bad input."""
    match error:
        case DjangoValidationError():
            return serializers.ValidationError(serializers.as_serializer_error(error))
        case RequestDataTooBig():
            return TooLarge()
        case SuspiciousOperation() | DataError():
            return exceptions.ParseError(_("The request holds a value that cannot be stored."))
        case ObjectDoesNotExist():
            # A service that locks a row after the view read it: somebody deleted it in between.
            return exceptions.NotFound()
        case ProtectedError() | RestrictedError():
            return InUse()
        case IntegrityError() if getattr(error.__cause__, "pgcode", "") == REFUSED:
            return serializers.ValidationError(_("The values do not go together, or one is out of its range."))
        case DatabaseError():
            return of_database(error, method) or (Raced() if isinstance(error, IntegrityError) else error)
        case _:
            return error


def _taken(error: DatabaseError) -> exceptions.APIException | PunctualError:
    """Return what to answer where two requests raced for one key; each app calls an external id's constraint so."""
    diagnostics = getattr(error.__cause__, "diag", None)
    name = getattr(diagnostics, "constraint_name", None) or ""
    return ExternalIdTaken(field="external_id") if name.endswith("_external_id") else Raced()


def refusal(error: PunctualError | exceptions.APIException) -> tuple[int, dict[str, Any]]:
    """Return the status and the body of an answer that refuses, as of one part of a request."""
    if isinstance(error, exceptions.APIException):
        told = error.detail if isinstance(error.detail, dict) else {"detail": error.detail}
        return error.status_code, {**told, "code": _code(error)}
    number = next((number for family, number in STATUS.items() if isinstance(error, family)), 400)
    body: dict[str, Any] = {error.field: [error.message]} if error.field else {"detail": error.message}
    return number, {**body, "code": error.code}


def _domain(error: PunctualError) -> Response:
    number, body = refusal(error)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, Throttled) else None
    return Response(body, status=number, headers=headers)


def _code(error: Exception) -> str:
    if isinstance(error, serializers.ValidationError):
        return "invalid"
    return str(getattr(error, "default_code", "not_found"))


def _roll_back() -> None:
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
