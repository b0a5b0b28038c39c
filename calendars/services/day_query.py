"""List the events of consecutive days, the first ones of each: one query, however many there are."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, F, Func, IntegerField, Q, Value, When, Window
from django.db.models.functions import RowNumber

from calendars.engine import time_kinds
from calendars.engine.recurrence.recurrence_set import resolve
from calendars.engine.states import TimeKind
from calendars.models import Event
from calendars.querysets import LASTS_DAYS, EventQuerySet

DAY = timedelta(days=1)
# So many events are shown that began before the first day and go on.
RUNNING = 100
HANGS = Q(all_day=True) | Q(floating=True)


@dataclass(frozen=True)
class Days:
    """Consecutive days of a zone; `calendar_zones` are those of calendars, by which all-day events have their days."""

    days: list[date]
    zone: str
    calendar_zones: frozenset[str] = frozenset()

    @property
    def begin(self) -> datetime:
        """Return the instant before which nothing of these days begins."""
        return min(bounds[0] for bounds in self._bounds.values())

    @property
    def begun(self) -> datetime:
        """Return the instant at which the first day has begun wherever it does."""
        return max(bounds[0] for bounds in self._bounds.values())

    @property
    def end(self) -> datetime:
        """Return the instant from which on nothing of these days begins."""
        return max(bounds[-1] for bounds in self._bounds.values())

    def span(self, event: Event, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """Return from when to when an event of such a kind is shown, on the wall clock that it hangs on."""
        zone = ZoneInfo(self.zone if event.kind == TimeKind.TIMED else event.time_zone)
        return time_kinds.local(start, zone, event.kind), time_kinds.local(end, zone, event.kind)

    @property
    def slot(self) -> Any:
        """Return the expression for the number of the day, from 1 on, on which an event begins."""
        others = sorted(self.calendar_zones - {self.zone})
        own = [When(HANGS & Q(time_zone=zone), then=_slot(self._bounds[zone])) for zone in others]
        return Case(*own, default=_slot(self._bounds[self.zone])) if own else _slot(self._bounds[self.zone])

    @cached_property
    def _bounds(self) -> dict[str, list[datetime]]:
        """Return by zone the instants at which the days begin, and at which the last one ends."""
        midnights = [time_kinds.midnight(day) for day in (*self.days, self.days[-1] + DAY)]
        return {name: [resolve(at, ZoneInfo(name)) for at in midnights] for name in {self.zone, *self.calendar_zones}}


def list_beginning(rows: EventQuerySet[Event], days: Days, *, most: int) -> list[Event]:
    """Return what begins on each day, `most` of them: all-day and long ones, then by time; two queries.

    Each has its day's number, from 1 on, as `slot`, and as `total` how many begin on that day.
    """
    inside = rows.filter(start__gte=days.begin, start__lt=days.end).annotate(slot=days.slot)
    order = (Case(When(Q(all_day=True) | Q(LASTS_DAYS), then=0), default=1), "start", "pk")
    ranked = inside.filter(slot__range=(1, len(days.days))).annotate(
        rank=Window(RowNumber(), partition_by="slot", order_by=order), total=Window(Count("pk"), partition_by="slot")
    )
    # Numbers are ranked, and not whole rows, which would be sorted with them.
    first = {pk: day for pk, *day in ranked.filter(rank__lte=most).values_list("pk", "slot", "total")}
    found: list[Any] = list(rows.filter(pk__in=first))
    for event in found:
        event.slot, event.total = first[event.pk]
    return found


def list_running(rows: EventQuerySet[Event], days: Days) -> list[Event]:
    """Return what began before the first day and goes on into it, at most `RUNNING`; the latest first."""
    touching = rows.filter(start__lt=days.begun, end__gt=days.begin)
    found = touching.filter(Q(start__gte=days.begin - DAY) | Q(LASTS_DAYS)).order_by("-start", "-pk")[:RUNNING]
    first = days.days[0]
    return [event for event in found if days.span(event, event.start, event.end)[0].date() < first]


def _slot(bounds: list[datetime]) -> Func:
    return Func(F("start"), Value(bounds), function="width_bucket", output_field=IntegerField())
