"""Which services an edit of a series and a new series pass through; docs/architecture.md says what each does."""

from datetime import timedelta
from pathlib import Path

import pytest

from calendars.engine.states import Reach
from calendars.models import Alarm
from calendars.services.alarms import alarm_queueing
from calendars.services.closures import closure_effects
from calendars.services.series import series_edits
from calendars.tests.closed import close
from tests.module_trace import traced

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).resolve().parents[2] / "docs/architecture.md"

# From above to below: each is called by those above it.
FOLLOWING = [
    "series.series_edits",
    "events",
    "series.expansion",
    "series.series_root",
    "closures.closure_effects",
    "alarms.alarm_rescheduling",
    "alarms.delivery_results",
    "event_texts",
    "event_rows",
    "event_times",
]
# What a new event has besides.
CREATED = ["event_external_ids"]


def modules(trace, room):
    """Return the modules of a room of `calendars` that were entered, in the order of their first call."""
    return [name.removeprefix(f"{room}.") for name in trace.modules if name.startswith(f"{room}.")]


def upwards(trace):
    """Return the calls from a service to one that stands above it in the list."""
    places = {f"services.{name}": place for place, name in enumerate(FOLLOWING)}
    return {(caller, called) for caller, called in trace.steps if places.get(caller, -1) > places.get(called, 99)}


def described():
    """Return what the documentation says of an edit's way through `calendars`."""
    return PAGE.read_text().partition("### How an edit of a series passes")[2].partition("\n## ")[0]


@pytest.mark.parametrize("wish", ["keep", "skip", "move"])
def test_this_and_following_passes_through_ten_services_and_never_back(daily, clock, wish):
    child = list(daily(wish).children.order_by("start"))[0]
    close()
    closure_effects.evaluate(now=clock.at)
    Alarm.objects.update(due_at=clock.at)
    alarm_queueing.plan()
    with traced("calendars") as trace:
        series_edits.change(child, now=clock.at, reach=Reach.FOLLOWING, start=child.start + timedelta(hours=1))
    entered = modules(trace, "services")
    assert sorted(entered) == sorted(FOLLOWING)
    assert (upwards(trace), trace.returns) == (set(), [])
    assert [name for name in entered if f"`{name.replace('.', '/')}.py`" not in described()] == []
    assert [name for name in modules(trace, "engine") if f"`{name.replace('.', '/')}.py`" not in described()] == []


def test_new_series_passes_through_eight_services_and_never_back(make):
    close()
    with traced("calendars") as trace:
        make(recurrence="RRULE:FREQ=DAILY;COUNT=20", on_closure="move")
    entered = modules(trace, "services")
    # No event was there before: no edit of a series, and no message of which anybody would have to hear.
    edits = {"series.series_edits", "series.series_root", "alarms.delivery_results"}
    assert sorted(entered) == sorted({*FOLLOWING, *CREATED} - edits)
    assert (upwards(trace), trace.returns) == (set(), [])
    assert [name for name in modules(trace, "engine") if f"`{name.replace('.', '/')}.py`" not in described()] == []
