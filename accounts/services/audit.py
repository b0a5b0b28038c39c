"""Writing the audit trail: in the transaction of what is told, without a lock, and without anybody's data."""

import copy
import getpass
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from celery import current_task
from django.db.models import Model

from accounts import scope, tenancy
from accounts.engine.audit_actor import Actor
from accounts.models import AuditEntry, Organization, PlatformEntry, Via


@dataclass
class _Scene:
    actor: Actor
    told: set[tuple[str, str]] = field(default_factory=set)


_scene: ContextVar[_Scene | None] = ContextVar("audit_scene", default=None)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Let whatever is recorded inside be this actor's doing."""
    token = _scene.set(_Scene(actor))
    try:
        yield
    finally:
        _scene.reset(token)


def actor() -> Actor:
    """Return who acts now."""
    scene = _scene.get()
    return scene.actor if scene else _by_itself()


@contextmanager
def patient(contact_id: int | None) -> Iterator[None]:
    """Let whatever is recorded inside be a patient's doing; their number in the contacts is all that is said."""
    with acting(Actor(via=Via.PATIENT, identity=f"contact:{contact_id}" if contact_id else "")):
        yield


def record(
    action: str, row: Model | None = None, *, of: tuple[str, Any] = ("", ""), changed: Iterable[str] = (), **facts: Any
) -> None:
    """Write what was done to a row, or to the (kind, id) of one; `facts` are counts, roles and the like.

    It stands in the trail of the row's organization, else of the current one. What is done where no organization is
    chosen, by platform administrators, stands in the platform's trail too.
    """
    kind, object_id = (row._meta.label_lower, row.pk) if row is not None else of
    if scene := _scene.get():
        scene.told.add((kind, str(object_id)))
    who = actor()
    told = {"via": who.via, "identity": who.identity[:80], "name": who.name[:200], "address": who.address}
    told |= {"agent": who.agent, "action": action[:40], "kind": kind, "object_id": str(object_id)[:40]}
    entry = {**told, "changed": sorted(changed), "facts": facts}
    organization_id = tenancy.current_id()
    if organization_id is None:
        with scope.entered(scope.NOBODY):
            PlatformEntry.objects.create(**entry)
    owner = _owner(row) or organization_id
    if owner:
        with tenancy.tenant(owner):
            AuditEntry.objects.create(organization_id=owner, **entry)


def ensure(
    action: str, row: Model | None = None, *, of: tuple[str, Any] = ("", ""), changed: Iterable[str] = ()
) -> None:
    """Write it, unless a service told in this request what it did to the row, in its own and better words."""
    kind, object_id = (row._meta.label_lower, row.pk) if row is not None else of
    scene = _scene.get()
    if not scene or (kind, str(object_id)) not in scene.told:
        record(action, of=(kind, object_id), row=row, changed=changed)


def _by_itself() -> Actor:
    """Return who acts outside of requests: a task, or whoever runs a command on the server."""
    if current_task:
        return Actor(via=Via.TASK, identity=f"task:{current_task.name}", name=current_task.name)
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        name = ""
    return Actor(via=Via.COMMAND, identity=f"system:{name}", name=name)


def _owner(row: Model | None) -> int | None:
    return row.pk if isinstance(row, Organization) else getattr(row, "organization_id", None)


class Watch:
    """Remembers a row as it was, and tells which fields are different now."""

    def __init__(self, row: Model) -> None:
        self.model, self.pk = type(row), row.pk
        self.before = self._values(row)

    @property
    def of(self) -> tuple[str, Any]:
        """Return kind and id, also when the row is gone."""
        return self.model._meta.label_lower, self.pk

    def changed(self, now: Model | None = None) -> list[str]:
        """Name the fields that the database holds differently now; none when the row is gone.

        `now` is the row as it was just read, where somebody did.
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
