"""Edits of events by any entry point: REST, admin, desk, files, answers of patients.

An app above may own events: an event that stands for a row of its own, such as a visit, is edited by the service of
that row, by any entry point. It registers itself in its `AppConfig.ready`. All other events are edited by
`series.series_edits`, which owners call in turn.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol, Unpack

from django.utils.translation import gettext as _

from calendars.engine.states import Reach
from calendars.errors import BadReach
from calendars.models import Event
from calendars.services import event_external_ids, events
from calendars.services.field_types import EventChange
from calendars.services.series import series_edits


class EventOwner(Protocol):
    """A module of services that edits the events which stand for its rows; parameters as below."""

    def owns(self, event: Event) -> bool:
        """Return whether an event stands for a row of it."""

    def owned(self, event_ids: Collection[int]) -> set[int]:
        """Return which of some events stand for rows of it."""

    def change_event(
        self, event: Event, *, now: datetime, reach: Reach | None, version: int | None, **fields: Unpack[EventChange]
    ) -> Event:
        """Change an event and its row."""

    def replace_event(self, event: Event, *, now: datetime, **fields: Unpack[EventChange]) -> Event:
        """Let an event and its row be as a file tells them."""

    def cancel_event(
        self, event: Event, *, reason: str, now: datetime, reach: Reach | None, version: int | None
    ) -> None:
        """Cancel an event and its row."""

    def restore_event(self, event: Event, *, now: datetime, reach: Reach | None, version: int | None) -> None:
        """Let a cancelled event and its row take place after all."""

    def delete_event(self, event: Event, *, now: datetime, reach: Reach | None, version: int | None) -> None:
        """Delete an event and its row."""


def reach_of(text: str) -> Reach | None:
    """Return the reach of a name, None for an empty one; raise `BadReach`."""
    if text and text not in tuple(Reach):
        raise BadReach(
            _("“%(text)s” is none of %(choices)s.") % {"text": text[:20], "choices": ", ".join(Reach)}, field="edit"
        )
    return Reach(text) if text else None


_owners: list[EventOwner] = []


def register(owner: EventOwner) -> None:
    """Let an app above edit the events that stand for its rows."""
    _owners.append(owner)


def change(
    event: Event,
    *,
    now: datetime,
    reach: Reach | None = None,
    version: int | None = None,
    external_id: str | None = None,
    **fields: Unpack[EventChange],
) -> Event:
    """Change an event as far as `reach` says, and return it, or the root of what is to come.

    Without a reach a root stands for its series. An external id is the event's alone, whatever the reach. Raises
    `ChangedMeanwhile` where `version` is not the event's, `ExternalIdTaken`, and what the owner refuses.
    """
    owner = _owner(event)
    change_event = owner.change_event if owner else series_edits.change
    changed = change_event(event, now=now, reach=reach, version=version, **fields)
    event_external_ids.follow(event, changed, external_id)
    return changed


def replace(event: Event, *, now: datetime, **fields: Unpack[EventChange]) -> Event:
    """Let an event, or a whole series with what has been of it, be as a file tells it; see `change`."""
    if owner := _owner(event):
        return owner.replace_event(event, now=now, **fields)
    return events.change(event, now=now, **fields)


def cancel(event: Event, *, reason: str, now: datetime, reach: Reach | None = None, version: int | None = None) -> None:
    """Let an event, this and the following, or the whole series not take place; see `change`."""
    if owner := _owner(event):
        return owner.cancel_event(event, reason=reason, now=now, reach=reach, version=version)
    return series_edits.cancel(event, reason=reason, now=now, reach=reach, version=version)


def restore(event: Event, *, now: datetime, reach: Reach | None = None, version: int | None = None) -> None:
    """Let a cancelled event, also with what follows or its whole series, take place after all; see `change`."""
    if owner := _owner(event):
        return owner.restore_event(event, now=now, reach=reach, version=version)
    return series_edits.restore(event, now=now, reach=reach, version=version)


def delete(event: Event, *, now: datetime, reach: Reach | None = None, version: int | None = None) -> None:
    """Remove an event, this and the following, or the whole series; without a reach this event alone. See `change`."""
    if owner := _owner(event):
        return owner.delete_event(event, now=now, reach=reach, version=version)
    return series_edits.delete(event, now=now, reach=reach, version=version)


def delete_whole(event: Event, *, now: datetime) -> None:
    """Remove an event, of the root of a series with all of it."""
    delete(event, now=now, reach=Reach.ALL if event.is_series else None)


def owned(event_ids: Collection[int]) -> set[int]:
    """Return which of some events stand for rows of apps above."""
    return set[int]().union(*(owner.owned(event_ids) for owner in _owners)) if event_ids else set()


def _owner(event: Event) -> EventOwner | None:
    return next((owner for owner in _owners if owner.owns(event)), None)
