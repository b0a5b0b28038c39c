"""Clinics close and open again while others expand, plan and send: nobody is reminded of what was skipped before."""

import os
import threading
from datetime import UTC, date, timedelta

import pytest
from django.db import connection, transaction

from accounts import database_scope, tenancy
from calendars.models import Alarm, Closure, Event
from calendars.services import events
from calendars.services.alarms import alarm_queueing, alarms
from calendars.services.closures import closure_queue, closure_updates
from calendars.services.series import expansion
from config.kernel import clock
from notifications.models import Attempt, Delivery, StaffItem
from notifications.providers import registry
from notifications.providers.memory import Memory
from notifications.services import dispatch
from tests import factories
from tests.unrestricted import UNRESTRICTED

pytestmark = pytest.mark.slow
# The continuous integration makes it 12, `make soak` 2,000.
RACES = int(os.environ.get("RACES", "5"))
DAY = timedelta(days=1)


@pytest.fixture
def provider(monkeypatch):
    """Let every gateway's driver be one provider in memory."""
    memory = Memory()
    monkeypatch.setattr(registry, "load", lambda name: memory if name else None)
    return memory


def first_day():
    """Return the day on which all series begin."""
    return (clock.now() + 10 * DAY).astimezone(UTC).date()


def make(world, number):
    """Make a daily series that skips closed days, of a patient of its own, whose reminders are all due."""
    patient = factories.contact(world, phone=f"+1555{number:07}")
    day, now = first_day(), clock.now()
    root = events.create(
        calendar=world.calendar,
        creator=world.calendar_user,
        title="Visit",
        now=now,
        contact=patient,
        time_zone="UTC",
        start=now.astimezone(UTC).replace(year=day.year, month=day.month, day=day.day, hour=12, minute=0),
        recurrence="RRULE:FREQ=DAILY;COUNT=3",
        on_closure="skip",
    )
    alarms.create(root, now=now, method=2, sms_template=world.sms_template, advance_notice=14 * 86_400)


def close(day: date) -> None:
    """Close a day, as a request does it."""
    with transaction.atomic():
        closure_updates.evaluate_closure(
            Closure.objects.create(name="Outing", first_day=day, last_day=day), now=clock.now()
        )


def threads_of(world, finished, trouble):
    """Return who books, and who expands, plans and sends meanwhile."""

    def run(act, *, repeats):
        try:
            with tenancy.tenant(world.organization.pk):
                act()
            while repeats and not finished.is_set():
                act()
        except Exception as error:
            trouble.append(error)
        finally:
            connection.close()

    def book():
        for number in range(RACES):
            with transaction.atomic():
                make(world, number)

    workers = [lambda: expansion.expand(now=clock.now()), alarm_queueing.plan, lambda: dispatch.run(seconds=1)]
    booking = threading.Thread(target=run, args=(book,), kwargs={"repeats": False})
    return booking, [threading.Thread(target=run, args=(act,), kwargs={"repeats": True}) for act in workers]


@pytest.mark.parametrize("day", [0, 1], ids=["first", "second"])
def test_closing_against_booking_expansion_and_sending(committed, provider, day):
    world, finished, trouble = factories.world("Riverside"), threading.Event(), []
    closed = first_day() + day * DAY
    with tenancy.tenant(world.organization.pk):
        world.sms_template.sms_text = "{title} {date} {time}"
        world.sms_template.save()
    booking, workers = threads_of(world, finished, trouble)
    for thread in (booking, *workers):
        thread.start()
    while not Event.objects.unscoped().exists():
        assert booking.is_alive() or trouble == []
    with tenancy.tenant(world.organization.pk):
        close(closed)
    at = clock.now()
    booking.join(timeout=600)
    finished.set()
    for thread in workers:
        thread.join(timeout=600)
    assert trouble == []
    # What a worker does who is called where judge and closer met.
    closure_queue.work(world.organization.pk, seconds=60)
    while alarm_queueing.plan() + dispatch.run(seconds=5):
        pass
    look(world, closed, at)


def look(world, closed, at):
    """Compare what stands, and who was told, with the day that was closed at a time."""
    with database_scope.entered(UNRESTRICTED):
        skipped = Event.objects.unscoped().filter(start__date=closed)
        assert (Event.objects.unscoped().count(), skipped.count()) == (RACES * 3, RACES)
        assert set(skipped.values_list("closure_effect", flat=True)) == {"skipped"}
        assert not Event.objects.unscoped().exclude(start__date=closed).exclude(cancelled_at=None).exists()
        topics = {f"event:{row.pk}": row for row in skipped}
        told = Attempt.objects.unscoped().filter(delivery__topic__in=topics).select_related("delivery")
        left = {attempt.delivery.topic: attempt.started_at for attempt in told}
        # Between the closing and its commit a message that was under way may still have left.
        late = [topic for topic, started in left.items() if started > max(topics[topic].cancelled_at, at)]
        assert late == []
        things = StaffItem.objects.unscoped().filter(kind=StaffItem.Reason.TOO_LATE)
        assert {thing.contact_id for thing in things} == {topics[topic].contact_id for topic in left}
        assert not Delivery.objects.unscoped().filter(topic__in=topics, state="scheduled").exists()
        others = Alarm.objects.unscoped().exclude(event__in=skipped)
        assert set(others.values_list("state", flat=True)) == {"sent"}
