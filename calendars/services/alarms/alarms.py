"""Create, change, delete, send and retry alarms; on the root of a series also their copies."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Unpack
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import tenancy
from calendars.engine.recurrence.recurrence_set import resolve
from calendars.engine.states import AlarmState, AlarmStatus
from calendars.errors import AlarmNotRetryable, EventCancelled, TooFarAhead, TooLate
from calendars.models import Alarm, Event
from calendars.querysets import AlarmQuerySet
from calendars.services.alarms import alarm_rescheduling, alarm_validation
from calendars.services.alarms.alarm_rescheduling import (
    CLOSED,
    COPIED,
    LONGEST_LEAD,
    TIMES,
    AlarmContext,
    lead_of,
    moved_notice,
    set_due,
)
from calendars.services.event_rows import ChildRow
from calendars.services.field_types import AlarmFields
from calendars.services.series import expansion
from config.kernel import shapes
from config.kernel.text import of as sentence_of
from contacts.errors import BadPhone
from contacts.services import contacts
from notifications import channels
from notifications.engine import address_validation, outgoing_addresses
from notifications.errors import BadAddress
from notifications.services import outbox

LINKS = ("url_cancel", "url_confirm")
PHONES = ("alarm_phonenumber", "phonenumber_transfer", "phonenumber_sms_failure")


@tenancy.of_row
def create(event: Event, *, now: datetime, **fields: Unpack[AlarmFields]) -> Alarm:
    """Give an event an alarm; the coming occurrences of a series get theirs at once.

    Without a notice it tells of the event's start; a naive one is a wall-clock time of the event's zone. Raises
    `EventCancelled`, `TooFarAhead`, `BadPhone`, `BadAddress`, `NoSurvey`, `NoTemplate`, `NoRecipient`, `NoGateway`,
    `ValidationError`, and `TypeError` for unknown fields.
    """
    shapes.check(fields, AlarmFields)
    row = Event.objects.lock(event.pk)
    if row.is_called_off:
        raise EventCancelled
    alarm = prepare(row, now=now, **fields)
    if row.cancelled_at:
        alarm.status, alarm.state, alarm.reason = AlarmStatus.FAILURE, AlarmState.CANCELLED, CLOSED
    alarm.save()
    if row.is_series:
        _spread(alarm, row, now=now)
    return alarm


def prepare(event: Event, *, now: datetime, **fields: Unpack[AlarmFields]) -> Alarm:
    """Return the alarm that `create` would save, of an event that may be unsaved, too; raises what `create` does."""
    shapes.check(fields, AlarmFields)
    alarm = Alarm(event=event, date_start_notice=fields.pop("date_start_notice", None) or event.start)
    _fill(alarm, event, fields, now=now)
    return alarm


def insert(rows: Sequence[Alarm]) -> None:
    """Write prepared alarms of events that were just written, in one statement; a series gets its first occurrences,
    and their copies, after that.
    """
    for row in rows:
        row.event_id = row.event.pk
    Alarm.objects.bulk_create(rows)


@tenancy.of_row
def change(alarm: Alarm, *, now: datetime, **fields: Unpack[AlarmFields]) -> Alarm:
    """Change an alarm; a waiting message is taken back and planned anew, copies that still wait follow.

    Setting its status back to pending sends it once more. Raises what `create` does, but `EventCancelled`.
    """
    shapes.check(fields, AlarmFields)
    event = Event.objects.lock(alarm.event_id)
    recalled = outbox.cancel("alarm", [alarm.pk], reason="changed")
    row = Alarm.objects.select_for_update(of=("self",)).get(pk=alarm.pk)
    again = fields.get("status") == AlarmStatus.PENDING and row.older_status != AlarmStatus.PENDING
    if row.state == AlarmState.CANCELLED:
        # It is told as pending; sent back so, it stays called off.
        fields.pop("status", None)
    _fill(row, event, fields, now=now)
    # From now on it is what it was changed to, whatever becomes of the plan that made it.
    row.plan_step = None
    if recalled.cancelled or again:
        row.status, row.state, row.reason = AlarmStatus.PENDING, AlarmState.PLANNED, ""
        row.revision += 1
    row.save()
    if event.is_series:
        _hand_down(row, event, now=now)
    alarm.refresh_from_db()
    return alarm


@tenancy.of_row
def delete(alarm: Alarm, *, now: datetime) -> None:
    """Delete an alarm, its copies that still wait, and their messages while these can be stopped."""
    event = Event.objects.lock(alarm.event_id)
    copies = list(_waiting_copies(alarm, event, now)) if event.is_series else []
    outbox.cancel("alarm", [alarm.pk, *(copy.pk for copy in copies)], reason="alarm_deleted")
    Alarm.objects.filter(pk__in=[copy.pk for copy in copies]).delete()
    alarm.delete()


@tenancy.of_row
def send_now(alarm: Alarm, *, now: datetime) -> Alarm:
    """Send an alarm as soon as its daily window allows, also once more; raises `EventCancelled` and `TooLate`."""
    event = Event.objects.lock(alarm.event_id)
    if event.cancelled_at:
        raise EventCancelled
    if event.told_until <= now:
        raise TooLate
    outbox.cancel("alarm", [alarm.pk], reason="sent_anew")
    return _plan_at(alarm, event, now)


@tenancy.of_row
def retry(alarm: Alarm, *, now: datetime) -> Alarm:
    """Try an alarm again that failed; raises `EventCancelled`, `NotRetryable`, and `TooLate` when it is of no use."""
    event = Event.objects.lock(alarm.event_id)
    alarm.refresh_from_db()
    if event.cancelled_at:
        raise EventCancelled
    if alarm.status != AlarmStatus.FAILURE:
        raise AlarmNotRetryable
    if event.told_until <= now and alarm.useful_until <= now:
        raise TooLate
    return _plan_at(alarm, event, now)


def _plan_at(alarm: Alarm, event: Event, now: datetime) -> Alarm:
    rows = Alarm.objects.filter(pk=alarm.pk)
    rows.wait_again()
    rows.update(due_at=now, useful_until=max(event.told_until, alarm.useful_until))
    alarm.refresh_from_db()
    return alarm


def _fill(alarm: Alarm, event: Event, fields: AlarmFields, *, now: datetime) -> None:
    for name, value in fields.items():
        setattr(alarm, name, value)
    for name in set(LINKS) & set(fields):
        _check_link(name, getattr(alarm, name))
    if alarm.date_start_notice.tzinfo is None:
        alarm.date_start_notice = resolve(alarm.date_start_notice, ZoneInfo(event.time_zone))
    for name in PHONES:
        setattr(alarm, name, _phone(name, getattr(alarm, name), alarm.method))
    # Turns "09:00" into a time and refuses what does not fit; relations were resolved by the caller.
    relations = [field.name for field in alarm._meta.concrete_fields if field.is_relation]
    alarm.clean_fields(exclude=[*relations, "due_at", "useful_until"])
    alarm_validation.check(alarm, event)
    if event.is_series and lead_of(event, alarm) > LONGEST_LEAD:
        raise TooFarAhead(field="advance_notice")
    set_due(alarm, AlarmContext.of(event), now=now)


def _check_link(name: str, address: str | None) -> None:
    if not address:
        return
    try:
        outgoing_addresses.parse(address, outgoing_addresses.WEB, settings.OUTGOING_ALLOWED)
    except ValueError as error:
        raise BadAddress(sentence_of(error), field=name) from error


def _phone(name: str, text: str | None, method: int) -> str | None:
    if not text or not text.strip():
        return text
    # `w` in a number to call: the rest is dialled after the answer.
    number, wait, digits = text.partition("w") if channels.of_method(method).dials_keys else (text, "", "")
    if not address_validation.KEYS.fullmatch(digits):
        raise BadPhone(
            _("“%(digits)s” cannot be dialled; after the w write digits, * and #.") % {"digits": digits[:30]},
            field=name,
        )
    try:
        return contacts.phone_of_tenant(number) + wait + digits
    except BadPhone as error:
        raise BadPhone(error.message, field=name) from error


def _spread(alarm: Alarm, root: Event, *, now: datetime) -> None:
    rows = root.children.ahead(now).values_list("pk", "parent_event_id", "organization_id", "start")
    coming = [ChildRow(*row) for row in rows.order_by("pk")]
    alarm_rescheduling.copy(coming, roots={root.pk: root}, alarms=[alarm], now=now)
    # A longer lead asks for a farther horizon.
    if not root.paused_at and not root.series_ended:
        expansion.expand_roots([root], now=now)


def _hand_down(alarm: Alarm, root: Event, *, now: datetime) -> None:
    context = AlarmContext.of(root)
    copies = list(_waiting_copies(alarm, root, now))
    for copy in copies:
        start = copy.event.start
        for name in (*COPIED, "plan_step"):
            setattr(copy, name, getattr(alarm, name))
        copy.date_start_notice = moved_notice(alarm.date_start_notice, context, start)
        set_due(copy, context.at(start), now=now)
    Alarm.objects.bulk_update(copies, [*COPIED, "plan_step", *TIMES])


def _waiting_copies(alarm: Alarm, root: Event, now: datetime) -> Iterable[Alarm]:
    Event.objects.lock_family(root)
    copies: AlarmQuerySet[Alarm] = Alarm.objects.waiting().filter(
        parent_alarm=alarm, event__end__gt=now, event__cancelled_at=None
    )
    return copies.select_related("event").select_for_update(of=("self",)).order_by("pk")
