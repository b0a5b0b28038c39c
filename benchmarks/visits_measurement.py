"""Measurements of `benchmarks.visits`; imported once Django is set up."""

import time
from datetime import datetime, timedelta
from math import inf
from typing import Any

from django.db import connections

from accounts import tenancy
from appointments.services import visits
from calendars.models import Event
from calendars.services.alarms import alarms
from calendars.services.closures import closure_queue
from calendars.services.series import expansion
from config.kernel import clock
from tests import factories
from tests.clients import key_client

ADDRESS = "/rest-api/{}/bulk/"
SERIES = 20  # visits of each series that is closed


def measured(number: int) -> dict[str, float]:
    """Return how many seconds a request with so many rows takes, new ones, known ones and changed ones."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE accounts_organization, accounts_user, notifications_delivery CASCADE")
    world: Any = factories.world("Riverside", time_zone="Europe/Paris")
    client, items = key_client(world), [_item(world, place) for place in range(number)]
    people = [{**item["new_contact"], "external_id": f"other-{place}"} for place, item in enumerate(items)]
    calls = [_event(world, place, item) for place, item in enumerate(items)]
    return {
        "made": _seconds(client, "appointment", items, 201),
        "again": _seconds(client, "appointment", items, 200),
        "renamed": _seconds(client, "appointment", [{**item, "title": "Check-up"} for item in items], 200),
        "contacts": _seconds(client, "contact", people, 201),
        "changed contacts": _seconds(client, "contact", [{**one, "notes": "x", "emails": []} for one in people], 200),
        "events": _seconds(client, "event", calls, 201),
        "renamed events": _seconds(client, "event", [{**one, "title": "Other"} for one in calls], 200),
    }


def closed(number: int) -> dict[str, float]:
    """Return how many seconds it takes to close a month in which so many visits of series stand, and to apply it."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE accounts_organization, accounts_user, notifications_delivery CASCADE")
    world: Any = factories.world("Riverside", time_zone="Europe/Paris")
    begin = (clock.now() + timedelta(days=2)).replace(hour=9, minute=0, second=0, microsecond=0)
    with tenancy.tenant(world.organization.pk):
        for place in range(number // SERIES):
            _book_series(world, place, begin)
        made = Event.objects.count()
    if made != number // SERIES * SERIES:
        raise RuntimeError(f"There are {made} visits.")
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    days = {"first_day": f"{begin:%Y-%m-%d}", "last_day": f"{begin + timedelta(days=SERIES + 1):%Y-%m-%d}"}
    began = time.perf_counter()
    answer = key_client(world).post("/rest-api/closure/", {"name": "Rebuilding", **days})
    asked = time.perf_counter()
    closure_queue.work(world.organization.pk, seconds=inf)
    applied = time.perf_counter()
    with tenancy.tenant(world.organization.pk):
        skipped = Event.objects.filter(closure_effect="skipped").count()
    if (answer.status_code, skipped) != (202, made):
        raise RuntimeError(f"{answer.status_code}, and {skipped} of {made} visits were skipped.")
    return {"closed": asked - began, "applied": applied - asked}


def _book_series(world: Any, place: int, begin: datetime) -> None:
    visit = visits.book(
        contact=factories.contact(world, phone=f"+1212555{place:04d}"),
        calendar=world.calendar,
        starts_at=begin + timedelta(minutes=place % 400),
        now=clock.now(),
        recurrence=f"RRULE:FREQ=DAILY;COUNT={SERIES}",
        on_closure="skip",
    )
    alarms.create(visit.event, now=clock.now(), method=2, sms_template=world.sms_template, advance_notice=3600)
    expansion.expand_roots([visit.event], now=clock.now())


def _seconds(client: Any, what: str, items: list[dict[str, Any]], wanted: int) -> float:
    began = time.perf_counter()
    answer = client.post(ADDRESS.format(what), {"items": items}, format="json")
    took = time.perf_counter() - began
    statuses = {row["status"] for row in answer.json()["results"]}
    if statuses != {wanted}:
        raise RuntimeError(f"Not all were answered {wanted}: {answer.content[:300]!r}")
    return took


def _item(world: Any, place: int) -> dict[str, Any]:
    starts_at = clock.now().replace(microsecond=0) + timedelta(days=2, minutes=15 * place)
    return {
        "calendar": f"/rest-api/calendar/{world.calendar.pk}/",
        "starts_at": starts_at.isoformat(),
        "title": "Cleaning",
        "external_id": f"visit-{place}",
        "new_contact": {
            "first_name": "Ana",
            "last_name": f"Lopez {place}",
            "phones": [{"number": f"+1212555{place:04d}"}],
            "emails": [{"email": f"ana{place}@patients.example"}],
            "external_id": f"person-{place}",
        },
        "reminder": {"method": 2, "sms_template": f"/rest-api/sms-template/{world.sms_template.pk}/"},
    }


def _event(world: Any, place: int, visit: dict[str, Any]) -> dict[str, Any]:
    """Return an event with an alarm; each tenth is a series of three."""
    reminder = {**visit["reminder"], "alarm_phonenumber": f"+1212555{place:04d}"}
    return {
        "title": "Call",
        "calendar": visit["calendar"],
        "creator": f"/rest-api/calendar-user/{world.calendar_user.pk}/",
        "start": visit["starts_at"],
        "external_id": f"event-{place}",
        "recurrence": [] if place % 10 else ["RRULE:FREQ=DAILY;COUNT=3"],
        "alarms": [reminder],
    }
