"""Everything about one visit, for its page on the desk, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from appointments.engine.states import OPEN, VisitStatus, is_too_early, legal
from appointments.models import Appointment
from appointments.services import visit_history, visit_warnings
from appointments.services.visit_history import HistoryLine
from appointments.web.view_models import closed_days, day_view
from appointments.web.view_models.day_view import Badge
from calendars.models import Alarm, Event
from calendars.services.series import occurrences, series_description
from config.kernel import language
from notifications import channels
from notifications.engine import explanations

# What is recorded of a visit's day.
STEPS = (VisitStatus.ARRIVED, VisitStatus.IN_CHAIR, VisitStatus.COMPLETED, VisitStatus.NO_SHOW)


@dataclass(frozen=True)
class ReminderView:
    """A reminder, when it is due, and what became of it in a sentence."""

    alarm: Alarm
    channel: str
    due: str
    badge: Badge
    sentence: str


@dataclass(frozen=True)
class VisitDetails:
    """A visit as its page shows it; all times are the clinic's."""

    visit: Appointment
    event: Event
    at: datetime
    when: str
    minutes: int
    zone: str
    status: Badge
    version: int
    in_words: str  # how its series reads; empty for a visit alone
    coming: list[str]
    closed: list[str]  # what closed days mean for its series
    warnings: list[str]
    is_series: bool
    has_begun: bool
    offers: tuple[str, ...]
    reminders: list[ReminderView]
    history: list[HistoryLine]
    steps: tuple[VisitStatus, ...]  # which statuses can be recorded now


def find(pk: int) -> Appointment | None:
    """Return a visit of the current tenant with what its page needs."""
    rows = Appointment.objects.select_related("contact", "clinic", "event__calendar", "event__rule")
    rows = rows.select_related("provider", "operatory", "appointment_type")
    return rows.select_related("event__parent_event__rule").filter(pk=pk).first()


def show(visit: Appointment, *, now: datetime) -> VisitDetails:
    """Gather what the page shows."""
    zone, root = ZoneInfo(visit.clinic.time_zone), visit.event.parent_event or visit.event
    return VisitDetails(
        visit=visit,
        event=visit.event,
        at=visit.starts_at.astimezone(zone),
        when=when(visit),
        minutes=round((visit.ends_at - visit.starts_at).total_seconds() / 60),
        zone=zone.key,
        status=Badge(visit.get_status_display(), day_view.STATUS_TONES[VisitStatus(visit.status)]),
        version=visit.version,
        in_words=series_description.describe_series(root),
        coming=[language.moment(at.astimezone(zone)) for at in occurrences.next_starts(root, now=now)],
        closed=[f"{language.moment(met.at)}: {met.words}" for met in closed_days.of_series(root, zone, now=now)],
        warnings=[each.words for each in visit_warnings.find([visit], now=now)[visit.pk]],
        is_series=root.is_series,
        has_begun=visit.starts_at <= now,
        offers=_offers(visit),
        reminders=reminders(visit.event, zone),
        history=visit_history.latest(visit),
        steps=_steps(visit, now=now),
    )


def when(visit: Appointment) -> str:
    """Return from when to when a visit lasts, on its clinic's clock."""
    zone = ZoneInfo(visit.clinic.time_zone)
    return from_to(visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone))


def from_to(start: datetime, end: datetime) -> str:
    """Return from when to when something lasts; the second day only where it is another."""
    last = f"{end:%H:%M}" if end.date() == start.date() else language.moment(end)
    return f"{language.moment(start)}–{last}"


def reminders(event: Event, zone: ZoneInfo) -> list[ReminderView]:
    """Return an event's reminders, those that are due first in front."""
    return [_reminder(alarm, zone) for alarm in Alarm.objects.filter(event=event).order_by("due_at", "pk")]


def _offers(visit: Appointment) -> tuple[str, ...]:
    if visit.status == VisitStatus.CANCELLED:
        return ("restore",) if visit.event.is_called_off else ()
    if visit.status not in OPEN:
        return ("record",)
    rest = ("move", "staff", "cancel", "record")
    return ("confirm", *rest) if visit.status == VisitStatus.SCHEDULED else rest


def _steps(visit: Appointment, *, now: datetime) -> tuple[VisitStatus, ...]:
    found = (status for status in STEPS if status != visit.status and legal(visit.status, status))
    return tuple(status for status in found if not is_too_early(status, starts_at=visit.starts_at, now=now))


def _reminder(alarm: Alarm, zone: ZoneInfo) -> ReminderView:
    told = explanations.explain(alarm.state, reason=alarm.reason)
    step = told.next_step if told.tone in ("danger", "warning") else ""
    return ReminderView(
        alarm=alarm,
        channel=str(channels.of_method(alarm.method).reminder_label),
        due=language.moment(alarm.due_at.astimezone(zone)),
        badge=Badge(alarm.get_state_display(), told.tone),
        sentence=" ".join(filter(None, [told.headline, told.why, step])),
    )
