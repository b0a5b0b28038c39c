"""Change what single events say, many at once: the same rows as `event_edit_routing.change` leaves, a few statements.

Titles, descriptions, data and privacy say nothing of when an event takes place, so no closure, alarm or series follows
but by its words.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from calendars.errors import BadData, EventCancelled
from calendars.models import Event
from calendars.services import event_comparison, event_rows
from calendars.services.alarms import alarm_rescheduling
from calendars.signals import events_renamed
from config.kernel.errors import PunctualError

TEXTS = ("title", "description", "data", "private")
# What the messages of an event say, and to whom.
TOLD = {"contact", "data", "title", "creator"}


def is_alone(event: Event) -> bool:
    """Return whether an event is of no series."""
    return not event.is_series and event.parent_event_id is None


def change_many(
    rows: Sequence[Event], wanted: Mapping[int, Mapping[str, Any]], *, now: datetime
) -> dict[int, PunctualError]:
    """Change the texts of locked events of no series, by their keys; return why others, by theirs, cannot be changed.

    Raises `TypeError` for other fields. What says nothing new changes nothing.
    """
    refused: dict[int, PunctualError] = {}
    changed: dict[Event, set[str]] = {}
    for row in rows:
        fields = wanted[row.pk]
        if others := fields.keys() - {*TEXTS}:
            raise TypeError(f"No texts of an event: {', '.join(sorted(others))}")
        try:
            if names := _put(row, fields):
                changed[row] = names
        except PunctualError as error:
            refused[row.pk] = error
    if changed:
        event_rows.update_texts(list(changed), sorted(set().union(*changed.values())))
        tell_titles(changed)
        refresh_messages(changed, now=now)
    return refused


def tell_titles(changed: Mapping[Event, Iterable[str]]) -> None:
    """Tell the apps above which events, given with the names of what changed, are called otherwise."""
    if renamed := [row.pk for row, names in changed.items() if "title" in names]:
        events_renamed.send(Event, event_ids=renamed)


def refresh_messages(changed: Mapping[Event, Iterable[str]], *, now: datetime) -> None:
    """Let the messages that still wait say what changed of events, given with its names."""
    if told := [row for row, names in changed.items() if TOLD & {*names}]:
        alarm_rescheduling.refresh(told, now=now)


def check_data(data: Any) -> None:
    """Raise `BadData` for placeholders that are no object, or that no text can hold."""
    if data is not None and (not isinstance(data, dict) or r"\u0000" in json.dumps(data)):
        raise BadData(field="data")


def _put(row: Event, fields: Mapping[str, Any]) -> set[str]:
    if row.is_called_off:
        raise EventCancelled
    names = event_comparison.differing(row, fields)
    check_data(fields.get("data"))
    for name in names:
        setattr(row, name, fields[name])
    return names
