"""Permissions on admin pages, the messages of refused actions, and how cells are shown."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from unfold.decorators import display

from accounts import principal, tenancy
from accounts.engine.roles import Area, Role
from accounts.models import Organization
from config.kernel.errors import PunctualError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Tones(dict[Any, str]):
    """Colours of badges by value, as labels are in the reader's language; other values have no colour.

    A column that is shown as a badge returns the value together with its words.
    """

    def __missing__(self, key: Any) -> str:
        return ""


# The colours of roles, as badges.
ROLES = {Role.OWNER: "primary", Role.MANAGER: "info", Role.STAFF: "success", Role.VIEWER: "warning"}
REFUSALS = (PunctualError, IntegrityError, ValidationError)


def is_allowed(request: HttpRequest, area: Area, action: str) -> bool:
    """Return whether the role table allows the action; False for users who work for no organization."""
    found = principal.find(request)
    return found.may(area, action) if found else False


def tenant_of(row: Any) -> AbstractContextManager[None]:
    """Enter the tenant context of a row; platform administrators have none of their own."""
    organization_id = row.pk if isinstance(row, Organization) else getattr(row, "organization_id", None)
    return tenancy.tenant(organization_id) if organization_id else nullcontext()


def copy_state(row: Any, made: Any) -> None:
    """Copy the state of the row that a service made into the form's row, to which inlines and the log refer."""
    row.__dict__.clear()
    row.__dict__.update(made.__dict__)


def badge(field: str, label: "StrOrPromise", tones: Mapping[Any, str]) -> Any:
    """Return a column that shows a field with choices as a badge."""

    @display(description=label, ordering=field, label=tones)
    def shown(page: Any, row: Any) -> tuple[Any, str]:
        return getattr(row, field), getattr(row, f"get_{field}_display")()

    return shown


def link(address: str, text: str) -> str:
    """Return a link in the admin's colours."""
    return format_html('<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>', address, text)


def error_message(error: Exception) -> str:
    """Return the message of a refusal in one sentence."""
    if isinstance(error, PunctualError):
        return error.message
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return _("Somebody else just saved the same thing.")
