"""Reminder plans: the alarms that visits of a type get, and what becomes of them when visits or plans change.

A visit has its type's reminders unless whoever booked it gave it others. What left stays, whatever becomes of the plan.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypedDict, Unpack, cast
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts import tenancy
from accounts.models import Organization
from appointments.engine import business_days
from appointments.engine.states import OPEN, VisitStatus
from appointments.models import Appointment, AppointmentType, ReminderStep
from calendars.models import Alarm, Event
from calendars.services.alarms import planned_alarms
from calendars.services.alarms.planned_alarms import AlarmStep
from calendars.services.closures import closure_effects
from config.kernel import shapes
from notifications.models import MailTemplate, SMSTemplate
from surveys.models import Survey

BATCH = 1000
IsOpen = Callable[[date], bool]


class StepFields(TypedDict, total=False):
    """What stands in a step of a plan."""

    appointment_type: AppointmentType
    before: int
    unit: str
    business_days: bool
    method: int
    sms_template: SMSTemplate | None
    mail_template: MailTemplate | None
    survey: Survey | None
    only_unconfirmed: bool


@transaction.atomic
def add_step(*, now: datetime, **fields: Unpack[StepFields]) -> ReminderStep:
    """Add a step to a plan, and to the visits to come that follow it."""
    shapes.check(fields, StepFields)
    made = ReminderStep.objects.create(**fields)
    apply(made.appointment_type, now=now)
    return made


@tenancy.of_row
def change_step(row: ReminderStep, *, now: datetime, **fields: Unpack[StepFields]) -> ReminderStep:
    """Change a step of a plan; the reminders of it that have not left follow."""
    shapes.check(fields, StepFields)
    before = row.appointment_type
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=list(fields))
    for each in {before.pk: before, row.appointment_type_id: row.appointment_type}.values():
        apply(each, now=now)
    row.refresh_from_db()
    return row


@tenancy.of_row
def remove_step(row: ReminderStep, *, now: datetime) -> None:
    """Take a step out of a plan, and the reminders of it that have not left."""
    kind = row.appointment_type
    row.delete()
    apply(kind, now=now)


def apply(kind: AppointmentType, *, now: datetime) -> int:
    """Bring the reminders of all visits to come of a type to its plan; return how many visits there are.

    Those that were given reminders of their own keep these, and nothing that left is sent again.
    """
    going_on = Q(event__parent_event=None) & (Q(event__rule__isnull=False) | ~Q(event__recurrence=""))
    rows = Appointment.objects.filter(
        Q(starts_at__gt=now, status__in=OPEN) | going_on & Q(event__series_ended=False), appointment_type=kind
    )
    ids = list(rows.order_by("event_id").values_list("pk", flat=True))
    for first in range(0, len(ids), BATCH):
        replan(Appointment.objects.filter(pk__in=ids[first : first + BATCH]), now=now)
    return len(ids)


def replan(rows: QuerySet[Appointment], *, now: datetime) -> None:
    """Bring the reminders of visits to the plans of their types; those with reminders of their own keep these."""
    event_ids = list(rows.order_by("event_id").values_list("event_id", flat=True))
    list(Event.objects.filter(pk__in=event_ids).select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    following = _following(event_ids)
    kept = planned_alarms.remove_unsent(following)
    plan(rows.filter(event__in=following), now=now, kept=kept)


def plan(rows: QuerySet[Appointment], *, now: datetime, kept: Iterable[tuple[int, int]] = ()) -> None:
    """Give visits the reminders of their types, but for those that they have (by event and step)."""
    visits = list(rows.exclude(appointment_type=None).select_related("clinic").order_by("event_id"))
    steps = _steps_of(visits)
    if not steps:
        return
    known = Event.objects.select_related("contact", "organization")
    events = known.in_bulk({visit.event_id for visit in visits})
    is_open, there = _opened_days(steps), set(kept)
    wanted = [
        AlarmStep(events[visit.event_id], step.pk, _lead(step, visit, is_open), step.content, step.only_unconfirmed)
        for visit in visits
        for step in steps[visit.appointment_type_id]
        if (visit.event_id, step.pk) not in there and _is_reminded(visit, events[visit.event_id], now)
    ]
    planned_alarms.insert(wanted, now=now)
    confirmed = [visit.event_id for visit in visits if visit.status in OPEN and visit.status != VisitStatus.SCHEDULED]
    if confirmed:
        planned_alarms.stop_confirmed(confirmed)


def count_anew(event_ids: Sequence[int] | None, *, now: datetime) -> None:
    """Count the business days of waiting reminders anew: of visits that were moved or are new in a series, else of all.

    The events are locked, so that none moves meanwhile.
    """
    steps = {step.pk: step for step in ReminderStep.objects.filter(business_days=True)}
    if not steps:
        return
    waiting = Alarm.objects.waiting().filter(plan_step__in=steps)
    if event_ids is not None:
        waiting = waiting.filter(event__in=event_ids)
    alarms = list(waiting.values_list("pk", "event_id", "plan_step", "advance_notice"))
    if not alarms:
        return
    ids = {event for _, event, _, _ in alarms}
    list(Event.objects.filter(pk__in=ids).select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    rows = Appointment.objects.filter(event__in=ids).select_related("clinic")
    visits = {visit.event_id: visit for visit in rows}
    is_open = _opened_days({None: list(steps.values())})
    leads = {pk: _lead(steps[cast(int, step)], visits[event], is_open) for pk, event, step, _ in alarms}
    changed = {pk: leads[pk] for pk, _, _, lead in alarms if leads[pk] != lead}
    if changed:
        planned_alarms.set_leads(changed, now=now)


def plan_occurrences(event_ids: Sequence[int], *, now: datetime) -> None:
    """Give new occurrences what they have otherwise than the first one: business days, or another type's reminders."""
    of_first = F("event__parent_event__appointment__appointment_type")
    others = Appointment.objects.filter(event__in=event_ids).exclude(appointment_type=of_first)
    if others.exists():
        replan(Appointment.objects.filter(pk__in=list(others.values_list("pk", flat=True))), now=now)
    count_anew(event_ids, now=now)


