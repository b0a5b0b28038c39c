"""Which services an edit of a series and a new series pass through; docs/architecture.md says what each does.

A module acts when it does a part of the work; helpers are asked by many and know none of those that act.
"""

from datetime import timedelta

import pytest

from calendars.engine.states import Reach
from calendars.services import events
from calendars.services.series import series_edits
from tests.module_trace import traced

pytestmark = pytest.mark.django_db

WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=3"

HELPERS = {
    "services.calendar_lookup",
    "services.field_types",
    "services.locking",
    "services.series.series_recurrence",
}


def services(trace):
    """Return all services, those that act and helpers."""
    return [name for name in trace.modules if name.startswith("services.")]


def acting(trace):
    """Return the services that act, in the order of their first part."""
    return [name for name in services(trace) if name not in HELPERS]


def test_this_and_following_passes_through_eight_modules_and_never_back(daily, clock):
    child = list(daily().children.order_by("start"))[1]
    with traced("calendars") as trace:
        series_edits.change(child, now=clock.at, reach=Reach.FOLLOWING, start=child.start + timedelta(hours=1))
    assert acting(trace) == [
        "services.series.series_edits",
        "services.alarms.event_reminders",
        "services.event_rows",
        "services.events",
        "services.time_normalisation",
        "services.closures.closure_effects",
        "services.series.expansion",
    ]
    assert (len(services(trace)), trace.returns) == (10, [])


def test_new_series_passes_through_six_modules_and_never_back(inside, clock):
    given = {"calendar": inside.calendar, "creator": inside.calendar_user, "title": "Visit", "start": clock.at}
    with traced("calendars") as trace:
        events.create(now=clock.at, recurrence=WEEKLY, **given)
    assert acting(trace) == [
        "services.events",
        "services.time_normalisation",
        "services.closures.closure_effects",
        "services.event_rows",
        "services.series.expansion",
        "services.alarms.event_reminders",
    ]
    assert (len(services(trace)), trace.returns) == (10, [])


def test_no_helper_calls_a_module_that_acts(daily, clock):
    root = daily()
    with traced("calendars") as trace:
        series_edits.change(root, now=clock.at, reach=Reach.ALL, start=root.start + timedelta(hours=1), title="New")
    upwards = {
        (caller, called) for caller, called in trace.steps if caller in HELPERS and called.startswith("services.")
    }
    assert {called for _, called in upwards} <= {*HELPERS, "services.event_rows"}
