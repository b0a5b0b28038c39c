"""What closures leave alone: series that cannot be read, what people did meanwhile, what is not theirs to undo."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Clinic
from calendars.models import Calendar, Event
from calendars.services import events
from calendars.services.alarms import alarms
from calendars.services.closures import closure_effects
from calendars.tests.closed import ZONE, close, course, shut
from notifications.models import StaffItem

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PLAIN = [("03 09", True, "", ""), ("07 09", True, "", ""), ("10 09", True, "", ""), ("14 09", True, "", "")]
MOVED = [PLAIN[0], ("08 09", True, "Outing", "moved"), *PLAIN[2:]]


def undo(root, clock):
    closure_effects.undo_for_series(root, root.as_series(), now=clock.at)


def locks_of(found):
    return [query["sql"] for query in found if 'FOR UPDATE OF "calendars_event"' in query["sql"]]


def test_series_that_cannot_be_read_stays_as_it_is(daily, clock):
    root = daily("skip")
    Event.objects.filter(pk=root.pk).update(recurrence="RRULE:FREQ=NEVER")
    shut(clock, "2026-11-30", "2026-12-07")
    assert course(root) == PLAIN
    root.refresh_from_db()
    assert (root.closure, root.cancelled_at) == ("Outing", None)


def test_what_somebody_cancels_in_between_is_not_the_closures(daily, clock, monkeypatch):
    root = daily("skip")
    write = closure_effects._apply

    def cancel_first(which, **options):
        events.cancel(root.children.get(recurrence_id="20261207T090000"), reason="x", now=clock.at)
        return write(which, **options)

    monkeypatch.setattr(closure_effects, "_apply", cancel_first)
    shut(clock)
    assert course(root) == [PLAIN[0], ("07 09", False, "", ""), *PLAIN[2:]]


def test_only_what_a_closure_did_is_undone(daily, clock):
    close()
    root = daily("move")
    by_hand = root.children.get(recurrence_id="20261210T090000")
    events.change(by_hand, now=clock.at, start=by_hand.start + HOUR)
    assert course(root) == [*MOVED[:2], ("10 10", True, "", ""), PLAIN[3]]
    with CaptureQueriesContext(connection) as found:
        undo(root, clock)
    assert course(root) == [*PLAIN[:2], ("10 10", True, "", ""), PLAIN[3]]
    assert locks_of(found)


def test_what_was_moved_from_a_day_that_is_over_is_not_undone(daily, clock):
    close()
    root = daily("move")
    clock.set(datetime(2026, 12, 7, 20, tzinfo=ZONE))
    undo(root, clock)
    assert course(root) == MOVED


def test_what_somebody_cancelled_after_a_closure_moved_it_stays_cancelled(daily, clock):
    close()
    root = daily("move")
    events.cancel(root.children.get(recurrence_id="20261207T090000"), reason="x", now=clock.at)
    undo(root, clock)
    assert course(root)[1][:2] == ("08 09", False)


def test_events_are_locked_before_they_are_closed(daily, clock):
    daily("skip")
    close()
    with CaptureQueriesContext(connection) as found:
        assert closure_effects.evaluate(now=clock.at) == 1
    assert locks_of(found)


def test_who_moves_an_event_to_a_closed_day_sees_it_and_staff_are_not_told(make, clock):
    close()
    event = make(start=datetime(2026, 12, 4, 9, tzinfo=ZONE))
    events.change(event, now=clock.at, start=datetime(2026, 12, 7, 9, tzinfo=ZONE))
    assert (event.closure, StaffItem.objects.count()) == ("Outing", 0)


def test_messages_are_locked_before_events_are_written(daily, clock):
    daily("skip")
    close()
    with CaptureQueriesContext(connection) as found:
        closure_effects.evaluate(now=clock.at)
    statements = [query["sql"].strip() for query in found]
    locked = [place for place, sql in enumerate(statements) if "notifications_delivery" in sql and "FOR UPDATE" in sql]
    written = [place for place, sql in enumerate(statements) if sql.startswith("UPDATE calendars_event")]
    assert locked[0] < written[0]


def test_alarm_that_somebody_deleted_does_not_come_back_where_its_event_is_moved(daily, clock):
    root = daily("move")
    child = root.children.get(recurrence_id="20261207T090000")
    alarms.delete(child.alarms.get(), now=clock.at)
    shut(clock)
    assert course(root) == MOVED
    assert not child.alarms.exists()


def test_default_clinic_is_closed_for_a_calendar_without_clinic(daily, inside, clock):
    Clinic.objects.filter(pk=inside.clinic.pk).update(is_default=False)
    default = Clinic.objects.create(number=2, name="Main", time_zone="America/New_York", is_default=True)
    Calendar.objects.filter(pk=inside.calendar.pk).update(clinic=None)
    root = daily("skip")
    shut(clock, clinic=inside.clinic)
    assert course(root) == PLAIN
    shut(clock, clinic=default)
    assert course(root)[1] == ("07 09", False, "Outing", "skipped")
