"""Why days of the desk are closed, and what series do there."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts.models import Clinic
from calendars.engine.closure_decision import OpeningTimes
from calendars.models import Calendar, ClosureRun, Event
from calendars.models.background_runs import OPEN
from calendars.services.closures import closure_effects
from config.kernel import text

# So many occurrences on closed days are listed.
NEXT = 5


class ClosedOccurrence(NamedTuple):
    """An occurrence on a closed day, or one that a closure took from there: when it is, and what is to be known."""

    at: datetime
    words: str


def of_days(days: Iterable[date], open_at: Iterable[tuple[Clinic | None, OpeningTimes]]) -> dict[date, list[str]]:
    """Return by day what closes it; where some clinics of several are closed, with their names."""
    of_clinic = {clinic.pk if clinic else None: (clinic.name if clinic else "", place) for clinic, place in open_at}
    return {day: _why_closed(day, list(of_clinic.values())) for day in days}


def of_all(days: Iterable[date]) -> dict[date, list[str]]:
    """Return by day what closes the current organization's calendars; five queries."""
    default = Clinic.objects.filter(is_default=True).first()
    rows = list(Calendar.objects.select_related("clinic", "organization"))
    open_at = closure_effects.opening_times_of(rows)
    return of_days(days, [(row.clinic or default, open_at[row.pk]) for row in rows])


def find_run() -> ClosureRun | None:
    """Return what a worker is at, who applies closures to the current organization's events; one query."""
    return ClosureRun.objects.filter(state__in=OPEN).first()


def of_series(root: Event, zone: ZoneInfo, *, now: datetime) -> list[ClosedOccurrence]:
    """Return the next made occurrences of a series with which closed days have to do; one query."""
    if not root.is_series:
        return []
    family = Event.objects.closable(now).filter(Q(pk=root.pk) | Q(parent_event=root)).exclude(closure="")
    rows = family.order_by("start", "pk")[:NEXT]
    return [ClosedOccurrence(row.start.astimezone(zone), " ".join(row.warnings)) for row in rows]


def _why_closed(day: date, places_: list[tuple[str, OpeningTimes]]) -> list[str]:
    who: dict[str, list[str]] = {}
    for name, found in places_:
        for why in found.closed_on(day):
            who.setdefault(text.told(why), []).append(name)
    return [why if len(names) == len(places_) else f"{why} ({', '.join(names)})" for why, names in who.items()]
