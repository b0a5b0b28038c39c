"""Lock events and series, in one order everywhere, inside the organization of the row that a service is about."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.db import connection, transaction

from accounts import tenancy
from accounts.tenancy import TenantOwned
from calendars.models import Event

# Tells the table's trigger that the wall-clock time is meant to stay.
KEEP = "SELECT set_config('punctual.same_wall_time', %s, true)"

Row = TypeVar("Row", bound=TenantOwned)
P = ParamSpec("P")
R = TypeVar("R")


def of_row(service: Callable[Concatenate[Row, P], R]) -> Callable[Concatenate[Row, P], R]:
    """Run a service in one transaction and in the tenant of its subject, also for platform administrators."""

    @wraps(service)
    def inside(row: Row, *args: P.args, **kwargs: P.kwargs) -> R:
        with tenancy.tenant(cast(int, row.organization_id)), transaction.atomic():
            return service(row, *args, **kwargs)

    return inside


@contextmanager
def same_wall_time() -> Iterator[None]:
    """Let events go to other instants, or to another zone, that are at the same time on the wall."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP, ["yes"])
        yield
        cursor.execute(KEEP, [""])


def lock(event_id: int) -> Event:
    """Lock an event and return it as it is now; the first lock of every service. Raises `Event.DoesNotExist`."""
    rows = Event.objects.select_for_update(of=("self",)).select_related("organization", "contact", "rule")
    event: Event = rows.get(pk=event_id)
    return event


def lock_series(event: Event) -> Event:
    """Lock the root of an event's series (of what is no occurrence, itself) and return it, also after a split."""
    known: int | None = None
    while True:
        parent = Event.objects.values_list("parent_event_id", flat=True).get(pk=event.pk) or event.pk
        if parent == known:
            return lock(parent)
        # The series may have been split while this waited for the lock.
        lock(parent)
        known = parent


def lock_family(root: Event) -> list[Event]:
    """Lock a root and its children, in the order of their ids (the root was there first)."""
    return [lock(root.pk), *root.children.select_for_update(of=("self",)).order_by("pk")]
