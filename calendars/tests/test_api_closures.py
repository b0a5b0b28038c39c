"""Opening hours, closures and public holidays over REST and in the admin."""

from datetime import date

import pytest

from accounts import tenancy
from calendars.models import Closure, Event, OpeningHours
from notifications.models import StaffItem
from tests import factories
from tests.clients import client_of

pytestmark = pytest.mark.django_db
OUTING = {"name": "Outing", "first_day": "2026-12-07", "last_day": "2026-12-07"}


def link(kind, pk):
    return f"http://127.0.0.1:8000/rest-api/{kind}/{pk}/"


@pytest.fixture
def book(api, clock, world):
    """Return a function that posts an event on Mondays at nine in New York."""

    def book(**fields):
        body = {
            "title": "Exercise",
            "creator": link("calendar-user", world.calendar_user.pk),
            "calendar": link("calendar", world.calendar.pk),
            "start": "2026-11-30T09:00",
            "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"],
            **fields,
        }
        answer = api.post("/rest-api/event/", body)
        assert answer.status_code == 201, answer.json()
        return answer.json()

    return book


def listed(api, event, query="from=2026-11-30&to=2026-12-31&cancelled=true"):
    rows = api.get(f"{event['url']}occurrences/?{query}").json()["results"]
    return [(row["start"][5:13], row["is_moved"], row["is_cancelled"], row["closure"]) for row in rows]


def test_closure_is_made_changed_and_taken_away_and_the_series_follows(api, book):
    event = book(on_closure="skip")
    assert (event["on_closure"], event["warnings"]) == ("skip", [])
    made = api.post("/rest-api/closure/", OUTING)
    number, address = made.json()["id"], made.json()["url"]
    whole = {"clinic": None, **OUTING, "begins": None, "ends": None, "updated_at": "2026-11-23T09:00:00Z"}
    assert made.json() == {"url": address, "id": number, **whole}
    assert address.endswith(f"/rest-api/closure/{number}/")
    around = [("11-30T09", False, False, ""), ("12-14T09", False, False, "")]
    assert listed(api, event) == [around[0], ("12-07T09", False, True, "Outing"), around[1]]
    moved_on = api.patch(made.json()["url"], {"first_day": "2026-12-14", "last_day": "2026-12-14"})
    assert moved_on.status_code == 200
    assert listed(api, event) == [around[0], ("12-07T09", False, False, ""), ("12-14T09", False, True, "Outing")]
    assert api.delete(made.json()["url"]).status_code == 204
    assert listed(api, event) == [around[0], ("12-07T09", False, False, ""), around[1]]
    assert StaffItem.objects.unscoped().count() == 0


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("keep", ("12-07T09", False, False, "Outing")),
        ("skip", ("12-07T09", False, True, "Outing")),
        ("move", ("12-08T09", True, False, "Outing")),
    ],
)
def test_occurrences_without_rows_tell_what_a_closure_will_do(api, book, clock, wish, expected):
    event = book(on_closure=wish)
    api.post("/rest-api/closure/", OUTING)
    with tenancy.tenant(Event.objects.unscoped().first().organization_id):
        Event.objects.exclude(parent_event=None).delete()
    assert listed(api, event)[1] == expected
    if wish == "move":
        assert listed(api, event, "from=2026-12-08&to=2026-12-09") == [expected]


def test_visit_on_a_public_holiday_is_booked_with_a_warning(api, world, clock):
    api.patch(f"/rest-api/organization/{world.organization.pk}/", {"public_holidays": "US"})
    visit = {
        "contact": link("contact", factories.contact(world).pk),
        "calendar": link("calendar", world.calendar.pk),
        "starts_at": "2026-12-25T09:00",
    }
    booked = api.post("/rest-api/appointment/", visit)
    assert (booked.status_code, booked.json()["warnings"]) == (201, ["It falls on “Christmas Day”."])
    moved = api.patch(booked.json()["url"], {"starts_at": "2026-12-28T09:00"})
    assert (moved.status_code, moved.json()["warnings"]) == (200, [])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"last_day": "2026-12-06"}, "last_day"),
        ({"begins": "12:00", "ends": "11:00"}, "ends"),
        ({"first_day": "0001-01-01"}, "first_day"),
        ({"last_day": "9999-12-31"}, "last_day"),
        ({"name": ""}, "name"),
    ],
)
def test_impossible_closures_are_refused(api, clock, change, field):
    answer = api.post("/rest-api/closure/", {**OUTING, **change})
    assert (answer.status_code, set(answer.json())) == (400, {field, "code"})


