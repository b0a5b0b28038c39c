"""What many series do beyond where their occurrences are rows, computed: in two queries and within bounds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db.models import Count, Window

from calendars.engine.closures import Place
from calendars.errors import BadRule
from calendars.models import Event
from calendars.querysets import EventQuerySet
from calendars.services.series import occurrences, series_recurrence
from calendars.services.series.occurrences import Occurrence

# So many series are computed, and so many occurrences of all together.
SERIES, ROWS = 200, 5000


@dataclass
class ComputedOccurrences:
    """Occurrences without rows, each with its root; how many series are left out, and from when on."""

    occurrences: list[tuple[Event, Occurrence]] = field(default_factory=list)
    left_out: int = 0
    since: datetime | None = None


def beyond(rows: EventQuerySet, window: occurrences.Window, open_at: Mapping[int, Place]) -> ComputedOccurrences:
    """Return what the series among some rows of the current organization do in a window and have no rows for.

    `open_at` tells the places of all their calendars. Those that reach least far are computed first.
    """
    going_on = rows.expandable(window.end).filter(start__lt=window.end)
    counted = going_on.annotate(total=Window(Count("pk"))).select_related("rule")
    roots = list(counted.order_by("expanded_until", "pk")[: SERIES + 1])
    found, done = ComputedOccurrences(), 0
    for root in roots[:SERIES]:
        planned = list(islice(_planned(root, window, open_at), ROWS + 1 - len(found.occurrences)))
        if len(found.occurrences) + len(planned) > ROWS:
            break
        found.occurrences += [(root, one) for one in planned]
        done += 1
    found.occurrences = _without_rows(found.occurrences)
    if done < len(roots):
        found.left_out, found.since = roots[0].total - done, roots[done].expanded_until  # type: ignore[attr-defined]
    return found


def _planned(root: Event, window: occurrences.Window, open_at: Mapping[int, Place]) -> Iterator[Occurrence]:
    begin, place = max(window.begin, root.expanded_until or root.start), open_at[root.calendar_id]
    rest = occurrences.Window(begin, window.end, shows_cancelled=True)
    if begin >= window.end:
        return
    try:
        series = series_recurrence.snapshot(root)
        yield from occurrences.delayed(root, series, rest, place)
        for _, one in occurrences.computed(root, series, rest, place):
            if rest.shows(one):
                yield one
    except (BadRule, *series_recurrence.UNREADABLE):
        return


def _without_rows(planned: list[tuple[Event, Occurrence]]) -> list[tuple[Event, Occurrence]]:
    """Leave out what was made ahead of the horizon, such as an exception that a file brought."""
    names = {one.recurrence_id for _, one in planned}
    made = Event.objects.filter(parent_event__in={root.pk for root, _ in planned}, recurrence_id__in=names)
    known = set(made.values_list("parent_event_id", "recurrence_id"))
    return [(root, one) for root, one in planned if (root.pk, one.recurrence_id) not in known]
