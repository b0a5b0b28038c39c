"""The tenancy wall, first layer: one context, and a manager that refuses to work without it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from config.kernel.errors import Denied

# The id of the organization, EVERYONE (platform administrators, scanners), or None: nobody was let in.
EVERYONE = "everyone"
_current: ContextVar[int | str | None] = ContextVar("organization", default=None)


class NoTenant(Denied):
    """No organization is chosen, so no clinic's data can be read."""

    code = "no_tenant"


def current() -> int | str:
    """Return the organization's id, or EVERYONE; raise `NoTenant` outside any context."""
    value = _current.get()
    if value is None:
        raise NoTenant
    return value


def current_id() -> int | None:
    """Return the organization's id, or None where no single one is chosen (the default of new rows)."""
    value = _current.get()
    return value if isinstance(value, int) else None


@contextmanager
def tenant(organization_id: int | None) -> Iterator[None]:
    """Work as one organization; raise `NoTenant` for none."""
    if organization_id is None:
        raise NoTenant
    token = _current.set(organization_id)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def everyone() -> Iterator[None]:
    """Work across organizations: platform administrators in the admin, and commands; a linted list of places."""
    token = _current.set(EVERYONE)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def system() -> Iterator[None]:
    """Look across organizations for a scan or a look-up, before a tenant is known; a linted list of places."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


class TenantQuerySet(models.QuerySet):
    """What every tenant model's queryset can do."""


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    """Shows the rows of the current organization only."""

    def get_queryset(self) -> Any:
        """Return the tenant's rows; raise `NoTenant` outside any context."""
        organization = current()
        rows = super().get_queryset()
        return rows if organization == EVERYONE else rows.filter(organization_id=organization)

    def unscoped(self) -> Any:
        """Return the rows of all organizations; stands only in a linted list of places."""
        return super().get_queryset()


class TenantOwned(models.Model):
    """A row that belongs to one organization."""

    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, default=current_id, related_name="+"
    )

    objects = TenantManager()

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse relations to another organization's rows, which Django's own checks let through."""
        super().clean()
        strangers = {
            field.name: ValidationError(f"There is no such {field.verbose_name}.", code="does_not_exist")
            for field in self._meta.concrete_fields
            if field.is_relation and self._is_foreign(field)
        }
        if strangers:
            raise ValidationError(strangers)

    def _is_foreign(self, field: Any) -> bool:
        pk = getattr(self, field.attname)
        if pk is None or not issubclass(field.related_model, TenantOwned):
            return False
        own = field.related_model._base_manager.filter(organization_id=self.organization_id, pk=pk)
        return not own.exists()