def test_impossible_hours_are_refused(api, clock):
    monday = {"weekday": 0, "opens": "08:00", "closes": "12:00"}
    assert api.post("/rest-api/openinghours/", monday).status_code == 201
    wrongs = {"opens": {}, "closes": {"opens": "12:00"}, "weekday": {"weekday": 7}}
    for field, wrong in wrongs.items():
        answer = api.post("/rest-api/openinghours/", {**monday, **wrong})
        assert (answer.status_code, set(answer.json())) == (400, {field, "code"})
    assert OpeningHours.objects.unscoped().count() == 1
    assert api.post("/rest-api/openinghours/", {**monday, "opens": "13:00", "closes": "00:00"}).status_code == 201


def test_hours_mark_the_events_that_are_made_already(api, book):
    event = book(recurrence=[])
    hours = api.post("/rest-api/openinghours/", {"weekday": 0, "opens": "10:00", "closes": "12:00"}).json()
    assert api.get(event["url"]).json()["warnings"] == ["It lies outside the opening hours."]
    api.patch(hours["url"], {"opens": "08:00"})
    assert api.get(event["url"]).json()["warnings"] == []


def test_closures_are_found_by_their_days(api, clock):
    for month in (5, 7, 9):
        api.post("/rest-api/closure/", {**OUTING, "first_day": f"2027-0{month}-01", "last_day": f"2027-0{month}-02"})
    found = api.get("/rest-api/closure/?last_day__gte=2027-07-02&first_day__lte=2027-08-31&is_of_clinic=false")
    assert [row["first_day"] for row in found.json()["results"]] == ["2027-07-01"]


def test_staff_read_closures_and_managers_write_them(world, clock):
    made = client_of(world.manager).post("/rest-api/closure/", OUTING)
    staff = client_of(world.staff)
    assert (made.status_code, staff.get(made.json()["url"]).status_code) == (201, 200)
    assert [staff.post("/rest-api/closure/", OUTING).status_code, staff.delete(made.json()["url"]).status_code] == [
        403,
        403,
    ]


def test_holidays_are_shown_before_one_chooses(api, world, clock):
    found = api.get("/rest-api/closure/holidays/?year=2027&region=DE-BY").json()
    assert (found["region"], found["year"], found["results"][1]) == (
        "DE-BY",
        2027,
        {"day": "2027-01-06", "name": "Heilige Drei Könige"},
    )
    unchosen = api.get("/rest-api/closure/holidays/")
    assert (unchosen.status_code, unchosen.json()["code"]) == (400, "no_holidays")
    api.patch(f"/rest-api/organization/{world.organization.pk}/", {"public_holidays": "US"})
    own = api.get("/rest-api/closure/holidays/").json()
    assert (own["region"], own["year"], own["results"][-1]["name"]) == ("US", 2026, "Christmas Day")


@pytest.mark.parametrize("query", ["year=2027&region=XX", "year=nine&region=US", "year=10000&region=US"])
def test_holidays_of_nowhere_and_never_are_refused(api, clock, query):
    assert api.get(f"/rest-api/closure/holidays/?{query}").status_code == 400


def test_admin_makes_and_removes_a_closure(api, book, world, client):
    event = book(on_closure="move")
    client.force_login(world.manager)
    page = client.post(
        "/admin/calendars/closure/add/",
        {"name": "Outing", "first_day": "2026-12-07", "last_day": "2026-12-07", "begins": "", "ends": "", "clinic": ""},
        follow=True,
    )
    assert "1 event to come changed with it." in page.content.decode()
    assert listed(api, event)[1] == ("12-08T09", True, False, "Outing")
    closure = Closure.objects.unscoped().get()
    assert (closure.first_day, closure.organization) == (date(2026, 12, 7), world.organization)
    client.post(f"/admin/calendars/closure/{closure.pk}/delete/", {"post": "yes"})
    assert listed(api, event)[1] == ("12-07T09", False, False, "")
