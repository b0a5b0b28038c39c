"""Appointments over REST."""

import pytest

from accounts import tenancy
from appointments.models import Appointment
from calendars.models import Rule
from tests import factories

pytestmark = pytest.mark.django_db


def link(kind, pk):
    return f"http://localhost/rest-api/{kind}/{pk}/"


@pytest.fixture
def least(world, clock):
    """Return the least that a visit needs."""
    return {
        "contact": link("contact", factories.contact(world).pk),
        "calendar": link("calendar", world.calendar.pk),
        "starts_at": "2026-11-25T09:00",
    }


@pytest.fixture
def visit(api, least):
    """Return a booked visit as the interface tells it."""
    return api.post("/rest-api/appointment/", {**least, "ends_at": "2026-11-25T09:30"}).json()


def test_visit_is_booked_with_its_event(api, visit):
    assert (visit["starts_at"], visit["ends_at"]) == ("2026-11-25T09:00:00-05:00", "2026-11-25T09:30:00-05:00")
    assert (visit["status"], visit["time_zone"]) == ("scheduled", "America/New_York")
    event = api.get(visit["event"]).json()
    assert (event["start"], event["end"]) == (visit["starts_at"], visit["ends_at"])
    assert event["calendar"] == visit["calendar"]


def test_booking_answers_201_with_location(api, least):
    answer = api.post("/rest-api/appointment/", least)
    assert answer.status_code == 201
    assert answer["Location"] == answer.json()["url"]


def test_moving_a_visit_moves_its_event_and_keeps_its_length(api, visit):
    moved = api.patch(visit["url"], {"starts_at": "2026-11-26T10:00"}).json()
    assert (moved["starts_at"], moved["ends_at"]) == ("2026-11-26T10:00:00-05:00", "2026-11-26T10:30:00-05:00")
    assert api.get(visit["event"]).json()["start"] == moved["starts_at"]


def test_end_alone_can_change(api, visit):
    changed = api.patch(visit["url"], {"ends_at": "2026-11-25T10:15"}).json()
    assert (changed["starts_at"], changed["ends_at"]) == ("2026-11-25T09:00:00-05:00", "2026-11-25T10:15:00-05:00")


def test_end_before_start_is_400(api, visit):
    assert api.patch(visit["url"], {"ends_at": "2026-11-25T08:15"}).status_code == 400


def test_visit_is_confirmed(api, visit):
    assert api.post(f"{visit['url']}confirm/").json()["status"] == "confirmed"


def test_cancelled_visit_cancels_its_event(api, visit):
    assert api.post(f"{visit['url']}cancel/", {"reason": "ill"}).json()["status"] == "cancelled"
    assert api.get(visit["event"]).json()["cancelled_at"] == "2026-11-23T09:00:00Z"


def test_cancelled_visit_cannot_be_confirmed(api, visit):
    api.post(f"{visit['url']}cancel/")
    answer = api.post(f"{visit['url']}confirm/")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_status")


def test_status_can_be_patched(api, visit):
    assert api.patch(visit["url"], {"status": "completed"}).json()["status"] == "completed"
    assert api.patch(visit["url"], {"status": "gone"}).status_code == 400


def test_visit_stays_with_its_patient(api, world, visit):
    answer = api.patch(visit["url"], {"contact": link("contact", factories.contact(world).pk)})
    assert (answer.status_code, list(answer.json())) == (400, ["contact", "code"])


def test_what_was_read_can_be_put_back(api, visit):
    assert api.put(visit["url"], visit).json() == visit


