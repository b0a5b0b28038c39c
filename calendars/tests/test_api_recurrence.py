"""Recurrence over REST: lines in, words and occurrences out."""

import pytest

from accounts import tenancy
from calendars.models import Event, Rule
from calendars.services import events
from tests import factories

pytestmark = pytest.mark.django_db


def link(kind, pk):
    return f"http://127.0.0.1:8000/rest-api/{kind}/{pk}/"


@pytest.fixture
def make(api, clock, world):
    """Return a function that posts a series in Paris, each day at nine."""

    def make(*lines, **fields):
        body = {
            "title": "Exercise",
            "creator": link("calendar-user", world.calendar_user.pk),
            "calendar": link("calendar", world.calendar.pk),
            "start": "2026-11-24T09:00",
            "time_zone": "Europe/Paris",
            "recurrence": list(lines),
            **fields,
        }
        return api.post("/rest-api/event/", body)

    return make


def listed(api, series, query="from=2026-11-24&to=2026-12-01"):
    answer = api.get(f"{series.json()['url']}occurrences/?{query}")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def starts(found):
    return [row["start"] for row in found["results"]]


def nines(*days):
    return [f"2026-11-{day}T09:00:00+01:00" for day in days]


def test_lines_come_back_as_they_went_in(make):
    lines = ["RRULE:FREQ=DAILY;COUNT=5", "EXDATE:20261125T090000", "RDATE:20261201T100000", "RDATE:20261202T100000"]
    made = make(*lines)
    assert made.status_code == 201
    assert made.json()["recurrence"] == lines
    assert made.json()["recurrence_text"] == (
        "every day, 5 times, also on 1 December 2026 and 2 December 2026, except on 25 November 2026"
    )


def test_one_text_is_taken_too(make):
    made = make(recurrence="RRULE:FREQ=DAILY;COUNT=2\nEXDATE:20261125T090000")
    assert made.json()["recurrence"] == ["RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20261125T090000"]


def test_event_alone_has_neither_lines_nor_words(make):
    made = make().json()
    assert (made["recurrence"], made["recurrence_text"]) == ([], "")


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["RRULE:FREQ=DAILY;INTERVAL=0"], "interval 0 is out of range"),
        (["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"], "does not happen in 40 years"),
        (["RRULE:FREQ=SECONDLY"], "at most 1,440 occurrences a day, one a minute, unless it has fewer in all."),
        (["RRULE:FREQ=DAILY", "RDATE:99991231T235959"], "RDATE lies outside the years 1900 to 2199"),
        (["RRULE:FREQ=DAILY", "EXDATE:00010101T000000Z"], "EXDATE lies outside the years 1900 to 2199"),
        (["RRULE:FREQ=DAILY", "DTSTART:00010101T000000"], "DTSTART lies outside the years 1900 to 2199"),
        (["RRULE:FREQ=FORTNIGHTLY"], "“FORTNIGHTLY” is no frequency"),
        (["RRULE:FREQ=WEEKLY;BYDAY=2MO"], "only MONTHLY and YEARLY count weekdays"),
        (["RRULE:FREQ=DAILY", "EXDATE:20261124T090000"], "EXDATE takes the start itself away"),
        (["RDATE;TZID=Mars/Base:20261201T090000"], "no IANA time zone"),
        ([7], "Write an array of lines"),
        ({"RRULE": "FREQ=DAILY"}, "Write an array of lines"),
    ],
)
def test_bad_lines_are_400_with_their_reason(make, lines, reason):
    answer = make(recurrence=lines)
    assert answer.status_code == 400
    assert reason in answer.json()["recurrence"][0]


@pytest.mark.parametrize("until", ["99991231T235959Z", "99991231", "99991231T235959"])
def test_for_ever_may_be_written_as_the_last_moment_there_is(api, make, until):
    series = make(f"RRULE:FREQ=DAILY;UNTIL={until}", time_zone="Asia/Tokyo")
    assert (series.status_code, series.json()["series_error"]) == (201, "")
    assert len(starts(listed(api, series, "from=2030-07-01&to=2030-07-03"))) == 2


def test_times_are_whole_seconds(api, make):
    made = make("RRULE:FREQ=DAILY;COUNT=2", start="2026-11-24T09:00:00.900+01:00").json()
    assert (made["start"], made["end"]) == ("2026-11-24T09:00:00+01:00", "2026-11-24T10:00:00+01:00")


def test_unknown_zone_is_400(make):
    answer = make("RRULE:FREQ=DAILY", time_zone="Mars/Base")
    assert (answer.status_code, list(answer.json())) == (400, ["time_zone", "code"])


def test_occurrences_are_computed_beyond_what_is_stored(api, make):
    series = make("RRULE:FREQ=DAILY")
    far = listed(api, series, "from=2030-07-01T00:00:00%2B02:00&to=2030-07-03")
    assert starts(far) == ["2030-07-01T09:00:00+02:00", "2030-07-02T09:00:00+02:00"]
    assert far["results"][0] == {
        "event": None,
        "recurrence_id": "20300701T090000",
        "start": "2030-07-01T09:00:00+02:00",
        "end": "2030-07-01T10:00:00+02:00",
        "start_date": None,
        "end_date": None,
        "is_moved": False,
        "is_cancelled": False,
        "closure": "",
    }
    assert (far["is_complete"], far["next_from"]) == (True, None)


