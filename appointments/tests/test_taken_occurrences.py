"""Occurrences that background work makes or moves into a taken time take place, and staff are told to decide."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from accounts import tenancy
from appointments.models import Appointment, Provider
from appointments.services import taken_occurrences, visits
from appointments.tests.visiting import NEW_YORK
from calendars.models import Calendar, Closure
from calendars.services.closures import closure_effects
from calendars.services.series import expansion
from config.kernel import clock as the_clock
from notifications.models import StaffItem
from tests import factories
from tests.time_limits import HANG

NINE = datetime(2026, 11, 24, 9, tzinfo=NEW_YORK)
HALF, WEEK = timedelta(minutes=30), timedelta(weeks=1)
TAKEN = "Dr. Ana is booked then already; move one of the two visits"
ENDLESS = "RRULE:FREQ=WEEKLY"


@pytest.fixture
def ana(inside):
    return Provider.objects.create(name="Dr. Ana", clinic=inside.clinic)


def told():
    return [(row.summary, row.done_at is None) for row in StaffItem.objects.order_by("pk")]


@pytest.mark.django_db
def test_occurrence_that_is_made_in_a_taken_time_is_told_and_takes_place(book, ana, clock):
    # The look before booking reaches a year.
    book(provider=ana, recurrence=ENDLESS)
    there = book(provider=ana, starts_at=NINE + 8 * WEEK)
    expansion.expand(now=NINE + 5 * WEEK)
    made = Appointment.objects.exclude(pk=there.pk).get(starts_at=there.starts_at)
    assert told() == [(f"Ana Lopez, Tue 19 Jan 2027 at 09:00: {TAKEN}", True)]
    visits.move(made, starts_at=NINE + 8 * WEEK + HALF, now=clock.at)
    assert told()[0][1] is False


@pytest.mark.django_db
def test_visit_that_a_closure_moves_into_a_taken_time_is_told(book, ana, inside, clock):
    book(provider=ana, recurrence="RRULE:FREQ=WEEKLY;COUNT=3", on_closure="move")
    book(provider=ana, starts_at=NINE + WEEK + timedelta(days=1))
    Closure.objects.create(name="Outing", first_day="2026-12-01", last_day="2026-12-01")
    closure_effects.evaluate(now=clock.at)
    assert told() == [(f"Ana Lopez, Wed 02 Dec 2026 at 09:00: {TAKEN}", True)]


@pytest.mark.django_db
def test_what_overlaps_on_purpose_or_takes_nothing_is_no_thing_for_staff(book, ana, inside):
    book(provider=ana)
    made = book(provider=ana, overlap_reason="emergency")
    other = book()
    taken_occurrences.tell([made.event_id, other.event_id])
    assert told() == []
    Calendar.objects.filter(pk=inside.calendar.pk).update(max_concurrent=2)
    taken_occurrences.tell([other.event_id])
    assert len(told()) == 1


@pytest.mark.slow
def test_who_books_while_the_occurrence_is_made_is_told_of_afterwards(committed):
    world = factories.world("Riverside")
    with tenancy.tenant(world.organization.pk):
        ana = Provider.objects.create(name="Dr. Ana", clinic=world.clinic)
        patient = factories.contact(world)
        begin = the_clock.now() + timedelta(days=2)
        given = {"contact": patient, "calendar": world.calendar, "ends_at": begin + HALF, "now": the_clock.now()}
        quiet = visits.book(starts_at=begin, **given)
    ready, go_on = threading.Event(), threading.Event()

    def book():
        with tenancy.tenant(world.organization.pk), transaction.atomic():
            visits.book(starts_at=begin, provider=ana, **given)
            ready.set()
            go_on.wait(timeout=HANG)
        connection.close()

    thread = threading.Thread(target=book)
    thread.start()
    ready.wait(timeout=HANG)
    with tenancy.tenant(world.organization.pk):
        with transaction.atomic():
            # As background work writes: it asks nobody.
            Appointment.objects.filter(pk=quiet.pk).update(provider=ana)
            taken_occurrences.tell([quiet.event_id])
            assert StaffItem.objects.count() == 0
            go_on.set()
        thread.join(timeout=HANG)
        assert StaffItem.objects.count() == 1
