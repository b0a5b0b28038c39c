"""Compute the occurrences of many series beyond those that are rows: in two queries and within bounds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db.models import Count, Window

from calendars.engine.closure_decision import OpeningTimes
from calendars.errors import UNREADABLE
from calendars.models import Event
from calendars.querysets import EventQuerySet
from calendars.services.closures import closure_effects
from calendars.services.series import occurrences, series_root
from calendars.services.series.occurrences import Occurrence

# So many series are computed, and so many occurrences of all together.
SERIES, ROWS = 200, 5000


@dataclass
class ComputedOccurrences:
    """Occurrences without rows, each with its root; how many series are left out, and from when on."""

    occurrences: list[tuple[Event, Occurrence]] = field(default_factory=list)
    left_out: int = 0
    since: datetime | None = None


def compute_beyond_rows(
    rows: EventQuerySet[Event], period: occurrences.Period, open_at: Mapping[int, OpeningTimes]
) -> ComputedOccurrences:
    """Return the occurrences in a period that have no rows, of the series among some rows of the current organization.

    Each stands with its root as the series has it. `open_at` says when it is open for each of their calendars. Those
    that reach least far are computed first.
    """
    unfinished = rows.expandable(period.end).filter(start__lt=period.end)
    counted = unfinished.annotate(total=Window(Count("pk"))).select_related("rule")
    roots = list(counted.order_by("expanded_until", "pk")[: SERIES + 1])
    found, done = ComputedOccurrences(), 0
    for root in roots[:SERIES]:
        planned = list(islice(_planned(root, period, open_at), ROWS + 1 - len(found.occurrences)))
        if len(found.occurrences) + len(planned) > ROWS:
            break
        shown = series_root.root_by_rule(root) if planned and root.series_fields else root
        found.occurrences += [(shown, one) for one in planned]
        done += 1
    found.occurrences = _without_rows(found.occurrences)
    if done < len(roots):
        found.left_out, found.since = roots[0].total - done, roots[done].expanded_until
    return found


def _planned(root: Event, period: occurrences.Period, open_at: Mapping[int, OpeningTimes]) -> Iterator[Occurrence]:
    begin = max(period.begin, root.expanded_until or root.start)
    opening = closure_effects.opening_of_series(root, open_at)
    rest = occurrences.Period(begin, period.end, shows_cancelled=True)
    if begin >= period.end:
        return
    try:
        series = root.as_series()
        yield from occurrences.compute_delayed(root, series, rest, opening)
        for _, one in occurrences.compute(root, series, rest, opening):
            if rest.shows(one):
                yield one
    except UNREADABLE:
        return


def _without_rows(planned: list[tuple[Event, Occurrence]]) -> list[tuple[Event, Occurrence]]:
    """Leave out what was made ahead of the horizon, such as an exception that a file brought."""
    names = {one.recurrence_id for _, one in planned}
    made = Event.objects.filter(parent_event__in={root.pk for root, _ in planned}, recurrence_id__in=names)
    known = set(made.values_list("parent_event_id", "recurrence_id"))
    return [(root, one) for root, one in planned if (root.pk, one.recurrence_id) not in known]
