"""Create events as other programs send them: each with its alarms; one, or many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import prefetch_related_objects

from accounts import tenancy
from accounts.models import Organization
from calendars.engine import time_kinds
from calendars.models import Alarm, Calendar, Event
from calendars.services import event_external_ids, event_times, events
from calendars.services.alarms import alarms
from calendars.services.field_types import NewEvent
from config.kernel.errors import ExternalIdTaken, PunctualError

# Those of `events.create`, `start` among them or not; `alarms` are those of `alarms.create`, a mapping each.
Fields = Mapping[str, Any]


def create(fields: Fields, *, now: datetime) -> Event:
    """Create an event with its alarms, and the first occurrences of a series; all or nothing.

    Without a start it begins now, an all-day one today; a series by lines ends as they say, anything else gets an end
    of its series a month after its start. Raises what `events.create` and `alarms.create` raise.
    """
    (made,) = create_many([fields], now=now)
    if isinstance(made, PunctualError):
        raise made
    made.refresh_from_db()
    return made


@transaction.atomic
def create_many(wanted: Sequence[Fields], *, now: datetime) -> list[Event | PunctualError]:
    """Create events, a few statements for all; in place of one that cannot be made stands why not. See `create`."""
    batch = _EventBatch(now, event_external_ids.among({one["external_id"] for one in wanted if one.get("external_id")}))
    contacts = {one["contact"].pk: one["contact"] for one in wanted if one.get("contact") and one.get("alarms")}
    # Each alarm looks whether its contact can be reached.
    prefetch_related_objects(list(contacts.values()), "phones", "emails")
    planned = [batch.plan(fields) for fields in wanted]
    good = [each for each in planned if isinstance(each, _PlannedEvent)]
    rows = [each.event for each in good]
    events.insert(rows)
    alarms.insert([alarm for each in good for alarm in each.alarms])
    events.begin_series(rows, now=now)
    return [each.event if isinstance(each, _PlannedEvent) else each for each in planned]


@dataclass(frozen=True)
class _PlannedEvent:
    """An event to be written, with its alarms."""

    event: Event
    alarms: list[Alarm]


@dataclass
class _EventBatch:
    """What the events of one batch are read with: external ids that are taken, zones of calendars by their keys."""

    now: datetime
    taken: set[str]
    zones: dict[int, str] = field(default_factory=dict)
    organization: Organization = field(init=False)

    def __post_init__(self) -> None:
        self.organization = Organization.objects.get(pk=tenancy.current())

    def plan(self, fields: Fields) -> _PlannedEvent | PunctualError:
        """Return an event to be written, or why it cannot be; its external id is taken from then on."""
        own = dict(fields)
        given, name = own.pop("alarms", ()), own.get("external_id", "")
        try:
            if name in self.taken:
                raise ExternalIdTaken(field="external_id")
            event = self._event(own)
            planned = _PlannedEvent(event, [alarms.prepare(event, now=self.now, **alarm) for alarm in given])
        except PunctualError as error:
            return error
        self.taken |= {name} - {""}
        return planned

    def _event(self, fields: dict[str, Any]) -> Event:
        calendar: Calendar = fields.pop("calendar")
        if calendar.pk not in self.zones:
            self.zones[calendar.pk] = event_times.zone_of(calendar)
        zone = self.zones[calendar.pk]
        if "start" not in fields:
            fields["start"] = _today(zone, self.now) if fields.get("all_day") else self.now
        if "end_recurring_period" not in fields and not fields.get("recurrence"):
            fields["end_recurring_period"] = events.month_after(fields["start"])
        creator = fields.pop("creator")
        event: Event = events.plan(calendar, creator, cast(NewEvent, fields), calendar_zone=zone)
        event.organization = self.organization
        return event


def _today(zone: str, now: datetime) -> datetime:
    return time_kinds.midnight(now.astimezone(ZoneInfo(zone)).date())
