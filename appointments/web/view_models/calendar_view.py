"""A month, a week or a day of the clinic's calendars for the desk, in a fixed number of queries.

Timed events stand on the clock of one zone, the page's; all-day and floating ones on the days of their own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from accounts.models import Clinic, Organization
from appointments.engine.calendar_spans import Span, View, week_begins
from appointments.web.view_models import closed_days, day_view
from appointments.web.view_models.calendar_blocks import Block, DayItem, Item, block, place
from calendars.engine.closure_decision import OpeningTimes
from calendars.models import Alarm, Calendar, ClosureRun, Event
from calendars.querysets import in_calendar
from calendars.services import day_query
from calendars.services.closures import closure_effects
from calendars.services.day_query import Days
from calendars.services.series import computed_occurrences, occurrences
from config.kernel import language

# So many events of a day are listed; the rest is counted.
LISTED = {View.MONTH: 10, View.WEEK: 40, View.DAY: 500}
KNOWN = ("calendar", "contact", "rule", "parent_event", "appointment")


@dataclass
class CalendarDay:
    """A day of the page: its first events, how many there are, and why it is closed."""

    day: date
    is_today: bool
    is_outside: bool  # of the month that is shown
    closed: list[str]
    blocks: list[Block] = field(default_factory=list)
    total: int = 0

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.total - len(self.blocks)


@dataclass(frozen=True)
class CalendarPage:
    """Everything that the page shows."""

    span: Span
    zone: str
    days: list[CalendarDay]
    left_out: int  # series that go on, but were not computed
    since: date | None  # from when on these are missing
    closing: ClosureRun | None  # closures that a worker still applies

    @property
    def title(self) -> str:
        """Return what is shown, in words."""
        return title(self.span)


@dataclass(frozen=True)
class CalendarQuery:
    """What somebody wants to see: how much around which day (None: today), of one calendar or of all."""

    view: View
    at: date | None
    calendar: Calendar | None


def title(span: Span) -> str:
    """Return a span in the active language: a month, a day, or the first and last day of a week."""
    if span.view == View.MONTH:
        return date_format(span.at, "MONTH_FORMAT")
    if span.view == View.DAY:
        return language.full_day(span.at)
    first, last = span.days[0], span.days[-1]
    if first.year != last.year:
        begin = "LONG_DATE_FORMAT"
    else:
        begin = "DAY_OF_MONTH_FORMAT" if first.month == last.month else "MONTH_DAY_FORMAT"
    return f"{date_format(first, begin)} – {date_format(last, 'LONG_DATE_FORMAT')}"


def calendars() -> list[Calendar]:
    """Return the calendars of the current organization with what their pages need."""
    return list(Calendar.objects.select_related("clinic", "organization"))


def show(asked: CalendarQuery, rows: list[Calendar], organization: Organization, *, now: datetime) -> CalendarPage:
    """Gather what the page shows of one of the organization's calendars, or of all of `rows`."""
    shown = [asked.calendar] if asked.calendar else rows
    default = Clinic.objects.filter(is_default=True).first()
    clinics = {row.pk: row.clinic or default for row in shown}
    zone = _zone(asked.calendar and clinics[asked.calendar.pk] or default, organization)
    today = now.astimezone(ZoneInfo(zone)).date()
    span = Span(asked.view, asked.at or today, week_begins(organization.region))
    calendar_zones = frozenset(row.time_zone or _zone(clinics[row.pk], organization) for row in shown)
    days, open_at = Days(span.days, zone, calendar_zones), closure_effects.opening_times_of(shown)
    closed = closed_days.of_days(days.days, [(clinics[pk], place) for pk, place in open_at.items()])
    made = [CalendarDay(day, day == today, not span.holds(day), closed[day]) for day in days.days]
    coming = _fill(made, days, asked, open_at)
    since = coming.since and coming.since.astimezone(ZoneInfo(zone)).date()
    return CalendarPage(span, zone, made, coming.left_out, since, closed_days.find_run())


def _zone(clinic: Clinic | None, organization: Organization) -> str:
    return clinic.time_zone if clinic else organization.time_zone


def _fill(
    made: list[CalendarDay], days: Days, asked: CalendarQuery, open_at: Mapping[int, OpeningTimes]
) -> computed_occurrences.ComputedOccurrences:
    """Put events onto their days, the first of each; return what was computed."""
    events = Event.objects.select_related(*KNOWN)
    rows = events.filter(calendar=asked.calendar) if asked.calendar else events
    series = events.filter(in_calendar(asked.calendar)) if asked.calendar else events
    begins: list[Any] = day_query.list_beginning(rows, days, most=LISTED[asked.view])
    coming = computed_occurrences.compute_beyond_rows(series, occurrences.Period(days.begin, days.end), open_at)
    items = [Item.of_row(event) for event in (*day_query.list_running(rows, days), *begins)]
    items += [Item.of_planned(root, one) for root, one in coming.occurrences]
    on = _placed(items, days)
    for event in begins:
        made[event.slot - 1].total = event.total
    for day in made:
        # Rows that begin on the day were counted where they were read.
        day.total += sum(not (placed.is_first and placed.item.is_row) for placed in on[day.day])
    listed = {day.day: sorted(on[day.day], key=attrgetter("rank"))[: LISTED[asked.view]] for day in made}
    alarms = day_view.alarms_of(
        {placed.item.event.pk for each in listed.values() for placed in each if placed.item.is_row}
    )
    is_brief = asked.view == View.MONTH
    for day in made:
        day.blocks = [block(each, _alarms(each, alarms), days, brief=is_brief) for each in listed[day.day]]
    return coming


def _placed(items: Iterable[Item], days: Days) -> Mapping[date, list[DayItem]]:
    found: dict[date, list[DayItem]] = defaultdict(list)
    for item in items:
        for placed in place(item, days):
            found[placed.day].append(placed)
    return found


def _alarms(placed: DayItem, alarms: Mapping[int, list[Alarm]]) -> list[Alarm]:
    return alarms.get(placed.item.event.pk, []) if placed.item.is_row else []
