"""Measurements of `benchmarks.feeds`; imported once Django is set up."""

import time
import tracemalloc
from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf
from typing import Any

import icalendar
from django.db import connections
from django.test import Client

from accounts import tenancy
from accounts.models import RateCounter
from calendars.engine.icalendar.content_lines import zone_definition
from calendars.engine.icalendar.event_writer import ExportStyle, calendar_properties
from calendars.services.exchange import feed_addresses, ical_export, import_queue
from tests import factories

ZONE = "Europe/Paris"
VISIT = (
    "BEGIN:VEVENT\r\nUID:visit-{number}@practice.example\r\nDTSTAMP:20261101T090000Z\r\nSEQUENCE:{sequence}\r\n"
    "DTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}\r\nDURATION:PT{length}M\r\nSUMMARY:Contrôle {number}\\, salle {room}\r\n"
    "DESCRIPTION:Bring the card\\nand papers\r\nSTATUS:CONFIRMED\r\nEND:VEVENT\r\n"
)
ASKS = 20


class CalendarFileBenchmark:
    """A clinic with a calendar that is filled from a file."""

    def __init__(self, number: int) -> None:
        with connections["owner"].cursor() as cursor:
            cursor.execute("TRUNCATE accounts_organization, accounts_user, notifications_delivery CASCADE")
        self.world: Any = factories.world("Riverside", time_zone=ZONE)
        self.number, self.file = number, visits_file(number)
        self.parsed: Any = icalendar.Calendar.from_ical(self.file)
        with tenancy.tenant(self.world.organization.pk):
            _, secret = feed_addresses.create(self.world.calendar, name="Phone", detail="full", created_by=None)
        self.path = f"/feeds/{secret}.ics"

    def round(self) -> dict[str, float]:
        """Return one round's figures: visits a second, and milliseconds."""
        self.empty()
        taken = self.rate(lambda: self.take(self.file))
        parsed = self.rate(lambda: icalendar.Calendar.from_ical(self.file))
        with connections["owner"].cursor() as cursor:
            cursor.execute("VACUUM ANALYZE calendars_event")
        return {
            "import": taken,
            "parsed": parsed,
            "feed": self.rate(self.read),
            "written": self.rate(self.parsed.to_ical),
            "304": self.wait(),
        }

    def memory(self, number: int) -> tuple[float, float]:
        """Return the peaks of an import of so many visits, and of the feed of them, in megabytes."""
        self.empty()
        text = visits_file(number)
        taken = peak(lambda: self.take(text))
        return peak(self.read), taken

    def empty(self) -> None:
        """Take everything out of the calendar."""
        with connections["owner"].cursor() as cursor:
            cursor.execute("TRUNCATE calendars_calendarimport, calendars_event CASCADE")

    def take(self, text: bytes) -> None:
        """Import a file as the command does."""
        parts = (text[at : at + import_queue.PART] for at in range(0, len(text), import_queue.PART))
        with tenancy.tenant(self.world.organization.pk):
            row = import_queue.store(self.world.calendar, name="visits.ics", content=parts, brought_by=None, held=True)
            import_queue.work(tenancy.current(), row.pk, seconds=inf, fence=row.fence)

    def read(self) -> None:
        """Read the feed to its end, as the web server does."""
        calendar = self.world.calendar
        for _ in ical_export.stream_calendar(
            calendar, ExportStyle("practice.example"), head=calendar_properties(calendar.name)
        ):
            pass

    def wait(self) -> float:
        """Return the median of some requests that find nothing new, in milliseconds."""
        client = Client()
        answer = client.get(self.path)
        assert b"".join(answer).count(b"BEGIN:VEVENT") == self.number
        spans = []
        for _ in range(ASKS):
            began = time.perf_counter()
            again = client.get(self.path, headers={"If-None-Match": answer["ETag"]})
            spans.append(time.perf_counter() - began)
            assert again.status_code == 304
        RateCounter.objects.all().delete()
        return 1000 * sorted(spans)[ASKS // 2]

    def rate(self, work: Callable[[], object]) -> float:
        """Return visits per second."""
        began = time.perf_counter()
        work()
        return self.number / (time.perf_counter() - began)


def visits_file(number: int) -> bytes:
    """Return visits as another program exports them: on workdays' quarters of an hour, from this week on."""
    monday = datetime.fromisoformat("2026-11-23T08:00")
    visits = (
        VISIT.format(
            number=each,
            sequence=each % 3,
            zone=ZONE,
            start=monday + timedelta(days=each // 40, minutes=each % 40 * 15),
            length=15 + each % 4 * 15,
            room=each % 5,
        )
        for each in range(number)
    )
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Other//EN\r\n" + zone_definition(ZONE)
    return (head + "".join(visits) + "END:VCALENDAR\r\n").encode()


def peak(work: Callable[[], object]) -> float:
    """Return what a piece of work holds at its peak, in megabytes."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
