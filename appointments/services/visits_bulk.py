"""Booking many visits at once: the same rows as `visits.book` and `alarms.create` make, in one statement per table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Model

from accounts import tenancy
from accounts.models import Clinic, Organization
from accounts.services import audit
from appointments.engine import states
from appointments.engine.states import VisitStatus
from appointments.errors import NoClinic, NoCreator, NoShowTooEarly
from appointments.models import Appointment, AppointmentType, Operatory, Provider
from appointments.services import reminder_plans, visit_history
from appointments.services.visit_rows import UNTITLED
from calendars.engine.recurrence.lines import YEARS
from calendars.engine.wall_clock import wall_name
from calendars.errors import EndBeforeStart, OutOfRange
from calendars.models import Alarm, Calendar, Event
from calendars.services import event_rows, events
from calendars.services.alarms import alarms
from calendars.services.alarms.alarm_rescheduling import AlarmContext, set_due
from config.kernel.errors import ExternalIdTaken
from contacts.models import Contact
from notifications.channels import ChannelEntry


@dataclass(frozen=True, slots=True)
class Booking:
    """A visit to book, also one that is over; times are aware, the zone is the event's; no clinic: the calendar's."""

    contact: Contact
    starts_at: datetime
    ends_at: datetime
    title: str = ""
    clinic: Clinic | None = None
    external_id: str = ""
    time_zone: str = ""
    status: VisitStatus = VisitStatus.SCHEDULED
    provider: Provider | None = None
    operatory: Operatory | None = None
    appointment_type: AppointmentType | None = None


@dataclass(frozen=True)
class ReminderSettings:
    """What is said on which channel, and how many seconds before the visit it leaves."""

    lead: int
    channel: ChannelEntry
    content: Model


@dataclass(slots=True)
class PlannedVisit:
    """A visit to be written, with its event, and an alarm if it has one."""

    visit: Appointment
    event: Event
    alarm: Alarm | None = None


@transaction.atomic
def book(bookings: Sequence[Booking], *, calendar: Calendar, now: datetime) -> list[Appointment]:
    """Book visits that do not recur; all or none, in the order given. Raises as `visits.book` does."""
    ids = [booking.external_id for booking in bookings if booking.external_id]
    if Appointment.objects.filter(external_id__in=ids).exists() or len(set(ids)) < len(ids):
        raise ExternalIdTaken(field="external_id")
    if any(states.is_too_early(row.status, starts_at=row.starts_at, now=now) for row in bookings):
        raise NoShowTooEarly(field="status")
    default = calendar.clinic or Clinic.objects.filter(is_default=True).first()
    return book_planned([plan(booking, calendar=calendar, default=default) for booking in bookings], now=now)


def plan(booking: Booking, *, calendar: Calendar, default: Clinic | None) -> PlannedVisit:
    """Return what a visit comes to, unsaved; `default` is the clinic of those that name none.

    Raises as `visits.book` does, but for external ids, which are the caller's to look up.
    """
    if calendar.user is None:
        raise NoCreator(field="calendar")
    event = _event(booking, calendar, default)
    visit = Appointment(
        clinic=booking.clinic or default,
        contact=booking.contact,
        event=event,
        provider=booking.provider,
        operatory=booking.operatory,
        appointment_type=booking.appointment_type,
        starts_at=event.start,
        ends_at=event.end,
        title="" if booking.title == UNTITLED else booking.title,
        external_id=booking.external_id,
        status=booking.status,
    )
    return PlannedVisit(visit, event)


def book_planned(planned: Sequence[PlannedVisit], *, now: datetime) -> list[Appointment]:
    """Write visits with their events and alarms, in the order given; without an alarm they have those of their type."""
    rows = [each.event for each in planned]
    events.mark_closed(rows)
    event_rows.insert_single(rows)
    for each in planned:
        each.visit.event = each.event
    visit_history.attribute_changes()
    made = Appointment.objects.bulk_create(each.visit for each in planned)
    alarms.insert([each.alarm for each in planned if each.alarm])
    audit.record_many("create", made)
    typed = [each.visit.pk for each in planned if each.visit.appointment_type_id and not each.alarm]
    if typed:
        reminder_plans.plan(Appointment.objects.filter(pk__in=typed), now=now)
    return made


def remind(appointments: Sequence[Appointment], *, reminder: ReminderSettings, now: datetime) -> int:
    """Give visits that were just booked an alarm each; return how many."""
    organization = Organization.objects.get(pk=tenancy.current())
    rows = [_alarm(row.event, organization, reminder, now) for row in appointments]
    alarms.insert(rows)
    return len(rows)


def _event(booking: Booking, calendar: Calendar, default: Clinic | None) -> Event:
    place = booking.clinic or default
    if place is None:
        raise NoClinic(field="clinic")
    if booking.starts_at.year not in YEARS or booking.ends_at.year not in YEARS:
        raise OutOfRange(field="start")
    if booking.ends_at <= booking.starts_at:
        raise EndBeforeStart(field="end")
    zone = booking.time_zone or calendar.time_zone or place.time_zone
    return Event(
        calendar=calendar,
        creator=calendar.user,
        contact=booking.contact,
        title=booking.title or UNTITLED,
        start=booking.starts_at,
        end=booking.ends_at,
        time_zone=zone,
        local_start=wall_name(booking.starts_at, ZoneInfo(zone)),
    )


def _alarm(event: Event, organization: Organization, reminder: ReminderSettings, now: datetime) -> Alarm:
    event.organization = organization
    alarm = Alarm(
        event=event,
        date_start_notice=event.start,
        advance_notice=reminder.lead,
        **reminder.channel.alarm(reminder.content),
    )
    # As loaded from the database, where the defaults of these columns are times of day.
    alarm.clean_fields(exclude=[field.name for field in Alarm._meta.concrete_fields if "daily" not in field.name])
    set_due(alarm, AlarmContext.of(event), now=now)
    return alarm
