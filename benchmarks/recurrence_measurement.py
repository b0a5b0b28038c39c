"""Measurements of `benchmarks.recurrence` in the database; imported once Django is set up."""

import time
from datetime import timedelta
from itertools import cycle, islice

from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from accounts import tenancy
from calendars.models import Alarm, Event
from calendars.services.series import expansion
from config.kernel import clock
from tests import factories

LINES = (
    "RRULE:FREQ=DAILY",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "RRULE:FREQ=WEEKLY;INTERVAL=2",
    "RRULE:FREQ=MONTHLY;BYDAY=2TU",
    "RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=200",
    "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1\nRDATE:20270101T090000\nEXDATE:20270131T090000",
)


def prepare(number: int) -> int:
    """Empty the tables, put so many series of one clinic into them, each with an alarm, and return the clinic's id."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE accounts_organization, accounts_user, notifications_delivery CASCADE")
    world = factories.world("Riverside", time_zone="America/New_York")
    start = clock.now().replace(microsecond=0) + timedelta(hours=1)
    with tenancy.tenant(world.organization.pk):
        roots = Event.objects.bulk_create(
            Event(
                title="Exercise",
                start=start,
                end=start + timedelta(minutes=30),
                time_zone="America/New_York",
                creator=world.calendar_user,
                calendar=world.calendar,
                recurrence=lines,
            )
            for lines in islice(cycle(LINES), number)
        )
        Alarm.objects.bulk_create(
            Alarm(
                event=root,
                method=2,
                sms_template=world.sms_template,
                advance_notice=86_400,
                date_start_notice=start,
                due_at=start - timedelta(days=1),
                useful_until=start,
                alarm_phonenumber="+15550100002",
            )
            for root in roots
        )
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    return world.organization.pk


def measure(number: int) -> dict[str, float]:
    """Return one round's figures: series and rows a second, and queries a batch."""
    organization_id = prepare(number)
    now, began = clock.now(), time.perf_counter()
    made = expansion.expand(now=now)
    spent = time.perf_counter() - began
    with tenancy.tenant(organization_id):
        alarms = Alarm.objects.exclude(parent_alarm=None).count()
    return {"series": number / spent, "rows": (made + alarms) / spent, "made": made + alarms, "queries": _queries()}


def _queries() -> float:
    """Return how many queries a batch takes, whether it holds 50 series or 400."""
    counts = []
    for number in (50, 400):
        prepare(number)
        now = clock.now()
        with CaptureQueriesContext(connection) as seen:
            expansion.expand(now=now)
        counts.append(len(seen))
    assert counts[0] == counts[1], f"{counts} queries: they grow with the series"
    return counts[0]
