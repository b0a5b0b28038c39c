"""A real calendar app against a real server: with CALDAV_PYTHON, a Python that has the `caldav` package."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from accounts import tenancy
from accounts.services import keys
from calendars.services import events
from tests.factories import NOW
from tests.time_limits import HANG


def at(day, hour, month=12):
    return datetime(2026, month, day, hour, tzinfo=UTC)  # five hours ahead of the clinic


PYTHON = os.environ.get("CALDAV_PYTHON", "")


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON, reason="CALDAV_PYTHON names no Python with the caldav package (docs/contributor.md)")
def test_a_calendar_app_reads_the_calendars(committed, clock, world, live_server):
    _, key = keys.create(world.organization.pk, name="Phone", role="viewer", scopes=["desk:read"])
    with tenancy.tenant(world.organization.pk):
        given = {"calendar": world.calendar, "creator": world.calendar_user, "now": NOW}
        root = events.create(title="Series", start=at(30, 14, 11), recurrence="RRULE:FREQ=DAILY;COUNT=5", **given)
        first, second, *_ = root.children.order_by("start")
        events.change(first, now=NOW, start=first.start + timedelta(hours=2))
        events.cancel(second, reason="x", now=NOW)
        events.create(title="Zebra, única", start=at(3, 15), **given)
        events.create(title="Later", start=at(20, 15), **given)
    app = Path(__file__).with_name("caldav_app.py")
    run = subprocess.run([PYTHON, app, f"{live_server.url}/caldav/", key], capture_output=True, text=True, timeout=HANG)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told.pop("one") in told["found"]
    assert told == {
        "name": "riverside calendar",
        "objects": 3,
        "found": ["Series", "Zebra, única"],
        "occurrences": ["01T11:00 Series", "03T09:00 Series", "03T10:00 Zebra, única", "04T09:00 Series"],
        "written": "AuthorizationError",
    }
