"""Expanders, planners and people at work at the same time."""

import os
import threading
from datetime import timedelta

import pytest
from celery import current_app
from django.db import connection, transaction

from accounts import tenancy
from calendars import tasks
from calendars.models import Alarm, Closure, Event, Rule
from calendars.services import event_pause, events
from calendars.services.alarms import alarm_queueing
from calendars.services.closures import closure_updates
from calendars.services.series import expansion
from config.kernel import clock
from notifications.models import Delivery
from tests import factories
from tests.time_limits import HANG

pytestmark = pytest.mark.slow
ROOTS = int(os.environ.get("SERIES", "20"))


def together(*acts):
    """Run functions at the same moment, each on its own connection."""
    start = threading.Barrier(len(acts))
    results = []

    def run(act):
        start.wait()
        try:
            results.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=HANG)
    assert len(results) == len(acts)
    return results


def test_expanders_at_once_make_exactly_the_right_rows(committed):
    world, now = factories.world("Riverside"), clock.now()
    for _ in range(ROOTS):
        factories.alarm(world, factories.event(world, start=now, recurrence="RRULE:FREQ=DAILY;COUNT=10"))
    made = together(*[lambda: expansion.expand(now=now, limit=max(5, ROOTS // 10))] * 4)
    assert sum(made) == ROOTS * 9
    assert Event.objects.unscoped().count() == ROOTS * 10
    assert Alarm.objects.unscoped().count() == ROOTS * 10
    assert set(Event.objects.unscoped().filter(parent_event=None).values_list("series_ended", flat=True)) == {True}


def test_planners_at_once_plan_each_alarm_once(committed):
    world, now = factories.world("Riverside"), clock.now()
    contact = factories.contact(world)
    for _ in range(100):
        factories.alarm(world, factories.event(world, contact=contact), due_at=now)
    assert sum(together(*[lambda: alarm_queueing.plan(limit=10)] * 4)) <= 40
    while alarm_queueing.plan():
        pass
    assert Delivery.objects.unscoped().filter(state="scheduled").count() == 100


def test_cancellation_and_planner_at_once_leave_nothing_to_send(committed):
    world, now = factories.world("Riverside"), clock.now()
    contact = factories.contact(world)
    for _ in range(ROOTS):
        event = factories.event(world, contact=contact)
        factories.alarm(world, event, due_at=now)

        def cancel(event=event):
            with tenancy.tenant(world.organization.pk):
                events.cancel(event, reason="test", now=now)

        together(cancel, alarm_queueing.plan)
    alarm_queueing.plan()
    assert not Delivery.objects.unscoped().exclude(state="cancelled").exists()
    assert set(Alarm.objects.unscoped().values_list("state", flat=True)) == {"cancelled"}


def test_pause_of_a_series_and_planner_at_once_leave_nothing_to_send(committed):
    world, now = factories.world("Riverside"), clock.now()
    contact = factories.contact(world)
    daily = Rule.objects.get(pk=6)
    for _ in range(ROOTS):
        root = factories.event(world, contact=contact, rule=daily)
        with tenancy.tenant(world.organization.pk):
            child = Event.objects.create(
                parent_event=root,
                recurrence_id="20261201T090000",
                title="Child",
                start=root.start,
                end=root.end,
                time_zone="UTC",
                creator=world.calendar_user,
                calendar=world.calendar,
                contact=contact,
            )
        factories.alarm(world, child, due_at=now)

        def pause(root=root):
            with tenancy.tenant(world.organization.pk):
                event_pause.pause(root, now=now)

        together(pause, alarm_queueing.plan)
    alarm_queueing.plan()
    assert not Delivery.objects.unscoped().exclude(state="cancelled").exists()
    assert set(Alarm.objects.unscoped().values_list("state", flat=True)) == {"planned"}


def test_booking_while_a_closure_is_saved_is_judged_after_it(committed, monkeypatch):
    world, now, calls = factories.world("Riverside"), clock.now(), []
    monkeypatch.setattr(current_app, "send_task", lambda name, args=(), **options: calls.append((name, *args)))
    day, saved, booked = (now + timedelta(days=10)).date(), threading.Event(), threading.Event()

    def close():
        with tenancy.tenant(world.organization.pk), transaction.atomic():
            closure_updates.evaluate_closure(
                Closure.objects.create(name="Outing", first_day=day, last_day=day), now=now
            )
            saved.set()
            booked.wait(timeout=HANG)

    def book():
        saved.wait(timeout=HANG)
        with tenancy.tenant(world.organization.pk):
            made = events.create(
                calendar=world.calendar,
                creator=world.calendar_user,
                title="Visit",
                now=now,
                start=now + timedelta(days=10),
            )
        booked.set()
        return made

    (made,) = filter(None, together(close, book))
    assert (made.closure, calls) == ("", [("calendars.close", world.organization.pk)])
    tasks.close(world.organization.pk)
    assert Event.objects.unscoped().get().closure == "Outing"


def test_closure_waits_for_who_books_by_what_was(committed):
    world, now, booked = factories.world("Riverside"), clock.now(), threading.Event()
    day = (now + timedelta(days=10)).date()

    def book():
        with tenancy.tenant(world.organization.pk), transaction.atomic():
            events.create(
                calendar=world.calendar,
                creator=world.calendar_user,
                title="Visit",
                now=now,
                start=now + timedelta(days=10),
            )
            booked.set()
            # As long as the other one needs to get here, and to find that it has to wait.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.3)")

    def close():
        booked.wait(timeout=HANG)
        with tenancy.tenant(world.organization.pk), transaction.atomic():
            return closure_updates.evaluate_closure(
                Closure.objects.create(name="Outing", first_day=day, last_day=day), now=now
            )

    assert sorted(filter(None, together(book, close))) == [1]
    assert Event.objects.unscoped().get().closure == "Outing"
