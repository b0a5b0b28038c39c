"""All-day and floating events in the admin."""

from datetime import date

import pytest
from django.test import Client

from calendars.engine import time_kinds
from calendars.models import Event
from calendars.tests.test_admin import event_form
from calendars.tests.test_admin_edits import post

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world, clock):
    client = Client()
    client.force_login(world.manager)
    return client


@pytest.fixture
def away(inside):
    """Let the calendar be in Tokyo, while the page's clock is that of New York."""
    inside.calendar.time_zone = "Asia/Tokyo"
    inside.calendar.save()


def stands():
    (event,) = Event.objects.filter(parent_event=None)
    told = [f"{at:%m-%d}" for at in (time_kinds.local(at, tz(event), event.kind) for at in (event.start, event.end))]
    return [event.kind.value, *told, event.time_zone]


def tz(event):
    return time_kinds.ZoneInfo(event.time_zone)


@pytest.mark.parametrize(
    ("fields", "last"),
    [
        ({}, "11-26"),
        ({"start_1": "00:00"}, "11-26"),
        ({"end_0": "2026-11-27", "end_1": "00:00"}, "11-27"),
        ({"end_0": "2026-11-27", "end_1": "17:00"}, "11-28"),
    ],
)
def test_typed_times_become_the_days_that_they_touch(desk, world, inside, away, fields, last):
    answer = desk.post("/admin/calendars/event/add/", event_form(world, all_day="on", **fields))
    assert answer.status_code == 302, answer.context["errors"]
    assert stands() == ["days", "11-25", last, "Asia/Tokyo"]


def test_page_shows_the_days_themselves_and_saves_them_as_they_are(desk, inside, away, make):
    event = make(start=time_kinds.midnight(date(2026, 11, 26)), all_day=True, recurrence="RRULE:FREQ=DAILY;COUNT=3")
    page = desk.get(f"/admin/calendars/event/{event.pk}/change/")
    text = page.content.decode()
    assert 'value="2026-11-26"' in text
    assert "Thu 26 Nov 2026, all day" in text
    assert "<li>Fri 27 Nov 2026</li>" in text
    assert post(desk, event, title="New", all_day="on").status_code == 302
    assert stands() == ["days", "11-26", "11-27", "Asia/Tokyo"]
    assert post(desk, event, all_day="on", start_0="2026-11-28").status_code == 302
    assert stands() == ["days", "11-28", "11-29", "Asia/Tokyo"]
    listed = desk.get("/admin/calendars/event/").content.decode()
    assert ("Sat 28 Nov 2026, all day" in listed, "1\u00a0day" in listed) == (True, True)


def test_a_box_turns_an_event_into_its_days(desk, inside, make):
    event = make()
    assert post(desk, event, all_day="on").status_code == 302
    assert stands() == ["days", "11-25", "11-26", "America/New_York"]
    assert post(desk, event, all_day="").status_code == 302
    assert stands()[0] == "timed"


def test_what_cannot_be_is_told_on_the_page(desk, inside, make):
    event = make()
    for fields, words in (
        ({"all_day": "on", "floating": "on"}, "An event is all-day or floating, not both."),
        ({"all_day": "on", "time_zone": "Asia/Tokyo"}, "leave the time zone out"),
    ):
        answer = post(desk, event, **fields)
        assert answer.status_code == 200
        assert words in answer.content.decode()
    assert stands()[0] == "timed"
