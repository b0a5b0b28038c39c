"""Ids of events in the systems they came from; each is one event's in its organization."""

from collections.abc import Collection

from calendars.models import Event
from calendars.services import event_rows
from config.kernel.errors import ExternalIdTaken


def check_free(external_id: str, *, own: int | None = None) -> None:
    """Raise `ExternalIdTaken` for an id that another event has."""
    if external_id and Event.objects.filter(external_id=external_id).exclude(pk=own).exists():
        raise ExternalIdTaken(field="external_id")


def among(external_ids: Collection[str]) -> set[str]:
    """Return which of some ids events have."""
    return set(Event.objects.filter(external_id__in=external_ids).values_list("external_id", flat=True))


def follow(event: Event, changed: Event, external_id: str | None) -> None:
    """Give an event that was changed the id that it was given.

    Where a series was split, `changed` is the root of what is to come: it keeps the id, so that its system finds it.
    Raises `ExternalIdTaken`.
    """
    if changed.pk != event.pk and event.external_id:
        kept = event.external_id
        event_rows.set_external_id(event, "")
        event_rows.set_external_id(changed, kept)
    if external_id is not None and external_id != changed.external_id:
        check_free(external_id, own=changed.pk)
        event_rows.set_external_id(changed, external_id)
