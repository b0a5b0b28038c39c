"""Everything about one event that is no visit, for its page on the desk, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.models import Clinic
from appointments.services import desk_events
from appointments.web.view_models import closed_days, visit_view
from appointments.web.view_models.day_view import Badge
from appointments.web.view_models.visit_view import ReminderView
from calendars.engine import time_kinds
from calendars.engine.icalendar.event_writer import ExportStyle
from calendars.engine.states import EventStatus, TimeKind
from calendars.models import Event
from calendars.services.exchange import ical_export
from calendars.services.series import occurrences, series_description
from config.kernel import language

KNOWN = ("calendar__clinic", "contact", "organization", "rule", "parent_event__rule", "appointment")
TONES = {EventStatus.PENDING: "info", EventStatus.COMPLETED: "success", EventStatus.PAUSED: "warning"}
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class UpcomingOccurrence:
    """An occurrence to come in words, and its row where there is one."""

    words: str
    event: int | None

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class EventDetails:
    """An event as its page shows it, on the clock of its own zone."""

    event: Event
    at: datetime  # naive
    last_day: date
    when: str
    minutes: int
    zone: str
    elsewhere: str  # the same on the clinic's clock, where that is another
    status: Badge
    version: int
    in_words: str  # how its series reads; empty for an event alone
    coming: list[UpcomingOccurrence]
    closed: list[str]  # what closed days mean for its series
    is_series: bool
    is_root: bool
    has_begun: bool
    offers: tuple[str, ...]
    reminders: list[ReminderView]


def find(pk: int) -> Event | None:
    """Return an event of the current tenant with what its page needs."""
    return Event.objects.select_related(*KNOWN).filter(pk=pk).first()


def show(event: Event, *, now: datetime) -> EventDetails:
    """Gather what the page shows."""
    zone, root = ZoneInfo(event.time_zone), event.parent_event or event
    start, end = (time_kinds.local(at, zone, event.kind) for at in (event.start, event.end))
    return EventDetails(
        event=event,
        at=start,
        last_day=max(start, end - MOMENT).date(),
        when=_when(start, end, event.kind),
        minutes=round((event.end - event.start).total_seconds() / 60),
        zone=zone.key,
        elsewhere=_elsewhere(event),
        status=_status(event),
        version=desk_events.version_of(event),
        in_words=series_description.describe_series(root),
        coming=[_next(one, root) for one in occurrences.next_occurrences(root, now=now)],
        closed=[f"{language.moment(met.at)}: {met.words}" for met in closed_days.of_series(root, zone, now=now)],
        is_series=root.is_series,
        is_root=root.pk == event.pk,
        has_begun=event.start <= now,
        offers=("restore",) if event.is_called_off else ("change", "cancel"),
        reminders=visit_view.reminders(event, zone),
    )


def file_of(event: Event) -> str:
    """Return an event, or the whole series that it is part of, as iCalendar."""
    rows = Event.objects.filter(pk=event.parent_event_id or event.pk)
    style = ExportStyle(str(event.organization.uuid), described=True)
    return ical_export.render_events(ical_export.load(rows), style)


def _when(start: datetime, end: datetime, kind: TimeKind) -> str:
    if kind != TimeKind.DAYS:
        return visit_view.from_to(start, end)
    last = end - MOMENT
    days = dict.fromkeys(map(language.full_day, (start, last)))
    return _("%(days)s, all day") % {"days": " – ".join(days)}


def _elsewhere(event: Event) -> str:
    """Return when a timed event is on the clinic's clock; nothing where that says the same."""
    clinic = event.calendar.clinic or Clinic.objects.filter(is_default=True).first()
    if clinic is None or clinic.time_zone == event.time_zone or event.kind != TimeKind.TIMED:
        return ""
    zone = ZoneInfo(clinic.time_zone)
    return f"{visit_view.from_to(event.start.astimezone(zone), event.end.astimezone(zone))} {zone.key}"


def _status(event: Event) -> Badge:
    if event.cancelled_at:
        return Badge(_("Cancelled"), "danger")
    status = EventStatus(event.status)
    return Badge(_("Planned") if status == EventStatus.PENDING else event.get_status_display(), TONES[status])


def _next(one: occurrences.Occurrence, root: Event) -> UpcomingOccurrence:
    local = time_kinds.local(one.start, ZoneInfo(root.time_zone), root.kind)
    words = language.full_day(local) if root.all_day else language.moment(local)
    return UpcomingOccurrence(words, one.event_id)
