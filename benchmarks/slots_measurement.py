"""Measurements of `benchmarks.slots`; imported once Django is set up."""

import time
from dataclasses import dataclass
from datetime import time as day_time
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connections

from accounts import tenancy
from appointments.models import AppointmentType, Provider, ScheduleEntry
from appointments.services import free_times
from appointments.services.free_times import WantedVisit
from appointments.tests.minute_by_minute import PlainSearch
from calendars.models import Event
from config.kernel import clock
from tests import factories
from tests.clients import key_client

PROVIDERS = 20
MONTH = timedelta(days=31)
ZONE = ZoneInfo("Europe/Paris")
# Visits of half an hour, 16 a working day of each provider, half of them before now.
BOOK = """
WITH made AS (
    INSERT INTO calendars_event ({columns}, start, "end", local_start)
    SELECT {columns}, at.moment, at.moment + interval '30 minutes', ''
    FROM calendars_event, LATERAL (
        SELECT date_trunc('day', punctual_now())
            + make_interval(days => (n / 16 - %s), hours => 7, mins => (n %% 16) * 30)
        FROM generate_series(0, %s) n
    ) at (moment)
    WHERE id = %s
    RETURNING *
)
INSERT INTO appointments_appointment (organization_id, clinic_id, contact_id, event_id, provider_id, starts_at, ends_at,
    status, title, external_id, changes, appointment_type_id)
SELECT organization_id, %s, contact_id, id, %s, start, "end", 'scheduled', '', '', 0, %s FROM made
"""


@dataclass
class BookedClinic:
    """A clinic with its visits, and how many free times were found there."""

    world: Any
    kind: AppointmentType
    providers: list[Provider]
    found: int = 0


def furnish(number: int) -> BookedClinic:
    """Make a clinic with so many visits."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE accounts_organization, accounts_user, notifications_delivery CASCADE")
    world: Any = factories.world("Riverside", time_zone="Europe/Paris")
    contact = factories.contact(world)
    with tenancy.tenant(world.organization.pk):
        kind = AppointmentType.objects.create(name="Check", duration=30, buffer_after=5)
        first = factories.event(world, contact=contact)
        providers = [_provider(world, place) for place in range(PROVIDERS)]
        for provider in providers:
            _book(world, provider, kind, first, number // PROVIDERS)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE appointments_appointment, calendars_event")
    return BookedClinic(world, kind, providers)


def measured(clinic: BookedClinic) -> dict[str, float]:
    """Return how many milliseconds each way takes."""
    with tenancy.tenant(clinic.world.organization.pk):
        begin = clock.now()
        wanted = WantedVisit.of_type(clinic.kind, begin=begin, end=begin + MONTH)
        found, free = _milliseconds(lambda: free_times.find(wanted, now=begin))
        clinic.found = len(free)
        week = PlainSearch(clinic.providers[0], ZONE, clinic.kind, begin.replace(second=0, microsecond=0), begin)
        week.end = week.begin + timedelta(days=7)
        week.booked = _near(week)
        plain, _ = _milliseconds(week.starts)
    client = key_client(clinic.world)
    asked = {"type": clinic.kind.pk, "to": (begin + MONTH).isoformat(), "page_size": 500}
    request, answer = _milliseconds(lambda: client.get("/rest-api/slots/", asked))
    if answer.status_code != 200:
        raise RuntimeError(f"It was answered {answer.status_code}: {answer.content[:300]!r}")
    return {"request": request, "found": found, "plain": plain}


def _near(search: PlainSearch) -> Any:
    around = timedelta(days=3)
    return search.booked.filter(starts_at__gt=search.begin - around, starts_at__lt=search.end + around)


def _provider(world: Any, place: int) -> Provider:
    made = Provider.objects.create(name=f"Dr. {place}", clinic=world.clinic, calendar=world.calendar)
    ScheduleEntry.objects.bulk_create(
        [
            ScheduleEntry(provider=made, weekday=weekday, begins=day_time(begin), ends=day_time(end))
            for weekday in range(5)
            for begin, end in ((8, 12), (13, 18))
        ]
    )
    return made


def _book(world: Any, provider: Provider, kind: AppointmentType, first: Event, number: int) -> None:
    own = {"id", "start", "end", "local_start"}
    columns = ", ".join(f'"{field.column}"' for field in Event._meta.concrete_fields if field.column not in own)
    days = min(number // 32, 1500)
    with connections["default"].cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(BOOK.format(columns=columns), [days, number, first.pk, world.clinic.pk, provider.pk, kind.pk])


def _milliseconds(work: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    answer = work()
    return (time.perf_counter() - began) * 1000, answer
