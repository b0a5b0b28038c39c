"""Who may do what on admin pages, and what is said when a service refuses."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpRequest

from accounts import principal, tenancy
from accounts.engine.roles import Area, Role
from accounts.models import Organization
from config.kernel.errors import PunctualError

# The colours of roles, as badges.
ROLES = {Role.OWNER: "primary", Role.MANAGER: "info", Role.STAFF: "success", Role.VIEWER: "warning"}
REFUSALS = (PunctualError, IntegrityError, ValidationError)


def is_allowed(request: HttpRequest, area: Area, action: str) -> bool:
    """Ask the role table; who works for no organization has no place in it."""
    found = principal.find(request)
    return found.may(area, action) if found else False


def tenant_of(row: Any) -> AbstractContextManager[None]:
    """Enter the organization of a row, which a platform administrator is not in by themselves."""
    organization_id = row.pk if isinstance(row, Organization) else getattr(row, "organization_id", None)
    return tenancy.tenant(organization_id) if organization_id else nullcontext()


def copy_state(row: Any, made: Any) -> None:
    """Let the form's row be the one that a service made or changed, so that inlines and the log refer to it."""
    row.__dict__.clear()
    row.__dict__.update(made.__dict__)


def error_message(error: Exception) -> str:
    """Say in one sentence what was refused."""
    if isinstance(error, PunctualError):
        return error.message
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return "Somebody else just saved the same thing."
