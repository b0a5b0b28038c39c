"""All-day and floating events over REST."""

import pytest

from calendars.models import Event
from calendars.tests.test_api_events import link

pytestmark = pytest.mark.django_db
THE_24TH = ("2026-12-24T00:00:00-05:00", "2026-12-25T00:00:00-05:00", "2026-12-24", "2026-12-25")


@pytest.fixture
def send(api, world, clock):
    """Return a function that posts an all-day event."""

    def send(**fields):
        least = {
            "title": "Closed",
            "creator": link("calendar-user", world.calendar_user.pk),
            "calendar": link("calendar", world.calendar.pk),
        }
        return api.post("/rest-api/event/", {**least, "all_day": True, **fields})

    return send


def times(told):
    return told["start"], told["end"], told["start_date"], told["end_date"]


@pytest.mark.parametrize(
    "fields",
    [
        {"start": "2026-12-24"},
        {"start": "2026-12-24", "end": "2026-12-25"},
        {"start": "2026-12-24T00:00"},
        {"start": "2026-12-24T00:00:00-05:00", "end": "2026-12-25T05:00:00Z"},
        {"start": "2026-12-24", "time_zone": "America/New_York", "floating": False},
    ],
)
def test_a_date_is_a_day(send, fields):
    told = send(**fields).json()
    assert times(told) == THE_24TH
    assert (told["all_day"], told["floating"], told["time_zone"]) == (True, False, "America/New_York")


def test_without_a_start_it_is_today(send):
    assert times(send().json())[2:] == ("2026-11-23", "2026-11-24")


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"start": "2026-12-24T09:00"}, "start", "no_day"),
        ({"start": "2026-12-24T00:00:00Z"}, "start", "no_day"),
        ({"start": "2026-12-24", "end": "2026-12-24"}, "end", "end_before_start"),
        ({"start": "2026-12-24", "floating": True}, "floating", "one_kind"),
        ({"start": "2026-12-24", "time_zone": "Asia/Tokyo"}, "time_zone", "zone_of_calendar"),
        ({"start": "2026-12-24", "recurrence": ["RRULE:FREQ=MINUTELY"]}, "recurrence", "bad_rule"),
        ({"all_day": "perhaps"}, "all_day", "invalid"),
    ],
)
def test_what_is_no_day_is_told_by_its_field(send, inside, fields, field, code):
    answer = send(**fields)
    assert (answer.status_code, list(answer.json()), answer.json()["code"]) == (400, [field, "code"], code)
    assert not Event.objects.exists()


def test_what_was_read_can_be_sent_back(send, api):
    made = send(start="2026-12-24", end="2026-12-27", recurrence=["RRULE:FREQ=YEARLY"]).json()
    told = api.put(made["url"], {name: value for name, value in made.items() if value is not None}).json()
    assert told == made | {"warnings": told["warnings"]}
    older = {name: made[name] for name in ("title", "start", "end", "creator", "calendar")}
    assert times(api.put(made["url"], older).json()) == times(made)


def test_a_timed_event_tells_no_dates(send):
    told = send(all_day=False, start="2026-12-24T00:00").json()
    assert times(told) == ("2026-12-24T00:00:00-05:00", "2026-12-24T01:00:00-05:00", None, None)


def test_days_of_a_series_are_listed_as_dates(send, api):
    root = send(start="2026-11-26", end="2026-11-28", recurrence=["RRULE:FREQ=DAILY;INTERVAL=7;COUNT=3"]).json()
    (first, _) = api.get(f"{root['url']}get_list_child/").json()
    assert first == {
        "url": first["url"],
        "start": "2026-12-03 05:00:00+00:00",
        "end": "2026-12-05 05:00:00+00:00",
        "start_date": "2026-12-03",
        "end_date": "2026-12-05",
        "description": "",
        "title": "Closed",
    }
    found = api.get(f"{root['url']}occurrences/?from=2026-12-03&to=2026-12-04").json()["results"]
    assert [times(one) for one in found] == [
        ("2026-12-03T00:00:00-05:00", "2026-12-05T00:00:00-05:00", "2026-12-03", "2026-12-05")
    ]
    assert found[0]["recurrence_id"] == "20261203T000000"


def test_events_are_found_by_their_kind(send, api):
    send(title="Day")
    send(title="Floats", all_day=False, floating=True)
    send(title="Timed", all_day=False)
    found = {
        query: [row["title"] for row in api.get(f"/rest-api/event/?{query}").json()["results"]]
        for query in ("all_day=true", "floating=true", "all_day=false&floating=false")
    }
    assert found == {"all_day=true": ["Day"], "floating=true": ["Floats"], "all_day=false&floating=false": ["Timed"]}


def test_a_series_becomes_all_day_from_an_occurrence_on(make, api):
    root = make(recurrence="RRULE:FREQ=DAILY;COUNT=4")
    third = root.children.order_by("start")[1]
    assert api.patch(f"/rest-api/event/{third.pk}/?edit=this", {"all_day": True}).json()["code"] == "kind_of_series"
    tag = api.get(f"/rest-api/event/{third.pk}/")["ETag"]
    answer = api.patch(f"/rest-api/event/{third.pk}/?edit=following", {"all_day": True}, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["start_date"]) == (200, "2026-11-27")
    assert list(Event.objects.order_by("pk").values_list("all_day", flat=True)) == [False, False, True, True]
    again = api.patch(f"/rest-api/event/{third.pk}/?edit=following", {"all_day": False}, headers={"If-Match": tag})
    assert again.status_code == 412


def test_a_floating_event_names_no_zone_of_its_own(send):
    told = send(all_day=False, floating=True, start="2026-12-24T09:00").json()
    assert (told["start"], told["floating"], told["start_date"]) == ("2026-12-24T09:00:00-05:00", True, None)
