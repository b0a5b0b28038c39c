"""A time that somebody holds is nobody else's for minutes: they book it, give it back, or it expires."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from accounts.engine.audit_actor import Actor
from accounts.models import Via
from accounts.services import audit
from appointments.errors import HoldsNothing, NotYourHold, SlotTaken, TooManyHolds
from appointments.models import Appointment, AppointmentType, Operatory, Provider, ScheduleEntry, SlotHold
from appointments.services import free_times, slot_holds, visits
from appointments.services.free_times import WantedVisit
from appointments.services.slot_holds import HeldThings
from appointments.tasks import forget_holds
from appointments.tests.visiting import NEW_YORK
from calendars.models import Calendar
from tests import factories

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 11, 24, 9, tzinfo=NEW_YORK)
HALF = timedelta(minutes=30)
HOLDS = "/rest-api/slot-hold/"


@pytest.fixture
def ana(inside):
    made = Provider.objects.create(name="Dr. Ana", clinic=inside.clinic, calendar=inside.calendar)
    ScheduleEntry.objects.create(provider=made, weekday=1, begins="08:00", ends="12:00")
    return made


@pytest.fixture
def hold(clock):
    """Return a function that holds 09:00."""

    def hold(starts_at=NINE, who="key:7", **things):
        minutes = things.pop("minutes", 5)
        with audit.acting(Actor(via=Via.KEY, identity=who)):
            return slot_holds.create(HeldThings(**things), starts_at=starts_at, minutes=minutes, now=clock.at)

    return hold


def starts(**wanted):
    kind = AppointmentType.objects.create(name="Check", duration=30)
    asked = WantedVisit.of_type(kind, begin=NINE - HALF, end=NINE + 2 * HALF, **wanted)
    return [each.begin - int(NINE.timestamp()) for each in free_times.find(asked, now=NINE - timedelta(days=1))]


def test_held_time_is_taken_for_others_and_free_for_who_holds_it(book, ana, hold):
    held = hold(provider=ana)
    assert held.expires_at - held.created_at == timedelta(minutes=5)
    with pytest.raises(SlotTaken) as caught:
        book(provider=ana, starts_at=NINE + HALF / 2)
    assert caught.value.message.startswith("Somebody is booking Dr. Ana just now, from ")
    assert (caught.value.taken[0].visit, Appointment.objects.count()) == (0, 0)
    with audit.acting(Actor(via=Via.KEY, identity="key:7")):
        book(provider=ana, hold=held)
    assert SlotHold.objects.count() == 0


def test_hold_of_somebody_else_books_nothing(book, ana, hold):
    held = hold(provider=ana)
    with pytest.raises(NotYourHold), audit.acting(Actor(via=Via.KEY, identity="key:8")):
        book(provider=ana, hold=held)
    assert (Appointment.objects.count(), SlotHold.objects.count()) == (0, 1)


def test_hold_expires_by_the_database_clock(book, ana, hold, clock):
    hold(provider=ana, minutes=10)
    clock.set(clock.at + timedelta(minutes=9, seconds=59))
    with pytest.raises(SlotTaken):
        book(provider=ana)
    clock.set(clock.at + timedelta(seconds=1))
    book(provider=ana)
    forget_holds()
    assert SlotHold.objects.count() == 0


def test_booked_and_held_times_cannot_be_held(book, ana, hold):
    book(provider=ana)
    hold(NINE + HALF, provider=ana)
    for at in (NINE, NINE + HALF, NINE + 1.5 * HALF):
        with pytest.raises(SlotTaken):
            hold(at, provider=ana)


def test_held_times_are_not_offered_but_to_who_holds_them(ana, hold):
    held = hold(provider=ana)
    assert starts() == [-1800, 1800, 2700]
    AppointmentType.objects.all().delete()
    assert starts(hold=held.pk) == [-1800, -900, 0, 900, 1800, 2700]


def test_place_in_a_calendar_with_a_limit_is_held(book, ana, inside, hold):
    Calendar.objects.filter(pk=inside.calendar.pk).update(max_concurrent=2)
    inside.calendar.refresh_from_db()
    ana.refresh_from_db()
    hold(provider=ana)
    book()
    with pytest.raises(SlotTaken):
        book()
    assert starts() == [-1800, 1800, 2700]


def test_operatory_is_held_with_the_buffers_of_the_type(book, inside, hold):
    room = Operatory.objects.create(name="1", clinic=inside.clinic)
    kind = AppointmentType.objects.create(name="Surgery", duration=60, buffer_after=15)
    assert hold(operatory=room, appointment_type=kind).ends_at == NINE + 2 * HALF
    with pytest.raises(SlotTaken):
        book(operatory=room, starts_at=NINE + timedelta(minutes=70))
    book(operatory=room, starts_at=NINE + timedelta(minutes=75))


def test_hold_names_something_and_nobody_holds_everything(ana, hold):
    with pytest.raises(HoldsNothing):
        hold()
    for number in range(slot_holds.MOST):
        hold(NINE + number * HALF, provider=ana)
    with pytest.raises(TooManyHolds):
        hold(NINE - HALF, provider=ana)
    hold(NINE - HALF, provider=ana, who="key:8")


def test_program_holds_books_and_gives_back(api, inside, ana):
    sent = {"provider": link(ana), "starts_at": NINE.isoformat(), "ends_at": (NINE + HALF).isoformat()}
    held = api.post(HOLDS, sent, content_type="application/json")
    assert (held.status_code, held.json()["held_by"], "minutes" in held.json()) == (
        201,
        f"user:{inside.owner.pk}",
        False,
    )
    again = api.post(HOLDS, sent, content_type="application/json")
    assert (again.status_code, again.json()["code"], "taken_by" in again.json()) == (409, "slot_taken", False)
    assert [each["starts_at"][11:16] for each in again.json()["free"]] == ["08:15", "08:30", "09:30"]
    visit = {"contact": link(factories.contact(inside)), "calendar": link(inside.calendar), **sent}
    made = api.post("/rest-api/appointment/", {**visit, "hold": held.json()["url"]}, content_type="application/json")
    assert (made.status_code, SlotHold.objects.count()) == (201, 0)
    sent["starts_at"], sent["ends_at"] = (NINE + HALF).isoformat(), (NINE + 2 * HALF).isoformat()
    other = api.post(HOLDS, sent, content_type="application/json").json()
    assert api.delete(other["url"]).status_code == 204
    assert SlotHold.objects.count() == 0


def test_moved_visits_are_held_against_holds(book, ana, hold, clock):
    visit = book(provider=ana, starts_at=NINE + 2 * HALF)
    hold(provider=ana)
    with pytest.raises(SlotTaken):
        visits.move(visit, starts_at=NINE, now=clock.at)


def link(row):
    return reverse(f"{row._meta.model_name}-detail", args=[row.pk])
