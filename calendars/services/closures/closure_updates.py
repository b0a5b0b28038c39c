"""Apply changed closures and opening hours to the events that they concern: at once, or by a worker."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from calendars.engine.closure_decision import OUTSIDE
from calendars.models import Closure, Event
from calendars.services.closures import closure_effects, closure_requests
from calendars.signals import opening_changed

# Zones lie at most so far apart.
MARGIN = timedelta(days=2)
# How far ahead changed opening hours are applied to events at once; the nightly task does the rest.
NEAR = timedelta(days=62)


@transaction.atomic
def evaluate_closure(closure: Closure, *, now: datetime) -> int | None:
    """Apply a closure that was just made, changed or removed to the events that it meets, or met before.

    Returns how many changed; None where a worker applies it.
    """
    closure_effects.lock_exclusive()
    zone = ZoneInfo("UTC")
    begin, end = (
        closure.closed_span.begin.replace(tzinfo=zone) - MARGIN,
        closure.closed_span.end.replace(tzinfo=zone) + MARGIN,
    )
    return _evaluate(~Q(closure__in=["", OUTSIDE]) | Q(start__lt=end, end__gt=begin), now=now)


@transaction.atomic
def evaluate_opening_hours(*, now: datetime) -> int | None:
    """Apply changed opening hours to the events of the next two months, and to all that met something before.

    Returns how many changed; None where a worker applies them, to all events to come.
    """
    closure_effects.lock_exclusive()
    return _evaluate(~Q(closure="") | Q(start__lt=now + NEAR), now=now)


def _evaluate(which: Q, *, now: datetime) -> int | None:
    most: int = settings.CLOSURE_AT_ONCE
    if Event.objects.closable(now).filter(which).order_by()[: most + 1].count() > most:
        closure_requests.request()
        return None
    changed = closure_effects.evaluate(which, now=now)
    opening_changed.send(Closure, now=now)
    return changed
