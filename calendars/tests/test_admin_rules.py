"""Recurrence in plain words on the pages of the admin."""

import pytest
from django.test import Client

from accounts import tenancy
from accounts.models import User
from calendars.models import Event, Rule
from calendars.services import events


@pytest.fixture
def desk(world, clock):
    client = Client()
    client.force_login(world.manager)
    return client


def page(desk, address):
    response = desk.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def root(world, clock):
    """Return a series of five Tuesdays in New York, the third of which is called off."""
    with tenancy.tenant(world.organization.pk):
        made = events.create(
            calendar=world.calendar,
            creator=world.calendar_user,
            title="Visit",
            now=clock.at,
            start=clock.at.replace(day=24, hour=14),
            recurrence="RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=8",
        )
        events.cancel(made.children.order_by("start")[1], reason="ill", now=clock.at)
    return made


def test_event_reads_in_words_with_its_next_five_dates(desk, root, world):
    shown = page(desk, f"/admin/calendars/event/{root.pk}/change/")
    assert "Every second Tuesday, 8 times" in shown
    days = ("24 Nov 2026", "08 Dec 2026", "05 Jan 2027", "19 Jan 2027", "02 Feb 2027")
    assert [f"<li>Tue {day}, 09:00</li>" in shown for day in days] == [True] * 5
    assert "22 Dec 2026, 09:00</li>" not in shown
    assert "16 Feb 2027" not in shown


def test_occurrence_shows_the_words_of_its_series(desk, root, world):
    with tenancy.tenant(world.organization.pk):
        child = root.children.first()
    assert "Every second Tuesday, 8 times" in page(desk, f"/admin/calendars/event/{child.pk}/change/")


def test_event_that_cannot_be_read_still_has_its_page(desk, root, world):
    with tenancy.tenant(world.organization.pk):
        Event.objects.filter(pk=root.pk).update(recurrence="RRULE:FREQ=NEVER")
    assert "Nothing more follows." in page(desk, f"/admin/calendars/event/{root.pk}/change/")


def test_list_of_events_says_how_each_recurs(desk, root):
    shown = page(desk, "/admin/calendars/event/")
    assert "Every second Tuesday, 8 times" in shown


def test_rules_read_in_words_with_the_dates_of_a_series_from_now(world, clock):
    platform = Client()
    platform.force_login(User.objects.create_superuser(username="platform", password="x"))
    rule = Rule.objects.get(params="byweekday:0,1,2,3,4")
    assert "Every weekday (Monday to Friday), 10 times" in page(platform, "/admin/calendars/rule/")
    shown = page(platform, f"/admin/calendars/rule/{rule.pk}/change/")
    assert "Mon 23 Nov 2026, 09:00, Tue 24 Nov 2026, 09:00, Wed 25 Nov 2026, 09:00" in shown
    Rule.objects.filter(pk=rule.pk).update(params="interval:0")
    assert "interval 0 is out of range" in page(platform, f"/admin/calendars/rule/{rule.pk}/change/")
