"""Change many events, each as `event_edit_routing.change` does; where only texts change, in a few statements."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from calendars.models import Event
from calendars.services import event_comparison, event_edit_routing, event_texts
from config.kernel.errors import PunctualError

Fields = Mapping[str, Any]


@transaction.atomic
def change_many(changes: Sequence[tuple[Event, Fields]], *, now: datetime) -> list[Event | PunctualError]:
    """Change events, each once; in place of one that cannot be changed stands why not.

    The root of a series stands for it; where that was split, the root of what is to come is returned. What says nothing
    new changes nothing. Each has the fields of `event_edit_routing.change`; relations were read with the events.
    """
    texts = {row.pk: fields for row, fields in changes if _is_about_texts(row, fields)}
    for pk in event_edit_routing.owned(texts):
        del texts[pk]
    done: dict[int, Event | PunctualError] = {**_change_texts(texts, now=now)}
    return [done[row.pk] if row.pk in done else _change(row, fields, now=now) for row, fields in changes]


def _is_about_texts(row: Event, fields: Fields) -> bool:
    """Return whether no more than texts of an event of no series are others than they are."""
    differ = event_comparison.differing(row, fields)
    return bool(differ) and differ <= {*event_texts.TEXTS} and event_texts.is_alone(row)


def _change_texts(texts: Mapping[int, Fields], *, now: datetime) -> dict[int, Event | PunctualError]:
    if not texts:
        return {}
    rows = Event.objects.lock_many(texts)
    wanted = {pk: {name: fields[name] for name in event_texts.TEXTS if name in fields} for pk, fields in texts.items()}
    alone = [row for row in rows if event_texts.is_alone(row)]
    refused = event_texts.change_many(alone, wanted, now=now)
    return {row.pk: refused.get(row.pk, row) for row in alone}


def _change(row: Event, fields: Fields, *, now: datetime) -> Event | PunctualError:
    # What a series is called or is told may be another than what its root is.
    if not row.series_fields and not event_comparison.differing(row, fields):
        return row
    try:
        with transaction.atomic():
            return event_edit_routing.change(row, now=now, **fields)
    except PunctualError as error:
        return error
