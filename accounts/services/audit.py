"""Write the audit trail: in the transaction of the recorded change, without a lock, without personal data."""

import copy
import getpass
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from celery import current_task
from django.db.models import Model

from accounts import database_scope, tenancy
from accounts.engine.audit_actor import Actor
from accounts.models import AuditEntry, Organization, PlatformEntry, Via
from accounts.tenancy import TenantOwned


@dataclass
class _AuditContext:
    actor: Actor
    recorded: set[tuple[str, str]] = field(default_factory=set)


_context: ContextVar[_AuditContext | None] = ContextVar("audit_context", default=None)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Attribute what is recorded inside to this actor."""
    token = _context.set(_AuditContext(actor))
    try:
        yield
    finally:
        _context.reset(token)


def actor() -> Actor:
    """Return the current actor: of the request, else the task or command that runs."""
    context = _context.get()
    return context.actor if context else _background_actor()


@contextmanager
def acting_as_patient(contact_id: int | None, *, through: str = "") -> Iterator[None]:
    """Attribute what is recorded inside to a patient, identified by the contact's id only, on a channel."""
    with acting(Actor(via=Via.PATIENT, identity=f"contact:{contact_id}" if contact_id else "", through=through)):
        yield


@contextmanager
def acting_through(channel: str) -> Iterator[None]:
    """Attribute what is recorded inside to whom it is now, on another channel."""
    with acting(replace(actor(), through=channel)):
        yield


def record(
    action: str,
    row: Model | None = None,
    *,
    subject: tuple[str, Any] = ("", ""),
    changed: Iterable[str] = (),
    **facts: Any,
) -> None:
    """Write an audit entry about a row, or about the `subject` (model label, id) of one.

    `facts` are counts, roles and the like. The entry goes to the trail of the row's organization, else of the current
    one; without a current organization (platform administrators) also to the platform's trail.
    """
    kind, object_id = (row._meta.label_lower, row.pk) if row is not None else subject
    if context := _context.get():
        context.recorded.add((kind, str(object_id)))
    values = {"action": action[:40], "kind": kind, "object_id": str(object_id)[:40]}
    entry = {**_actor_values(), **values, "changed": sorted(changed), "facts": facts}
    organization_id = tenancy.current_id()
    if organization_id is None:
        with database_scope.entered(database_scope.NOBODY):
            PlatformEntry.objects.create(**entry)
    owner = _owner(row) or organization_id
    if owner:
        with tenancy.tenant(owner):
            AuditEntry.objects.create(organization_id=owner, **entry)


def record_once(
    action: str, row: Model | None = None, *, subject: tuple[str, Any] = ("", ""), changed: Iterable[str] = ()
) -> None:
    """Write an audit entry, unless a service has recorded something about the row in this request."""
    kind, object_id = (row._meta.label_lower, row.pk) if row is not None else subject
    context = _context.get()
    if not context or (kind, str(object_id)) not in context.recorded:
        record(action, subject=(kind, object_id), row=row, changed=changed)


def record_many(action: str, rows: Iterable[TenantOwned]) -> None:
    """Write an audit entry about each of many rows of the current organization, in one statement."""
    values = {**_actor_values(), "action": action[:40], "organization_id": tenancy.current()}
    entries = (AuditEntry(**values, kind=row._meta.label_lower, object_id=str(row.pk)) for row in rows)
    AuditEntry.objects.bulk_create(entries)


def record_changes(action: str, changes: Mapping[Any, Sequence[str]], **facts: Any) -> None:
    """Write which fields of rows of the current organization changed, in one statement.

    Left out are rows that did not change, and those of which a service has recorded something in this request.
    """
    known = context.recorded if (context := _context.get()) else set()
    values = {**_actor_values(), "action": action[:40], "organization_id": tenancy.current()}
    AuditEntry.objects.bulk_create(
        AuditEntry(**values, kind=row._meta.label_lower, object_id=str(row.pk), changed=sorted(changed), facts=facts)
        for row, changed in changes.items()
        if changed and (row._meta.label_lower, str(row.pk)) not in known
    )


def stands_for(row: Model) -> None:
    """Let what was recorded in this request stand for what was done to another row, of which nothing more is told."""
    if context := _context.get():
        context.recorded.add((row._meta.label_lower, str(row.pk)))


def _actor_values() -> dict[str, Any]:
    who = actor()
    values = {"via": who.via, "identity": who.identity[:80], "name": who.name[:200]}
    return {**values, "address": who.address, "agent": who.agent}


def _background_actor() -> Actor:
    """Return the actor outside of requests: the Celery task, or the system user who runs a command."""
    if current_task:
        return Actor(via=Via.TASK, identity=f"task:{current_task.name}", name=current_task.name)
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        name = ""
    return Actor(via=Via.COMMAND, identity=f"system:{name}", name=name)


def _owner(row: Model | None) -> int | None:
    return row.pk if isinstance(row, Organization) else getattr(row, "organization_id", None)


class RowSnapshot:
    """The field values of a row, to compare with the database later."""

    def __init__(self, row: Model) -> None:
        self.model, self.pk = type(row), row.pk
        self.before = self._values(row)

    @property
    def subject(self) -> tuple[str, Any]:
        """Return model label and id, also when the row is gone."""
        return self.model._meta.label_lower, self.pk

    def changed_fields(self, now: Model | None = None) -> list[str]:
        """Return the names of the fields that differ in the database now; none when the row is gone.

        `now` is the row as it was read after the change; without it, it is read here.
        """
        if now is None or now.pk != self.pk:
            # What was left in the database, such as the bytes of a recording, stays there.
            left = [field.name for field in self.model._meta.concrete_fields if field.name not in self.before]
            now = self.model._default_manager.filter(pk=self.pk).defer(*left).first()
        after = self._values(now) if now else {}
        return [name for name, value in after.items() if name in self.before and self.before[name] != value]

    @staticmethod
    def _values(row: Model) -> dict[str, Any]:
        hidden = row.get_deferred_fields()
        fields = [field for field in row._meta.concrete_fields if field.attname not in hidden]
        return {field.name: copy.deepcopy(getattr(row, field.attname)) for field in fields}
