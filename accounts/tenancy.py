"""The tenancy wall, first layer: one context, and a manager that refuses to work without it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.sql.where import AND
from django.utils.translation import gettext as _

from accounts import database_scope
from config.kernel.errors import Denied

RowType = TypeVar("RowType", bound=models.Model, covariant=True)
Row = TypeVar("Row", bound="TenantOwned")
P = ParamSpec("P")
R = TypeVar("R")


class NoTenant(Denied):
    """No organization is chosen, so no clinic's data can be read."""

    code = "no_tenant"


def current() -> int:
    """Return the organization's id; raise `NoTenant` outside any organization's context."""
    organization = database_scope.current().organization
    if organization is None:
        raise NoTenant
    return organization


def current_id() -> int | None:
    """Return the organization's id, or None where no single one is chosen (the default of new rows)."""
    return database_scope.current().organization


def tenant(organization_id: int | None) -> AbstractContextManager[None]:
    """Work as one organization; raise `NoTenant` for none."""
    if organization_id is None:
        raise NoTenant
    return database_scope.entered(database_scope.Scope(organization_id))


@contextmanager
def system() -> Iterator[None]:
    """Look across organizations for a scan or a look-up, before a tenant is known; a linted list of places.

    Statements run under a role of their own, which may read and write only what these places need. Usable as a
    decorator too.
    """
    with database_scope.entered(database_scope.SYSTEM):
        yield


def of_row(service: Callable[Concatenate[Row, P], R]) -> Callable[Concatenate[Row, P], R]:
    """Run a service in one transaction and in the tenant of its subject, also for platform administrators."""

    @wraps(service)
    def inside(row: Row, *args: P.args, **kwargs: P.kwargs) -> R:
        with tenant(cast(int, row.organization_id)), transaction.atomic():
            return service(row, *args, **kwargs)

    return inside


class TenantManager(models.Manager[RowType], Generic[RowType]):
    """Shows the rows of the current organization only."""

    def get_queryset(self) -> models.QuerySet[RowType]:
        """Return the tenant's rows; raise `NoTenant` outside any context."""
        rows = super().get_queryset()
        # What `filter(organization_id=…)` comes to, without its search for the field: prefetching asks for each row.
        field: Any = self.model._meta.get_field("organization")
        column = field.get_col(rows.query.get_initial_alias())
        rows.query.where.add(field.get_lookup("exact")(column, current()), AND)
        return rows

    def unscoped(self) -> models.QuerySet[RowType]:
        """Return the rows of all organizations, as far as the scope lets them be seen; a linted list of places.

        Raises `NoTenant` where nobody was let in, since the database would show nothing there.
        """
        if database_scope.current() == database_scope.NOBODY:
            raise NoTenant
        return super().get_queryset()


class TenantOwned(models.Model):
    """A row that belongs to one organization."""

    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, default=current_id, related_name="+"
    )

    objects = TenantManager()

    class Meta:
        abstract = True

    def save(self, *, force_insert: Any = False, force_update: bool = False, **options: Any) -> None:
        """Insert a new row, or update one that was read: never insert again what somebody deleted meanwhile.

        Raises `DatabaseError` where it is gone, as Django does with `update_fields`.
        """
        is_read = not (self._state.adding or force_insert)
        super().save(force_insert=force_insert, force_update=force_update or is_read, **options)

    def clean(self) -> None:
        """Refuse relations to another organization's rows, which Django's own checks let through."""
        super().clean()
        strangers = {
            field.name: ValidationError(
                _("There is no such %(verbose_name)s.") % {"verbose_name": field.verbose_name}, code="does_not_exist"
            )
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


class TenantPart(TenantOwned):
    """A row of one organization that is required to belong to another row of it.

    That relation's composite key says that the organization exists, and UNIQUE (organization, id) is its index.
    """

    organization = models.ForeignKey(
        "accounts.Organization",
        on_delete=models.CASCADE,
        default=current_id,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        abstract = True