def _following(event_ids: Sequence[int]) -> list[int]:
    """Return the events whose visits follow a plan: those with a reminder of one, and those without any."""
    alarms = Alarm.objects.filter(event__in=event_ids)
    planned = set(alarms.exclude(plan_step=None).values_list("event_id", flat=True))
    own = set(alarms.filter(plan_step=None).values_list("event_id", flat=True))
    return [pk for pk in event_ids if pk in planned or pk not in own]


def _steps_of(visits: Sequence[Appointment]) -> Mapping[int | None, list[ReminderStep]]:
    kinds = {visit.appointment_type_id for visit in visits}
    found: dict[int | None, list[ReminderStep]] = defaultdict(list)
    if kinds:
        for step in ReminderStep.objects.filter(appointment_type__in=kinds).order_by("pk"):
            found[step.appointment_type_id].append(step)
    return found


def _is_reminded(visit: Appointment, event: Event, now: datetime) -> bool:
    """Return whether a visit is to come; the root of a series has reminders for later ones in any case."""
    return event.is_series or (visit.starts_at > now and visit.status in OPEN)


def _opened_days(steps: Mapping[int | None, Iterable[ReminderStep]]) -> Mapping[int, IsOpen]:
    """Return which days the clinics are open, where it matters."""
    if not any(step.business_days for step in _each(steps)):
        return {}
    organization = Organization.objects.get(pk=tenancy.current())
    found = closure_effects.opening_times_of_clinics(organization)
    return {clinic.pk: business_days.opened_days(opening) for clinic, opening in found.items()}


def _each(steps: Mapping[Any, Iterable[ReminderStep]]) -> Iterator[ReminderStep]:
    for some in steps.values():
        yield from some


def _lead(step: ReminderStep, visit: Appointment, is_open: Mapping[int, IsOpen]) -> int:
    """Return how many seconds before a visit a step's reminder leaves; whole days are the wall clock's."""
    if not step.business_days:
        return step.seconds
    begins = visit.starts_at.astimezone(ZoneInfo(visit.clinic.time_zone)).date()
    return business_days.days_before(begins, step.before, is_open=is_open[visit.clinic_id]) * 86_400
