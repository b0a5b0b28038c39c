"""Events and visits that the desk makes and changes, as far as their series goes, and only what their editor saw."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Unpack
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Model

from accounts import tenancy
from accounts.services import audit
from appointments.errors import RuleAlone
from appointments.models import Appointment
from appointments.services import visits
from calendars.engine import series_plan, time_kinds
from calendars.engine.states import Reach, TimeKind
from calendars.errors import CalendarWithoutUser, ChangedMeanwhile
from calendars.models import Calendar, Event
from calendars.services import event_edit_routing, events
from calendars.services.alarms import alarms
from calendars.services.field_types import AlarmFields, EventChange, NewEventFields
from calendars.services.series import series_edits
from notifications import channels

DATES = ("RDATE", "EXDATE")


@dataclass(frozen=True)
class EventReminder:
    """A text, so many seconds before an event, to its contact unless a number is given."""

    lead: int
    text: Model
    number: str = ""

    @property
    def alarm(self) -> AlarmFields:
        """Return it as the fields of an alarm."""
        fields: Any = channels.usual().alarm(self.text, address=self.number)
        return {"advance_notice": self.lead, **fields}


@transaction.atomic
def create(
    *,
    calendar: Calendar,
    once: UUID,
    title: str,
    start: datetime,
    now: datetime,
    reminder: EventReminder | None = None,
    **fields: Unpack[NewEventFields],
) -> tuple[Event, bool]:
    """Create an event, and say whether it is new: a form that is sent twice makes one.

    Raises `CalendarWithoutUser`, and what `events.create` and `alarms.create` raise.
    """
    user = calendar.user
    if user is None:
        raise CalendarWithoutUser(field="calendar")

    def make() -> Event:
        event = events.create(
            calendar=calendar, creator=user, title=title, start=start, uid=str(once), now=now, **fields
        )
        if reminder:
            alarms.create(event, now=now, **reminder.alarm)
        return event

    made, is_new = _make_once(once, make)
    if is_new:
        audit.record("create", made, changed={"title", "start", *fields})
    return made, is_new


@transaction.atomic
def book(
    *, once: UUID, now: datetime, reminder: EventReminder | None = None, **fields: Any
) -> tuple[Appointment, bool]:
    """Book a visit, and say whether it is new: a form that is sent twice books one; `fields` are `visits.book`'s.

    Raises `CalendarWithoutUser`, and what `visits.book` and `alarms.create` raise.
    """
    if fields["calendar"].user is None:
        raise CalendarWithoutUser(field="calendar")
    fields["reminder"] = reminder.alarm if reminder else None
    event, is_new = _make_once(once, lambda: visits.book(uid=str(once), now=now, **fields).event)
    return Appointment.objects.get(event=event), is_new


def _make_once(once: UUID, make: Callable[[], Event]) -> tuple[Event, bool]:
    """Make an event, or return the one that the same form made, and whether it is new."""
    if found := _known(once):
        return found, False
    try:
        with transaction.atomic():
            return make(), True
    except IntegrityError:
        # The same form came twice at once, and the other was faster.
        if found := _known(once):
            return found, False
        raise


@tenancy.of_row
def change(
    event: Event,
    *,
    now: datetime,
    reach: Reach = Reach.THIS,
    version: int | None = None,
    rule: str | None = None,
    **fields: Unpack[EventChange],
) -> None:
    """Change an event, and as much of its series as `reach` says; with a `rule`, how it recurs from here on.

    Raises `ChangedMeanwhile` where `version` is not what `version_of` returns by now, `RuleAlone`, and what
    `event_edit_routing.change` raises.
    """
    row = _locked(event, reach, version)
    is_part = row.is_series or row.parent_event_id is not None
    if rule is not None and is_part and (reach == Reach.THIS or (row.parent_event_id and reach == Reach.ALL)):
        raise RuleAlone(field="reach")
    if rule is not None:
        if row.parent_event_id:
            row = series_edits.change(row, now=now, reach=Reach.FOLLOWING)
        fields |= {"recurrence": _lines(row, rule, fields), "rule": None}
    event_edit_routing.change(row, now=now, reach=reach if is_part else None, **fields)
    audit.record("change", row, changed=fields, reach=reach)


@tenancy.of_row
def cancel(event: Event, *, reason: str, now: datetime, reach: Reach = Reach.THIS, version: int | None = None) -> None:
    """Cancel an event, and as much of its series as `reach` says; the reason is a word of a list. See `change`."""
    row = _locked(event, reach, version)
    event_edit_routing.cancel(row, reason=reason, now=now, reach=reach)
    audit.record("cancel", row, changed=["cancelled_at"], reach=reach, reason=reason)


@tenancy.of_row
def restore(event: Event, *, now: datetime, reach: Reach = Reach.THIS, version: int | None = None) -> None:
    """Let a cancelled event, and as much of its series as `reach` says, take place after all. See `change`."""
    row = _locked(event, Reach.ALL, version)
    event_edit_routing.restore(row, now=now, reach=reach)
    audit.record("restore", row, changed=["cancelled_at"], reach=reach)


def version_of(event: Event) -> int:
    """Return what rises whenever an event, or the root of its series, is changed."""
    return event.version + (event.parent_event.version if event.parent_event else 0)


def _known(once: UUID) -> Event | None:
    event: Event | None = Event.objects.filter(uid=str(once), parent_event=None).first()
    return event


def _locked(event: Event, reach: Reach, version: int | None) -> Event:
    """Lock what an edit reaches, the root first as everywhere, and return the event as it stands now."""
    if reach != Reach.THIS:
        Event.objects.lock_series(event)
    row = Event.objects.lock(event.pk)
    if version is not None and version_of(row) != version:
        raise ChangedMeanwhile
    return row


def _lines(row: Event, rule: str, fields: dict[str, Any]) -> str:
    """Return a new rule with the dates that the series has besides, moved along with its first."""
    if not rule or not row.is_series or any(name in rule.upper() for name in DATES):
        return rule
    series, zone = row.as_series(), ZoneInfo(row.time_zone)
    clock = TimeKind.FLOATING if row.floating else TimeKind.TIMED
    kind = TimeKind.DAYS if fields.get("all_day", row.all_day) else clock
    start = fields.get("start", row.start)
    first = time_kinds.local(start, zone, kind) if start.tzinfo else start
    # What takes out whole days of a timed series is told by its rule.
    text = series.text if series.text.dates.excluded_days else replace(series.text, rules=())
    dates = series_plan.without_rules(text.moved(series.shift(first, kind), kind, zone))
    return "\n".join(filter(None, [rule, dates]))
