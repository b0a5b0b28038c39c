"""What is changed of the first occurrence alone is its own: its series, also what is made of it later, stays as it was.

One test for all fields that an edit of one occurrence can change, and some for what a field does elsewhere.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendars.engine.icalendar import occurrence_cut
from calendars.engine.icalendar.event_writer import ExportStyle
from calendars.engine.icalendar.occurrence_cut import OccurrenceCut
from calendars.engine.states import EventStatus, Reach
from calendars.errors import RuleOfSeries
from calendars.models import Alarm, Calendar, CalendarUser, Event
from calendars.models.series_fields import FIELDS
from calendars.querysets import in_calendar
from calendars.services import event_pause, events, personal_data
from calendars.services.closures import closure_effects
from calendars.services.exchange import ical_export
from calendars.services.field_types import EventChange
from calendars.services.series import computed_occurrences, expansion, occurrences, series_edits
from calendars.tests.closed import close
from calendars.tests.imports import import_file
from contacts.services.personal_data_export import DataSubject
from tests import factories

NEW_YORK, PARIS = ZoneInfo("America/New_York"), ZoneInfo("Europe/Paris")
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
NINE = datetime(2026, 12, 1, 9, tzinfo=NEW_YORK)  # a Tuesday
LATER = 8 * WEEK


@pytest.fixture
def root(make, remind):
    """Return the first of an endless weekly series in New York, with a text a day before."""
    made = make(start=NINE, time_zone="America/New_York", recurrence="RRULE:FREQ=WEEKLY", data={"room": "1"})
    remind(made)
    return made


@pytest.fixture
def others(inside):
    """Return for each field another value than the series has."""
    user = CalendarUser.objects.create(username="other-doctor")
    return {
        "title": "First",
        "description": "Bring shoes",
        "data": {"room": "2"},
        "contact": factories.contact(inside, phone="+15551230000", first_name="Bea"),
        "creator": user,
        "calendar": Calendar.objects.create(name="Other", user=user, clinic=inside.clinic),
        "on_closure": "skip",
        "private": True,
        "time_zone": "Europe/Paris",
    }


def change(event, clock, reach, **fields):
    event.refresh_from_db()
    return series_edits.change(event, now=clock.at, reach=reach, **fields)


def values(name):
    """Return the values of a field in all occurrences in order, each the other than the one before."""
    found = [getattr(row, name) for row in Event.objects.order_by("start").select_related("contact", "calendar")]
    return [value for place, value in enumerate(found) if place == 0 or value != found[place - 1]]


def test_all_that_one_occurrence_can_be_given_is_known(others):
    times, series = (
        {"start", "end", "external_id"},
        {"rule", "recurrence", "end_recurring_period", "all_day", "floating"},
    )
    # An occurrence that is paused has no bearing on others; see below.
    assert {*others} == {*FIELDS} == EventChange.__optional_keys__ - times - series - {"status"}


@pytest.mark.parametrize("name", FIELDS)
def test_field_of_the_first_alone_is_no_one_elses(root, others, clock, name):
    usual, known = getattr(root, name), Event.objects.count()
    change(root, clock, Reach.THIS, **{name: others[name]})
    expansion.expand(now=clock.at + LATER)
    assert Event.objects.count() > known
    assert values(name) == [others[name], usual]
    starts = list(Event.objects.order_by("start").values_list("start", flat=True))
    assert [start.astimezone(NEW_YORK).hour for start in starts] == [9] * len(starts)


@pytest.mark.parametrize("name", FIELDS)
def test_edit_of_all_leaves_the_first_what_it_has_of_its_own(root, others, clock, name):
    usual, child = getattr(root, name), root.children.order_by("start").first()
    change(root, clock, Reach.THIS, **{name: others[name]})
    other = {"title": "Second", "on_closure": "move", "time_zone": "Asia/Tokyo"}.get(name, usual)
    if other == usual:
        change(child, clock, Reach.THIS, **{name: others[name]})
    change(child, clock, Reach.ALL, **{name: other})
    expansion.expand(now=clock.at + LATER)
    assert values(name) == [others[name], other]


@pytest.mark.parametrize("name", FIELDS)
def test_edit_of_all_from_the_first_reaches_all(root, others, clock, name):
    usual = getattr(root, name)
    change(root, clock, Reach.THIS, **{name: others[name]})
    change(root, clock, Reach.ALL, **{name: usual}, start=NINE + HOUR)
    expansion.expand(now=clock.at + LATER)
    assert values(name) == [usual]
    assert {row.start.astimezone(NEW_YORK).hour for row in Event.objects.all()} == {10}
    assert Event.objects.get(pk=root.pk).series_fields is None


@pytest.mark.parametrize("name", FIELDS)
def test_what_begins_another_series_has_its_own_fields_alone(root, others, clock, name):
    usual, child = getattr(root, name), root.children.order_by("start").first()
    change(child, clock, Reach.THIS, **{name: others[name]})
    change(child, clock, Reach.FOLLOWING, end=child.end + HOUR)
    expansion.expand(now=clock.at + LATER)
    assert values(name) == [usual, others[name], usual]


def test_cancelled_first_one_stays_as_it_was(root, others, clock):
    usual, child = root.calendar, root.children.order_by("start").first()
    series_edits.cancel(root, reason="x", now=clock.at, reach=Reach.THIS)
    change(child, clock, Reach.ALL, calendar=others["calendar"])
    expansion.expand(now=clock.at + LATER)
    assert values("calendar") == [usual, others["calendar"]]


def test_what_the_series_names_and_is_gone_is_taken_from_the_first(root, others, clock):
    usual = root.calendar
    change(root, clock, Reach.THIS, calendar=others["calendar"], contact=others["contact"], creator=others["creator"])
    row = Event.objects.get(pk=root.pk)
    row.series_fields |= {"calendar_id": 0, "contact_id": 0, "creator_id": 0}
    row.save()
    expansion.expand(now=clock.at + LATER)
    assert values("calendar") == [others["calendar"], usual, others["calendar"]]
    assert values("contact")[-1] is None
    assert values("creator")[-1] == others["creator"]


def test_first_that_is_paused_alone_holds_back_nobody_elses_reminder(root, clock):
    change(root, clock, Reach.THIS, status=EventStatus.PAUSED)
    row = Event.objects.get(pk=root.pk)
    assert (row.status, row.paused_at) == (EventStatus.PAUSED, None)
    assert set(root.children.values_list("status", flat=True)) == {EventStatus.PENDING}
    assert expansion.expand(now=clock.at + LATER) > 0
    clock.set(row.start + HOUR)
    change(root, clock, Reach.ALL, status=EventStatus.PENDING)
    assert Event.objects.get(pk=root.pk).status == EventStatus.PENDING
    assert Alarm.objects.get(event=root).state == "skipped"


def test_first_resumed_alone_leaves_its_series_paused(root, clock):
    event_pause.pause(root, now=clock.at)
    change(root, clock, Reach.THIS, status=EventStatus.PENDING)
    row = Event.objects.get(pk=root.pk)
    assert (row.status, row.paused_at) == (EventStatus.PENDING, clock.at)


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    "fields",
    [
        {"recurrence": "RRULE:FREQ=DAILY"},
        {"end_recurring_period": datetime(2027, 1, 1, tzinfo=NEW_YORK)},
        {"end_recurring_period": datetime.fromisoformat("2027-01-01")},
    ],
)
def test_one_occurrence_has_no_rule_of_its_own(root, clock, place, fields):
    row = [root, *root.children.order_by("start")][place]
    change(row, clock, Reach.THIS, recurrence=row.recurrence, rule=row.rule, end_recurring_period=None)
    with pytest.raises(RuleOfSeries) as refused:
        change(row, clock, Reach.THIS, **fields)
    assert refused.value.field in fields


def test_closed_days_are_those_of_the_series(root, others, clock):
    close("2026-12-08", "2027-01-30")
    change(root, clock, Reach.THIS, on_closure="skip")
    row = Event.objects.get(pk=root.pk)
    found = occurrences.list_occurrences(row, occurrences.Period(NINE + WEEK, NINE + 7 * WEEK, shows_cancelled=True))
    assert {one.is_cancelled for one in found.occurrences} == {False}
    expansion.expand(now=clock.at + LATER)
    assert not Event.objects.exclude(cancelled_at=None).exists()


def test_series_of_which_the_first_alone_became_somebody_elses_ends_with_its_patient(root, others, clock):
    patient = root.contact
    change(root, clock, Reach.THIS, contact=others["contact"], title="First")
    personal_data.leave(DataSubject(patient, frozenset(), frozenset()), now=clock.at)
    personal_data.erase(DataSubject(patient, frozenset(), frozenset()))
    row = Event.objects.get(pk=root.pk)
    assert (row.series_ended, row.title, row.series_fields) == (True, "First", {"contact_id": patient.pk})


def written(calendar):
    text = b"".join(ical_export.stream_calendar(calendar, ExportStyle("x", described=True))).decode()
    assert text == ical_export.render_events(
        ical_export.load(ical_export.roots(calendar)), ExportStyle("x", described=True)
    )
    return [part.replace("\r\n ", "") for part in text.split("BEGIN:VEVENT")[1:]]


def test_first_in_another_calendar_is_there_by_itself_and_its_series_here(root, others, clock, inside):
    change(root, clock, Reach.THIS, calendar=others["calendar"], title="First")
    (series,) = written(inside.calendar)
    assert ("RRULE:FREQ=WEEKLY" in series, "EXDATE;TZID=America/New_York:20261201T090000" in series) == (True, True)
    assert "SUMMARY:Visit" in series
    (alone,) = written(others["calendar"])
    assert ("RRULE" in alone, "SUMMARY:First" in alone) == (False, True)
    overlapping = ical_export.overlapping(inside.calendar, NINE + WEEK, NINE + 2 * WEEK)
    assert [shown.is_series for shown in overlapping] == [True]
    assert ical_export.overlapping(others["calendar"], NINE + WEEK, NINE + 2 * WEEK) == []


def test_file_of_a_series_whose_first_is_elsewhere_changes_nothing_when_it_comes_back(root, others, clock, inside):
    change(root, clock, Reach.THIS, calendar=others["calendar"], title="First", end=NINE + 2 * HOUR)
    known = list(Event.objects.order_by("pk").values())
    for calendar in (inside.calendar, others["calendar"]):
        style = ExportStyle(str(calendar.organization.uuid), described=True)
        found = import_file(b"".join(ical_export.stream_calendar(calendar, style)), calendar)
        assert {result.result for result in found} == {"unchanged"}
    assert list(Event.objects.order_by("pk").values()) == known
    text = b"".join(ical_export.stream_calendar(others["calendar"], style)).replace(b"First", b"Second")
    import_file(text.replace(b"SEQUENCE:", b"SEQUENCE:9"), others["calendar"])
    assert [row.title for row in Event.objects.order_by("start")][:2] == ["Second", "Visit"]
    import_file(text.replace(b"CONFIRMED", b"CANCELLED").replace(b"SEQUENCE:", b"SEQUENCE:99"), others["calendar"])
    assert [row.cancelled_at is None for row in Event.objects.order_by("start")][:2] == [False, True]


def test_occurrences_beyond_the_rows_are_those_of_the_series(root, others, clock, inside):
    change(root, clock, Reach.THIS, calendar=others["calendar"], title="First", on_closure="skip")
    period = occurrences.Period(NINE + 20 * WEEK, NINE + 22 * WEEK)
    open_at = closure_effects.opening_times_of([inside.calendar])
    rows = Event.objects.filter(in_calendar(inside.calendar))
    ((shown, _), *_) = computed_occurrences.compute_beyond_rows(rows, period, open_at).occurrences
    assert (shown.title, shown.calendar, shown.on_closure) == ("Visit", inside.calendar, "keep")
    assert not Event.objects.filter(in_calendar(others["calendar"])).exists()


def test_series_is_expanded_as_it_was_before_its_first_was_changed(root, clock):
    change(root, clock, Reach.THIS, title="First", end=NINE + 2 * HOUR)
    (shown,) = ical_export.load(Event.objects.filter(pk=root.pk))
    cut = OccurrenceCut(NINE, NINE + 20 * WEEK, expands=True)
    first, *rest = occurrence_cut.write_expanded(shown, cut, ExportStyle("x")).split("BEGIN:VEVENT")[1:]
    assert ("SUMMARY:First" in first, "DTEND:20261201T160000Z" in first) == (True, True)
    assert {"SUMMARY:Visit" in text for text in rest} == {True}
    assert "DTEND:20261208T150000Z" in rest[0]


def test_first_in_another_zone_is_an_exception_in_files(root, clock, inside):
    at = datetime.fromisoformat("2026-12-01T16:00")
    change(root, clock, Reach.THIS, time_zone="Europe/Paris", start=at, end=at + HOUR)
    master, exception = written(inside.calendar)
    assert "DTSTART;TZID=America/New_York:20261201T090000" in master
    assert "RECURRENCE-ID;TZID=America/New_York:20261201T090000" in exception
    assert "DTSTART;TZID=Europe/Paris:20261201T160000" in exception


def test_times_of_all_are_told_in_the_zone_of_the_occurrence_that_is_edited(root, clock):
    child = root.children.order_by("start").first()
    change(child, clock, Reach.THIS, time_zone="Europe/Paris")
    at = datetime.fromisoformat("2026-12-08T16:00")  # instead of 15:00
    change(child, clock, Reach.ALL, start=at, end=at + 2 * HOUR)
    assert {row.start.astimezone(NEW_YORK).hour for row in Event.objects.all()} == {10}
    assert {row.end - row.start for row in Event.objects.all()} == {2 * HOUR}
    assert values("time_zone") == ["America/New_York", "Europe/Paris", "America/New_York"]


def test_events_that_are_no_series_note_nothing(make, clock, others):
    row = make()
    events.change(row, now=clock.at, whole_series=False, title="Other", calendar=others["calendar"])
    assert (row.title, row.series_fields) == ("Other", None)
