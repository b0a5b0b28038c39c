"""The calendar on the desk: what stands on which day, and in how many queries."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import tenancy
from accounts.models import Clinic
from appointments.services import visits
from appointments.tests.visiting import NEW_YORK, browser
from calendars.models import Alarm, Calendar, Closure, Event
from calendars.services import event_pause, events
from calendars.services.alarms import alarms
from calendars.services.closures import closure_updates
from calendars.services.series import series_edits
from config.kernel.http import security_headers
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(inside, clock):
    """Return a function that makes an event on Tuesday at 09:00 in New York."""

    def make(**fields):
        given = {"title": "Team meeting", "start": "2026-11-24T09:00", "now": clock.at, **fields}
        given |= {name: local(given[name]) for name in ("start", "end") if isinstance(given.get(name), str)}
        return events.create(calendar=given.pop("calendar", inside.calendar), creator=inside.calendar_user, **given)

    return make


local = datetime.fromisoformat


def ask(client, **query):
    return client.get("/calendar/", query)


def days_of(answer):
    """Return what is told of each day on which something stands."""
    return {
        f"{day.day:%m-%d}": [f"{block.clock} {block.words}" for block in day.blocks]
        for day in answer.context["page"].days
        if day.blocks
    }


def blocks_of(answer):
    return [block for day in answer.context["page"].days for block in day.blocks]


def test_month_begins_as_weeks_do_in_the_country_and_shows_visits_and_events(book, make, desk):
    visit = book()
    make(start="2026-11-24T08:15", end="2026-11-24T08:45")
    answer = ask(desk)
    page = answer.context["page"]
    assert (page.title, page.zone, page.days[0].day, page.days[-1].day) == (
        "November 2026",
        "America/New_York",
        date(2026, 11, 1),
        date(2026, 12, 5),
    )
    assert days_of(answer) == {"11-24": ["08:15 Team meeting", "09:00 Ana Lopez"]}
    assert [day.day for day in page.days if day.is_today] == [date(2026, 11, 23)]
    text = answer.content.decode()
    assert f'href="/visits/{visit.pk}"' in text
    assert "Check-up" in text
    assert answer["Content-Security-Policy"] == security_headers.STRICT
    assert "no-store" in answer["Cache-Control"]
    assert "style=" not in text
    assert "<script" not in text


def test_week_and_day_show_less_and_lead_on(book, desk):
    book()
    week, day = ask(desk, view="week", date="2026-11-28"), ask(desk, view="day", date="2026-11-24")
    assert [len(answer.context["page"].days) for answer in (week, day)] == [7, 1]
    assert days_of(week) == days_of(day) == {"11-24": ["09:00–09:30 Ana Lopez"]}
    links = week.context["links"]
    assert (links["previous"], links["next"], links["today"]) == (
        "/calendar?view=week&date=2026-11-21",
        "/calendar?view=week&date=2026-12-05",
        "/calendar?view=week",
    )


def test_block_shows_its_reminder_as_the_day_does(book, desk, inside, clock):
    visit = book()
    alarms.create(visit.event, now=clock.at, method=2, sms_template=inside.sms_template, advance_notice=7200)
    assert [[badge.text for badge in block.badges] for block in blocks_of(ask(desk))] == [["SMS Tue 07:00"]]
    Alarm.objects.update(state="delivered", result=1)
    assert [[badge.text for badge in block.badges] for block in blocks_of(ask(desk))] == [
        ["SMS delivered", "Yes, will come"]
    ]


def test_cancelled_one_is_struck_through_and_a_moved_one_says_where_it_was(make, desk, clock):
    root = make(recurrence="RRULE:FREQ=WEEKLY;COUNT=3")
    second, third = root.children.order_by("start")
    series_edits.cancel(second, reason="other", now=clock.at)
    series_edits.change(third, now=clock.at, start=local("2026-12-07T11:00"))
    answer = ask(desk, date="2026-12-01")
    assert [(block.event.pk, block.is_cancelled, block.was) for block in blocks_of(answer)] == [
        (second.pk, True, ""),
        (third.pk, False, "Tue 8 Dec, 09:00"),
    ]
    text = answer.content.decode()
    assert 'class="block off"' in text
    assert "<s>Tue 8 Dec, 09:00</s>" in text


def test_first_occurrence_that_was_moved_alone_says_where_it_was(make, desk, clock):
    root = make(recurrence="RRULE:FREQ=WEEKLY;COUNT=2")
    events.change(root, now=clock.at, start=local("2026-11-24T14:00"), whole_series=False)
    assert [(block.clock, block.was) for block in blocks_of(ask(desk, date="2026-11-24"))] == [
        ("14:00", "09:00"),
        ("09:00", ""),
    ]


def test_days_are_closed_by_closures_and_public_holidays(desk, inside):
    inside.organization.public_holidays = "US"
    inside.organization.save()
    Closure.objects.create(name="Training", first_day="2026-11-24", last_day="2026-11-24", begins="12:00")
    annex = Clinic.objects.create(number=2, name="Annex", time_zone="America/New_York")
    Calendar.objects.create(name="Annex", user=inside.calendar_user, clinic=annex)
    Closure.objects.create(name="Move", first_day="2026-11-30", last_day="2026-12-01", clinic=annex)
    closed = {day.day.day: day.closed for day in ask(desk, date="2026-11-02").context["page"].days if day.closed}
    assert closed == {
        11: ["Veterans Day"],
        24: ["Training from 12:00"],
        26: ["Thanksgiving Day"],
        30: ["Move (Annex)"],
        1: ["Move (Annex)"],
    }
    one = ask(desk, date="2026-11-02", calendar=inside.calendar.pk).context["page"]
    assert [day.day.day for day in one.days if day.closed] == [11, 24, 26]


def test_closure_tells_what_it_did(make, desk, clock):
    make(recurrence="RRULE:FREQ=DAILY;COUNT=2", on_closure="skip")
    closure_updates.evaluate_closure(
        Closure.objects.create(name="Flood", first_day=date(2026, 11, 25), last_day=date(2026, 11, 25)), now=clock.at
    )
    first, second = blocks_of(ask(desk))
    assert (first.warning, second.warning, second.is_cancelled) == (
        "",
        "It does not take place because of “Flood”.",
        True,
    )


def test_all_day_events_stand_on_top_of_each_of_their_days(make, desk):
    make(title="Early", start="2026-11-26T07:00")
    make(title="Fair", start="2026-11-25", end="2026-11-28", all_day=True)
    assert days_of(ask(desk)) == {
        "11-25": ["All day Fair"],
        "11-26": ["All day Fair", "07:00 Early"],
        "11-27": ["All day Fair"],
    }


def test_what_goes_on_from_before_is_shown_until_it_ends(make, desk):
    make(title="Trip", start="2026-10-30", end="2026-11-03", all_day=True)
    make(title="Night", start="2026-10-31T22:00", end="2026-11-01T06:00")
    make(title="Done", start="2026-10-31T22:00", end="2026-11-01T00:00")
    assert days_of(ask(desk)) == {"11-01": ["All day Trip", "until 06:00 Night"], "11-02": ["All day Trip"]}
    page = ask(desk, view="day", date="2026-10-31")
    assert days_of(page) == {"10-31": ["All day Trip", "from 22:00 Night", "22:00–00:00 Done"]}
    assert page.context["page"].days[0].total == 3


def test_times_of_the_hour_that_comes_twice_are_told_apart(make, desk):
    for at in (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)):
        make(start=at, end=at + timedelta(minutes=15))
    assert days_of(ask(desk)) == {"11-01": ["01:30 Team meeting", "01:30 EST Team meeting"]}


def test_all_day_event_of_a_calendar_elsewhere_stands_on_its_own_days(make, desk, inside):
    paris = Calendar.objects.create(name="Paris", user=inside.calendar_user, time_zone="Europe/Paris")
    make(title="Fair", start="2026-11-25", all_day=True, calendar=paris)
    make(title="Call", start="2026-11-25T04:00", calendar=paris)
    assert days_of(ask(desk)) == {"11-24": ["22:00 Call"], "11-25": ["All day Fair"]}


def test_one_calendar_is_chosen(make, book, desk, inside):
    book()
    second = Calendar.objects.create(name="Second", user=inside.calendar_user)
    make(calendar=second, start="2026-11-25T09:00")
    assert days_of(ask(desk, calendar=second.pk)) == {"11-25": ["09:00 Team meeting"]}
    assert len(days_of(ask(desk))) == 2


def test_series_goes_on_beyond_what_is_expanded(make, desk, clock):
    root = make(recurrence="RRULE:FREQ=WEEKLY;COUNT=12\nEXDATE:20270202T090000")
    made = root.children.count()
    page = ask(desk, date="2027-02-01")
    assert days_of(page) == {"02-09": ["09:00 Team meeting"]}
    assert [block.event for block in blocks_of(page)] == [root]
    assert Event.objects.count() == 1 + made
    assert page.context["page"].left_out == 0


def test_exception_ahead_of_the_horizon_stands_for_its_occurrence(make, desk, inside):
    root = make(recurrence="RRULE:FREQ=WEEKLY;COUNT=12")
    factories.event(
        inside, start=datetime(2027, 2, 4, 14, tzinfo=NEW_YORK), parent_event=root, recurrence_id="20270202T090000"
    )
    assert list(days_of(ask(desk, date="2027-02-01"))) == ["02-04", "02-09"]


def test_series_beyond_the_bound_are_named_and_not_hidden(make, desk, monkeypatch):
    monkeypatch.setattr("calendars.services.series.computed_occurrences.SERIES", 1)
    for _ in range(3):
        make(recurrence="RRULE:FREQ=WEEKLY")
    answer = ask(desk, date="2027-02-01")
    page = answer.context["page"]
    assert (page.left_out, page.since) == (2, date(2026, 12, 29))
    assert "Of 2 more series, what comes after 29 December 2026 is not shown here yet" in answer.content.decode()
    assert len(blocks_of(answer)) == 5


def test_dense_series_is_named_and_not_cut(make, desk, monkeypatch):
    monkeypatch.setattr("calendars.services.series.computed_occurrences.ROWS", 10)
    make(recurrence="RRULE:FREQ=WEEKLY")
    make(recurrence="RRULE:FREQ=HOURLY", title="Rounds")
    page = ask(desk, date="2027-02-01").context["page"]
    assert (page.left_out, [len(day.blocks) for day in page.days if day.blocks]) == (1, [1, 1, 1, 1, 1])


def test_long_events_are_listed_before_a_days_many(make, desk, monkeypatch):
    monkeypatch.setattr("appointments.web.view_models.calendar_view.LISTED", {"month": 1})
    make(title="Early", start="2026-11-24T07:00")
    make(title="Watch", start="2026-11-24T09:00", end="2026-11-25T12:00")
    assert days_of(ask(desk)) == {"11-24": ["from 09:00 Watch"], "11-25": ["until 12:00 Watch"]}


def test_paused_series_makes_nothing_more(make, desk, clock):
    root = make(recurrence="RRULE:FREQ=WEEKLY")
    event_pause.pause(root, now=clock.at)
    assert days_of(ask(desk, date="2027-02-01")) == {}


def test_full_day_lists_the_first_and_counts_the_rest(book, desk, monkeypatch):
    monkeypatch.setattr("appointments.web.view_models.calendar_view.LISTED", {"month": 2, "week": 3, "day": 4})
    start = datetime(2026, 11, 24, 9, tzinfo=NEW_YORK)
    for number in range(5):
        book(starts_at=start + timedelta(hours=number))
    answer = ask(desk)
    (full,) = [day for day in answer.context["page"].days if day.blocks]
    assert ([block.clock for block in full.blocks], full.total, full.more) == (["09:00", "10:00"], 5, 3)
    assert '<a href="/calendar?view=day&amp;date=2026-11-24">+ 3 more' in answer.content.decode()
    (address,) = [rest for _, _, rest in ask(desk, view="day", date="2026-11-24").context["links"]["days"]]
    assert desk.get(address).context["cl"].result_count == 5


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"date": "23.11.2026"}, "Write the day as 2026-11-23."),
        ({"date": "1812-01-01"}, "in the years 1900 to 2199"),
        ({"view": "year"}, "year is not one of the available choices"),
    ],
)
def test_what_makes_no_sense_is_said_and_today_is_shown(desk, clock, query, words):
    answer = ask(desk, **query)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert answer.context["page"].title == "November 2026"


def test_last_days_of_time_are_shown(desk, clock):
    for at in ("1900-01-01", "2199-12-31"):
        for view in ("month", "week", "day"):
            assert ask(desk, view=view, date=at).status_code == 200


def test_another_clinics_calendar_is_as_absent_as_none(desk, other, make, clock):
    with tenancy.tenant(other.organization.pk):
        events.create(
            calendar=other.calendar, creator=other.calendar_user, title="Theirs", start=clock.at, now=clock.at
        )
    answers = [ask(desk, calendar=pk) for pk in (other.calendar.pk, 10**9, "x")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content for answer in answers}) == 1
    assert days_of(ask(desk)) == {}


def test_number_of_queries_does_not_grow(book, make, desk, inside, clock):
    counts = []
    for number in range(3):
        start = datetime(2026, 11, 24, 9 + number, tzinfo=NEW_YORK)
        visit = visits.book(
            contact=factories.contact(inside),
            calendar=inside.calendar,
            starts_at=start,
            now=clock.at,
            recurrence="RRULE:FREQ=DAILY",
        )
        alarms.create(visit.event, now=clock.at, method=2, sms_template=inside.sms_template)
        make(title="Fair", start="2026-10-20", end="2026-11-28", all_day=True)
        with CaptureQueriesContext(connection) as asked:
            assert ask(desk, date="2026-12-20").status_code == 200
        counts.append(len(asked))
    assert counts == [counts[0]] * 3


def test_strangers_sign_in_and_viewers_look(client, world, clock):
    assert ask(client)["Location"] == "/accounts/login/?next=/calendar/"
    assert ask(browser(world.viewer)).status_code == 200
