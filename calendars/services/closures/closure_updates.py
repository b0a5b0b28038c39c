"""Apply changed closures and opening hours to the events that they concern; each night, all of them to all."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from accounts import tenancy
from calendars.models import Closure, Event
from calendars.services.closures import closure_effects

# So many batches at once; a worker has other work, too.
AT_ONCE = 10
# Zones lie at most so far apart.
MARGIN = timedelta(days=2)
# How far ahead changed opening hours are applied to events at once; the nightly task does the rest.
NEAR = timedelta(days=62)


def evaluate_next(organization_id: int, *, after: int, now: datetime) -> int:
    """Evaluate the next events to come of an organization, behind one; return the last one's key, 0 at the end."""
    with tenancy.tenant(organization_id):
        if not after:
            _wait_for_changes()
        batches = closure_effects.evaluate_batches(Event.objects.closable(now), after=after, now=now, tells=True)
        for number, (last, _) in enumerate(batches, start=1):
            if number == AT_ONCE:
                return last
    return 0


@transaction.atomic
def evaluate_closure(closure: Closure, *, now: datetime) -> int:
    """Apply a closure that was just made, changed or removed to the events that it meets, or met before."""
    closure_effects.lock_exclusive()
    zone = ZoneInfo("UTC")
    begin, end = (
        closure.closed_span.begin.replace(tzinfo=zone) - MARGIN,
        closure.closed_span.end.replace(tzinfo=zone) + MARGIN,
    )
    return closure_effects.evaluate(~Q(closure="") | Q(start__lt=end, end__gt=begin), now=now)


@transaction.atomic
def evaluate_opening_hours(*, now: datetime) -> int:
    """Apply changed opening hours to the events of the next two months, and to all that met something before."""
    closure_effects.lock_exclusive()
    return closure_effects.evaluate(~Q(closure="") | Q(start__lt=now + NEAR), now=now)


@transaction.atomic
def _wait_for_changes() -> None:
    closure_effects.lock_exclusive()
