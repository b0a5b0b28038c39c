"""The clinic's day: what the desk and the admin's first page show, in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Clinic
from appointments.engine.states import VisitStatus
from appointments.models import Appointment
from appointments.web.view_models import closed_days
from calendars.engine.states import AlarmResult, AlarmState
from calendars.models import Alarm, ClosureRun
from calendars.services.series import series_description
from notifications import channels
from notifications.engine import explanations
from notifications.models import Delivery, StaffItem

ROWS = 100  # visits of a day that are listed; the rest is counted
STATUS_TONES = {
    VisitStatus.SCHEDULED: "info",
    VisitStatus.CONFIRMED: "success",
    VisitStatus.ARRIVED: "success",
    VisitStatus.IN_CHAIR: "success",
    VisitStatus.CANCELLED: "danger",
    VisitStatus.COMPLETED: "success",
    VisitStatus.NO_SHOW: "warning",
}
RESULTS = {
    AlarmResult.CONFIRMED: (gettext_lazy("Yes, will come"), "success"),
    AlarmResult.CANCELLED: (gettext_lazy("No, cancels"), "danger"),
    AlarmResult.RESCHEDULED: (gettext_lazy("Asks for another time"), "warning"),
}


@dataclass(frozen=True)
class Badge:
    """A word and how alarming it is."""

    text: str
    tone: str
    title: str = ""


@dataclass(frozen=True)
class Visit:
    """A line of the day."""

    appointment: Appointment
    at: datetime  # on the clinic's wall clock
    zone: str  # named when it is not the day's
    status: Badge
    reminder: Badge | None
    answer: Badge | None
    recurs: str  # how its series reads; empty for a visit alone
    warning: str  # what a closed day means for it

    @property
    def clock(self) -> str:
        """Return the time of day in words; templates would turn an instant into the page's own zone."""
        return f"{self.at:%H:%M}"


@dataclass
class DaySchedule:
    """The visits of a day."""

    title: str
    day: date
    start: datetime
    end: datetime
    visits: list[Visit] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)  # what closes it
    total: int = 0
    confirmed: int = 0
    waiting: int = 0


@dataclass
class Desk:
    """Everything at a glance."""

    zone: str
    days: list[DaySchedule]
    items: list[StaffItem]
    open_items: int
    deliveries: list[tuple[Delivery, Badge]]
    closing: ClosureRun | None  # closures that a worker still applies


def at_a_glance(*, fallback_zone: str, now: datetime) -> Desk:
    """Return today and tomorrow on the default clinic's wall clock, and what waits for staff; current tenant."""
    zone = Clinic.objects.filter(is_default=True).values_list("time_zone", flat=True).first() or fallback_zone
    today = now.astimezone(ZoneInfo(zone)).date()
    open_items = StaffItem.objects.filter(done_at=None)
    days = [today, today + timedelta(days=1)]
    closed = closed_days.of_all(days)
    recent = Delivery.objects.select_related("contact").order_by("-id")[:8]
    return Desk(
        zone=zone,
        days=[
            _day(title, day, zone, closed[day]) for title, day in zip((_("Today"), _("Tomorrow")), days, strict=True)
        ],
        items=list(open_items.select_related("contact")[:20]),
        open_items=open_items.count(),
        deliveries=[(row, Badge(row.get_state_display(), explanations.tone(row.state))) for row in recent],
        closing=closed_days.find_run(),
    )


def _day(title: str, day: date, zone: str, closed: list[str]) -> DaySchedule:
    start = datetime.combine(day, time.min, ZoneInfo(zone))
    end = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone))
    rows = Appointment.objects.filter(starts_at__gte=start, starts_at__lt=end)
    beside = ("contact", "clinic", "appointment_type", "event__rule", "event__parent_event__rule")
    listed = list(rows.select_related(*beside)[:ROWS])
    alarms = alarms_of(row.event_id for row in listed)
    counts = rows.aggregate(
        total=Count("pk", filter=~Q(status=VisitStatus.CANCELLED)),
        confirmed=Count("pk", filter=Q(status=VisitStatus.CONFIRMED)),
        waiting=Count("pk", filter=Q(status=VisitStatus.SCHEDULED)),
    )
    visits = [_visit(row, alarms.get(row.event_id, []), zone) for row in listed]
    return DaySchedule(title, day, start, end, visits, closed, **counts)


def alarms_of(event_ids: Iterable[int]) -> dict[int, list[Alarm]]:
    """Return the alarms of some events by the event, those that are due first in front; one query."""
    found: dict[int, list[Alarm]] = {}
    for alarm in Alarm.objects.filter(event_id__in=list(event_ids)).order_by("due_at", "pk"):
        found.setdefault(alarm.event_id, []).append(alarm)
    return found


def _visit(row: Appointment, alarms: list[Alarm], day_zone: str) -> Visit:
    zone = row.clinic.time_zone
    return Visit(
        appointment=row,
        at=row.starts_at.astimezone(ZoneInfo(zone)),
        zone="" if zone == day_zone else zone,
        status=Badge(row.get_status_display(), STATUS_TONES[VisitStatus(row.status)]),
        reminder=reminder_of(alarms, zone),
        answer=answer_of(alarms),
        recurs=series_description.describe_series(row.event.parent_event or row.event),
        warning=" ".join(row.event.warnings),
    )


def reminder_of(alarms: list[Alarm], zone: str) -> Badge | None:
    """Tell of the alarm that was answered, else of one that failed, else of the last; with none of these, of the next.

    That there are more is shown as a number, and their words stand in the title.
    """
    acted = [alarm for alarm in alarms if alarm.state != AlarmState.PLANNED]
    if acted:
        alarm = max(acted, key=_weight)
        others = f" +{len(acted) - 1}" if len(acted) > 1 else ""
        titles = [_words(each) for each in acted] if others else [_why(alarm)]
        return Badge(f"{_words(alarm)}{others}", explanations.tone(alarm.state), ", ".join(titles))
    if alarms:
        local = alarms[0].due_at.astimezone(ZoneInfo(zone))
        return Badge(
            f"{channels.of_method(alarms[0].method).reminder_label} {local:%a %H:%M}",
            "info",
            _("It waits for its time."),
        )
    return None


def _weight(alarm: Alarm) -> tuple[bool, bool, datetime]:
    return bool(alarm.result), explanations.tone(alarm.state) == "danger", alarm.due_at


def _words(alarm: Alarm) -> str:
    return f"{channels.of_method(alarm.method).reminder_label} {alarm.get_state_display().lower()}"


def _why(alarm: Alarm) -> str:
    explained = explanations.explain(alarm.state, reason=alarm.reason)
    return f"{explained.headline} {explained.why}".strip()


def answer_of(alarms: list[Alarm]) -> Badge | None:
    """Return what the patient answered last."""
    results: list[Any] = [alarm.result for alarm in alarms if alarm.result in RESULTS]
    if not results:
        return None
    words, tone = RESULTS[results[-1]]
    return Badge(str(words), tone)