def test_external_id_is_taken_once(api, least):
    assert api.post("/rest-api/appointment/", {**least, "external_id": "A1"}).status_code == 201
    answer = api.post("/rest-api/appointment/", {**least, "external_id": "A1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "external_id_taken")


def test_series_of_visits_has_an_appointment_for_each(api, least):
    rule = link("rule", Rule.objects.get(name="Daily").pk)
    api.post("/rest-api/appointment/", {**least, "rule": rule, "end_recurring_period": "2026-11-27T09:00"})
    assert len(api.get("/rest-api/appointment/").json()["results"]) == 3


def test_deleted_visit_takes_its_event_along(api, visit):
    assert api.delete(visit["url"]).status_code == 204
    assert api.get(visit["event"]).status_code == 404


def test_32_visits_are_30_and_2(api, least, world):
    for _ in range(32):
        api.post("/rest-api/appointment/", least)
    page = api.get("/rest-api/appointment/").json()
    assert list(page) == ["next", "previous", "results"]
    assert len(page["results"]) == 30
    assert len(api.get(page["next"]).json()["results"]) == 2
    assert len(api.get("/rest-api/appointment/?page_size=2002").json()["results"]) == 32


@pytest.mark.parametrize("order", ["id", "-id", "starts_at", "-starts_at", "ends_at"])
def test_cursor_walks_all_visits_once_in_every_order(api, least, order):
    for hour in (9, 9, 11, 10, 9):
        api.post("/rest-api/appointment/", {**least, "starts_at": f"2026-11-25T{hour:02}:00"})
    seen, page = [], f"http://testserver/rest-api/appointment/?page_size=2&ordering={order}"
    while page:
        told = api.get(page).json()
        seen, page = seen + [row["id"] for row in told["results"]], told["next"]
    assert len(seen) == len(set(seen)) == 5


UNREADABLE = (404, "not_found")


@pytest.mark.parametrize(
    ("cursor", "by_id", "by_time"),
    [
        ("x", UNREADABLE, UNREADABLE),
        ("%00", UNREADABLE, UNREADABLE),
        ("cD1hYmM=", UNREADABLE, UNREADABLE),  # behind "abc", which is neither a number nor a time
        ("cD0wMDAw", (200, 1), UNREADABLE),  # behind 0000, which is a number
        ("bz05OTk5OTk5OTk5OTk5OTk5OTk5OTk5", (200, 0), (200, 0)),  # so many further on that nothing is left
    ],
)
def test_invented_cursor_is_no_server_error(api, visit, cursor, by_id, by_time):
    for order, expected in (("id", by_id), ("starts_at", by_time), ("-starts_at", by_time)):
        answer = api.get("/rest-api/appointment/", {"cursor": cursor, "ordering": order})
        told = answer.json()
        assert (answer.status_code, told.get("code", len(told.get("results", ())))) == expected, order


def test_visits_of_a_day_are_found(api, visit, least):
    api.post("/rest-api/appointment/", {**least, "starts_at": "2026-11-26T09:00"})
    query = {"start_from": "2026-11-25T00:00", "start_before": "2026-11-26T00:00"}
    assert [row["id"] for row in api.get("/rest-api/appointment/", query).json()["results"]] == [visit["id"]]


def test_list_takes_the_same_queries_for_many_rows(api, least, world, django_assert_num_queries):
    for _ in range(30):
        api.post("/rest-api/appointment/", least)
    with django_assert_num_queries(5):  # user, membership, savepoint, page, release
        assert len(api.get("/rest-api/appointment/").json()["results"]) == 30
    with tenancy.tenant(world.organization.pk):
        assert Appointment.objects.count() == 30


def test_driving_times_are_searched_by_visit_and_patient(api, visit, least):
    other = api.post("/rest-api/appointment/", {**least, "title": "Crown", "starts_at": "2026-11-26T09:00"}).json()
    made = [
        api.post("/rest-api/appointment-driving-time/", {"appointment": each["url"], "distance": "2.50", "time": 12})
        for each in (visit, other)
    ]
    urls = [each.json()["url"] for each in made]
    name = api.get(least["contact"]).json()["first_name"]
    for words, expected in (("crown", urls[1:]), (name, urls), ("nobody", [])):
        found = api.get("/rest-api/appointment-driving-time/", {"search": words}).json()["results"]
        assert [each["url"] for each in found] == expected, words


def test_notes_are_ordered_by_their_type(api, visit):
    for number in (3, 1, 2):
        body = {"appointment": visit["url"], "type": number, "note": "Be kind"}
        assert api.post("/rest-api/appointment-note/", body).status_code == 201
    for order, expected in (("type", [1, 2, 3]), ("-type", [3, 2, 1]), ("id", [3, 1, 2])):
        found = api.get("/rest-api/appointment-note/", {"ordering": order}).json()["results"]
        assert [each["type"] for each in found] == expected