def test_series_that_began_years_back_is_listed_from_then(api, make):
    series = make("RRULE:FREQ=WEEKLY;COUNT=3", start="1997-09-02T09:00", time_zone="America/New_York")
    found = starts(listed(api, series, "from=1997-09-01&to=1998-01-01"))
    assert found == [f"1997-09-{day:02}T09:00:00-04:00" for day in (2, 9, 16)]


def test_cancelled_and_moved_occurrences_are_reflected(api, make, clock, world):
    series = make("RRULE:FREQ=DAILY;COUNT=6")
    with tenancy.tenant(world.organization.pk):
        gone, moved, deleted = Event.objects.exclude(parent_event=None).order_by("start")[:3]
        events.cancel(gone, reason="ill", now=clock.at)
        events.change(moved, now=clock.at, start=moved.start.replace(day=28, hour=15))
        events.delete(deleted, now=clock.at)
    days = "2026-11-28T09:00:00+01:00", "2026-11-28T16:00:00+01:00", "2026-11-29T09:00:00+01:00"
    found = listed(api, series)
    assert starts(found) == [nines(24)[0], *days]
    assert [row["is_moved"] for row in found["results"]] == [False, False, True, False]
    assert found["results"][2]["recurrence_id"] == "20261126T090000"
    shown = listed(api, series, "from=2026-11-24&to=2026-12-01&cancelled=true")["results"]
    assert [row["start"] for row in shown if row["is_cancelled"]] == nines(25)


def test_occurrence_that_was_moved_far_is_listed_where_it_is(api, make, clock, world):
    series = make("RRULE:FREQ=WEEKLY")
    with tenancy.tenant(world.organization.pk):
        child = Event.objects.exclude(parent_event=None).order_by("start").first()
        events.change(child, now=clock.at, start=child.start.replace(year=2027, month=6, day=2))
    assert starts(listed(api, series, "from=2026-12-01&to=2026-12-02")) == []
    assert starts(listed(api, series, "from=2027-06-02&to=2027-06-03")) == ["2027-06-02T10:00:00+02:00"]


def test_nothing_follows_a_series_that_was_called_off(api, make):
    series = make("RRULE:FREQ=DAILY")
    api.post(f"{series.json()['url']}cancel/")
    assert listed(api, series, "from=2026-11-24&to=2030-01-01")["results"] == []


def test_event_alone_is_its_only_occurrence(api, make):
    alone = make()
    assert starts(listed(api, alone)) == nines(24)
    assert starts(listed(api, alone, "from=2026-11-25&to=2026-11-26")) == []


def test_long_list_says_where_it_was_cut(api, make):
    series = make("RRULE:FREQ=MINUTELY;INTERVAL=5")
    found = listed(api, series, "from=2027-01-01&to=2027-02-01")
    assert (len(found["results"]), found["is_complete"]) == (1000, False)
    assert found["next_from"] == "2027-01-04T11:20:00+01:00"
    assert starts(found)[-1] == "2027-01-04T11:15:00+01:00"
    rest = listed(api, series, "from=2027-01-04T11:20:00+01:00&to=2027-01-04T11:25:00+01:00")
    assert starts(rest) == ["2027-01-04T11:20:00+01:00"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=tomorrow", "from"),
        ("from=2026-12-01&to=2026-11-01", "to"),
        ("from=2026-12-01&to=2056-12-01", "to"),
        ("from=0001-01-01", "from"),
        ("cancelled=perhaps", "cancelled"),
    ],
)
def test_bad_span_is_400(api, make, query, field):
    answer = api.get(f"{make('RRULE:FREQ=DAILY').json()['url']}occurrences/?{query}")
    assert (answer.status_code, next(iter(answer.json()))) == (400, field)


def test_strangers_series_does_not_exist(make, stranger_api):
    address = f"{make('RRULE:FREQ=DAILY').json()['url']}occurrences/"
    assert stranger_api.get(address).status_code == 404


def test_period_gives_one_occurrence_its_own_length(api, make):
    series = make("RDATE;VALUE=PERIOD:20261125T090000/PT3H")
    ends = [row["end"] for row in listed(api, series)["results"]]
    assert ends == ["2026-11-24T10:00:00+01:00", "2026-11-25T12:00:00+01:00"]


def test_reading_series_costs_no_query_each(api, clock, world, django_assert_max_num_queries):
    daily = Rule.objects.get(name="Daily")
    for _ in range(10):
        factories.event(world, rule=daily)
    api.get("/rest-api/event/")
    with django_assert_max_num_queries(8):
        rows = api.get("/rest-api/event/").json()["results"]
    assert [row["recurrence_text"] for row in rows] == ["every day"] * 10
