"""Events over REST."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import tenancy
from calendars.models import Event, Rule
from tests import factories

pytestmark = pytest.mark.django_db


def link(kind, pk):
    return f"http://127.0.0.1:8000/rest-api/{kind}/{pk}/"


@pytest.fixture
def least(world):
    """Return the least that an event needs."""
    return {
        "title": "Wake up",
        "creator": link("calendar-user", world.calendar_user.pk),
        "calendar": link("calendar", world.calendar.pk),
    }


def test_least_event_takes_an_hour_and_recurs_for_a_month(api, clock, least):
    made = api.post("/rest-api/event/", least).json()
    assert made["start"] == "2026-11-23T04:00:00-05:00"
    assert made["end"] == "2026-11-23T05:00:00-05:00"
    assert made["end_recurring_period"] == "2026-12-23T04:00:00-05:00"
    assert (made["status"], made["occ_count"], made["notify_count"]) == (1, 0, 0)
    assert (made["rule"], made["data"], made["parent_event"], made["description"]) == (None, None, None, None)


def test_creation_answers_201_with_location(api, clock, least):
    answer = api.post("/rest-api/event/", least)
    assert answer.status_code == 201
    assert answer["Location"] == answer.json()["url"]


def test_naive_times_are_read_on_the_wall_clock_of_the_calendar(api, clock, least, world):
    answer = api.post("/rest-api/event/", {**least, "start": "2026-12-10 12:34:43", "end": "2026-12-15 14:43:32"})
    assert answer.json()["start"] == "2026-12-10T12:34:43-05:00"
    with tenancy.tenant(world.organization.pk):
        assert Event.objects.get().start == datetime(2026, 12, 10, 17, 34, 43, tzinfo=UTC)


def test_times_with_offset_are_kept_as_instants(api, clock, least):
    answer = api.post("/rest-api/event/", {**least, "start": "2026-12-10T12:00:00Z"})
    assert answer.json()["start"] == "2026-12-10T07:00:00-05:00"


def test_named_zone_wins_over_the_calendar(api, clock, least):
    answer = api.post("/rest-api/event/", {**least, "start": "2026-12-10T09:00", "time_zone": "Europe/Paris"})
    assert answer.json()["start"] == "2026-12-10T09:00:00+01:00"


def test_end_before_start_is_400(api, clock, least):
    answer = api.post("/rest-api/event/", {**least, "start": "2026-12-10T09:00", "end": "2026-12-10T08:00"})
    assert answer.status_code == 400
    assert answer.json()["end"] == ["The end must be later than the start."]


def test_numbers_as_strings_are_taken(api, clock, least):
    assert api.post("/rest-api/event/", {**least, "status": "1"}).json()["status"] == 1


def test_foreign_calendar_does_not_exist(api, clock, least, other):
    absent = api.post("/rest-api/event/", {**least, "calendar": link("calendar", 10**6)})
    foreign = api.post("/rest-api/event/", {**least, "calendar": link("calendar", other.calendar.pk)})
    assert foreign.status_code == absent.status_code == 400
    assert foreign.json() == absent.json()
    assert foreign.json()["calendar"] == ["Invalid hyperlink - Object does not exist."]


def test_moving_an_event_keeps_its_length(api, clock, world):
    event = factories.event(world, minutes=45)
    answer = api.patch(f"/rest-api/event/{event.pk}/", {"start": "2026-12-01T09:00"})
    assert answer.json()["end"] == "2026-12-01T09:45:00-05:00"


def test_cancelled_event_says_since_when(api, clock, world):
    event = factories.event(world)
    answer = api.post(f"/rest-api/event/{event.pk}/cancel/", {"reason": "ill"})
    assert answer.json()["cancelled_at"] == "2026-11-23T09:00:00Z"


def test_cancelled_event_cannot_change(api, clock, world):
    event = factories.event(world)
    api.post(f"/rest-api/event/{event.pk}/cancel/")
    answer = api.patch(f"/rest-api/event/{event.pk}/", {"title": "New"})
    assert (answer.status_code, answer.json()["code"]) == (409, "event_cancelled")


def test_pausing_and_resuming(api, clock, world):
    event = factories.event(world)
    assert api.post(f"/rest-api/event/{event.pk}/pause/").json()["status"] == 3
    assert api.post(f"/rest-api/event/{event.pk}/resume/").json()["status"] == 1


def test_deleted_event_is_gone(api, clock, world):
    event = factories.event(world)
    assert api.delete(f"/rest-api/event/{event.pk}/").status_code == 204
    assert api.get(f"/rest-api/event/{event.pk}/").status_code == 404


@pytest.fixture
def series(api, clock, least):
    """Return the id of a daily series."""
    rule = Rule.objects.get(name="Daily").pk
    body = {
        **least,
        "start": "2026-11-24T09:00",
        "rule": link("rule", rule),
        "end_recurring_period": "2026-11-27T09:00",
    }
    return api.post("/rest-api/event/", body).json()["url"]


def test_children_are_an_array_oldest_first(api, series):
    children = api.get(f"{series}get_list_child/").json()
    assert [child["start"] for child in children] == [
        "2026-11-25 14:00:00+00:00",
        "2026-11-26 14:00:00+00:00",
        "2026-11-27 14:00:00+00:00",
    ]
    assert set(children[0]) == {"url", "start", "end", "description", "title"}


def test_no_children_are_an_empty_array(api, world):
    event = factories.event(world)
    assert api.get(f"/rest-api/event/{event.pk}/get_list_child/").json() == []


def test_pausing_the_last_child_answers_the_old_sentence(api, series):
    answer = api.patch(f"{series}update_last_child_status/", {"status": "3"})
    assert answer.json() == {"status": "event status has been updated"}
    last = api.get(f"{series}get_list_child/").json()[-1]["url"]
    assert api.get(last).json()["status"] == 3


@pytest.mark.parametrize("body", [{}, {"status": "9"}, {"status": None}, {"status": [1]}, []])
def test_bad_child_status_is_400(api, series, body):
    assert api.patch(f"{series}update_last_child_status/", body).status_code == 400


def test_child_status_without_child_is_404(api, world):
    event = factories.event(world)
    answer = api.patch(f"/rest-api/event/{event.pk}/update_last_child_status/", {"status": 3})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_child")


def test_alarms_of_an_event_are_told_as_strings(api, clock, world):
    event = factories.event(world, title="Visit")
    alarm = factories.alarm(world, event, alarm_phonenumber="+15551234567", advance_notice=600)
    assert api.get(f"/rest-api/event/{event.pk}/get_list_alarm/").json() == [
        {
            "url": f"http://testserver/rest-api/alarm/{alarm.pk}/",
            "title": "Visit",
            "phonenumber": "+15551234567",
            "daily_start": "00:00:00",
            "daily_stop": "23:59:59",
            "advance_notice": "600",
            "maxretry": "0",
            "retry_delay": "0",
            "num_attempt": "0",
            "method": "2",
            "status": "1",
            "result": "0",
            "created_date": "2026-11-23 09:00:00+00:00",
        }
    ]


def test_filters_by_calendar_status_and_time(api, clock, world):
    early = factories.event(world, start=clock.at + timedelta(hours=1), title="early")
    factories.event(world, start=clock.at + timedelta(days=3), title="late")
    found = api.get(
        "/rest-api/event/", {"start_before": "2026-11-24T00:00", "calendar": world.calendar.pk, "status": 1}
    )
    assert [row["title"] for row in found.json()["results"]] == [early.title]


def test_naive_filter_is_wall_clock_of_the_organization(api, clock, world):
    factories.event(world, start=datetime(2026, 12, 1, 14, 0, tzinfo=UTC))
    assert api.get("/rest-api/event/", {"start_from": "2026-12-01T09:00"}).json()["count"] == 1
    assert api.get("/rest-api/event/", {"start_from": "2026-12-01T09:01"}).json()["count"] == 0


def test_search_and_order(api, clock, world):
    for title in ("Alpha", "Beta", "Alphabet"):
        factories.event(world, title=title)
    found = api.get("/rest-api/event/", {"search": "alpha", "ordering": "-title"}).json()["results"]
    assert [row["title"] for row in found] == ["Alphabet", "Alpha"]


def test_pages_hold_ten_rows_unless_told_otherwise(api, clock, world):
    for _ in range(12):
        factories.event(world)
    assert len(api.get("/rest-api/event/").json()["results"]) == 10
    assert len(api.get("/rest-api/event/?page_size=12").json()["results"]) == 12


def test_list_takes_the_same_queries_for_many_rows(api, clock, world, django_assert_num_queries):
    for _ in range(30):
        factories.event(world, contact=factories.contact(world))
    api.get("/rest-api/event/")
    with django_assert_num_queries(6):  # user, membership, savepoint, count, page, release
        assert len(api.get("/rest-api/event/?page_size=30").json()["results"]) == 30
