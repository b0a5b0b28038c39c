"""Free times as the service finds them: over REST, beside a plain second computation, in few queries."""

import os
import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Clinic
from appointments.models import Appointment, AppointmentType, Blockout, Operatory, Provider, ScheduleEntry
from appointments.services import free_times, visit_types
from appointments.services.free_times import WantedVisit
from appointments.tests.minute_by_minute import PlainSearch
from calendars.models import Calendar, Closure, OpeningHours
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
SLOTS = "/rest-api/slots/"
# `make soak` draws 10,000.
WEEKS = int(os.environ.get("DRAWN_WEEKS", "6"))
# Mondays of weeks with and without a change of the clock.
MONDAYS = [date(2026, 3, 23), date(2026, 10, 19), date(2026, 6, 1), date(2026, 3, 2), date(2026, 10, 26)]
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "UTC"]


@pytest.fixture
def ana(inside):
    made = Provider.objects.create(name="Dr. Ana", clinic=inside.clinic, calendar=inside.calendar)
    ScheduleEntry.objects.create(provider=made, weekday=1, begins="09:00", ends="11:00")
    return made


@pytest.fixture
def other_clinic(ana):
    made = Clinic.objects.create(number=7, name="Auckland", time_zone="Pacific/Auckland")
    ScheduleEntry.objects.create(provider=ana, clinic=made, weekday=1, begins="00:00", ends="02:00")
    return made


def take(world, begin, minutes=30, **fields):
    """Write a visit as a plain row; naive times are UTC."""
    event = factories.event(
        world,
        start=begin,
        minutes=minutes,
        contact=factories.contact(world),
        calendar=fields.pop("calendar", None) or world.calendar,
    )
    return Appointment.objects.create(
        clinic=world.clinic, contact=event.contact, event=event, starts_at=event.start, ends_at=event.end, **fields
    )


def shown(api, **asked):
    """Return day and hour of the free times that REST tells."""
    answer = api.get(SLOTS, {"from": "2026-11-24", "to": "2026-11-25", "page_size": 500, **asked})
    if answer.status_code != 200:
        return answer.json()
    return [f"{datetime.fromisoformat(each['starts_at']):%H:%M}" for each in answer.json()["results"]]


def day(**asked):
    return {"from": "2026-11-24T00:00", "to": "2026-11-25T00:00", **asked}


def test_free_times_are_told_with_who_and_where(api, inside, ana):
    kind = AppointmentType.objects.create(name="Check", duration=45)
    answer = api.get(SLOTS, day(type=kind.pk)).json()
    assert answer["count"] == 6
    first = answer["results"][0]
    assert (first["starts_at"], first["ends_at"]) == ("2026-11-24T09:00:00-05:00", "2026-11-24T09:45:00-05:00")
    assert first["provider"].endswith(f"/provider/{ana.pk}/")
    assert first["calendar"].endswith(f"/calendar/{inside.calendar.pk}/")
    assert first["operatory"] is None


def test_dates_are_days_of_the_clinic_and_the_last_one_counts(api, inside, ana, other_clinic):
    assert len(shown(api, **{"from": "2026-11-24", "to": "2026-11-24"})) == 7
    assert shown(api, **{"from": "2026-11-25", "to": "2026-11-29"}) == []
    # In Auckland, Tuesday begins when it is 06:00 on Monday in New York.
    asked = {"from": "2026-12-01", "to": "2026-12-01", "clinic": other_clinic.pk}
    assert api.get(SLOTS, asked).json()["count"] == 7
    # October has a day of 25 hours; 62 days are as many.
    assert api.get(SLOTS, {"from": "2026-10-01", "to": "2026-12-01"}).status_code == 200
    assert api.get(SLOTS, {"from": "2026-10-01", "to": "2026-12-02"}).status_code == 400
    assert api.get(SLOTS, {"from": "2026-11-24", "to": "2026-11-23"}).status_code == 400


def test_booked_visits_blockouts_closures_and_hours_are_left_out(api, inside, ana):
    assert shown(api, **day()) == ["09:00", "09:15", "09:30", "09:45", "10:00", "10:15", "10:30"]
    visit = take(inside, datetime(2026, 11, 24, 14, 30, tzinfo=UTC), provider=ana)  # 9:30 in New York
    assert shown(api, **day()) == ["09:00", "10:00", "10:15", "10:30"]
    Appointment.objects.filter(pk=visit.pk).update(status="cancelled")
    Blockout.objects.create(
        name="Lunch",
        provider=ana,
        starts_at=datetime(2026, 11, 24, 14, 0, tzinfo=UTC),
        ends_at=datetime(2026, 11, 24, 15, 0, tzinfo=UTC),
    )
    assert shown(api, **day()) == ["10:00", "10:15", "10:30"]
    OpeningHours.objects.create(weekday=1, opens="08:00", closes="10:45")
    assert shown(api, **day()) == ["10:00", "10:15"]
    Closure.objects.create(name="Move", first_day="2026-11-24", last_day="2026-11-24", begins="10:30")
    assert shown(api, **day()) == ["10:00"]


def test_entries_of_a_day_replace_those_of_its_weekday(api, ana):
    ScheduleEntry.objects.create(provider=ana, day="2026-11-24", begins="15:00", ends="15:30")
    assert shown(api, **day()) == ["15:00"]
    ScheduleEntry.objects.update(begins=None, ends=None, day="2026-11-24", weekday=None)
    assert shown(api, **day()) == []


def test_provider_without_a_schedule_works_when_the_clinic_has_said_that_it_is_open(api, inside):
    Provider.objects.create(name="Dr. Bo")
    assert shown(api, **day()) == []
    OpeningHours.objects.create(weekday=1, opens="09:00", closes="10:00")
    assert shown(api, **day()) == ["09:00", "09:15", "09:30"]


def test_lead_time_and_who_may_count(api, ana, clock):
    clock.set(datetime(2026, 11, 24, 14, 5, tzinfo=UTC))
    bo = Provider.objects.create(name="Dr. Bo")
    kind = AppointmentType.objects.create(name="Check", lead_time=60)
    assert shown(api, **day(type=kind.pk)) == ["10:15", "10:30"]
    visit_types.change(kind, providers=[bo])
    assert shown(api, **day(type=kind.pk)) == []


def test_visit_that_needs_an_operatory_is_offered_in_a_free_one(api, inside, ana):
    kind = AppointmentType.objects.create(name="Check", duration=60, needs_operatory=True)
    assert shown(api, **day(type=kind.pk)) == []
    one, two = (Operatory.objects.create(name=name, clinic=inside.clinic) for name in "12")
    take(inside, datetime(2026, 11, 24, 14, 0, tzinfo=UTC), operatory=one)
    take(inside, datetime(2026, 11, 24, 15, 30, tzinfo=UTC), operatory=two)
    answer = api.get(SLOTS, day(type=kind.pk, page_size=100)).json()["results"]
    rooms = [(each["starts_at"][11:16], int(each["operatory"].split("/")[-2])) for each in answer]
    assert rooms == [("09:00", two.pk), ("09:15", two.pk), ("09:30", one.pk), ("09:45", one.pk), ("10:00", one.pk)]


def test_calendar_that_is_full_offers_nothing(api, inside, ana):
    Calendar.objects.filter(pk=inside.calendar.pk).update(max_concurrent=2)
    for _ in range(2):
        take(inside, datetime(2026, 11, 24, 14, 0, tzinfo=UTC), minutes=60)
    assert shown(api, **day()) == ["10:00", "10:15", "10:30"]
    Calendar.objects.filter(pk=inside.calendar.pk).update(max_concurrent=0)
    assert len(shown(api, **day())) == 7


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"type": 10**9}, "type"),
        ({"minutes": 0}, "minutes"),
        ({"to": "2027-06-01T00:00"}, "to"),
        ({"to": "2026-11-01T00:00"}, "to"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_asked_is_refused(api, ana, asked, field):
    answer = api.get(SLOTS, {**day(), **asked})
    assert (answer.status_code, list(answer.json())[0]) == (400, field)


def furnish(world, draw, monday, zone):
    """Write a clinic's week as it is drawn; return its provider and the type that is looked for."""
    world.clinic.time_zone = zone
    world.clinic.save()
    limit = draw.choice([0, 0, 1, 2])
    Calendar.objects.filter(pk=world.calendar.pk).update(max_concurrent=limit)
    provider = Provider.objects.create(name="Dr. Who", calendar=world.calendar)
    kinds = [
        AppointmentType.objects.create(
            name=f"{number}",
            duration=draw.choice([10, 25, 30, 45, 60, 120]),
            buffer_before=draw.choice([0, 0, 5, 20]),
            buffer_after=draw.choice([0, 0, 10, 35]),
        )
        for number in range(2)
    ]
    _schedule(draw, monday, provider)
    _clinic(draw, monday)
    _bookings(world, draw, monday, provider, kinds)
    return Provider.objects.select_related("calendar").get(pk=provider.pk), kinds[0], limit


def _schedule(draw, monday, provider):
    for _ in range(draw.randint(3, 9)):
        begin, end = sorted(draw.sample(range(24), 2))
        times = {"begins": time(begin, draw.choice([0, 30])), "ends": time(end, draw.choice([0, 40]))}
        if draw.random() < 0.2:
            times["ends"] = time(0)
        on = {"weekday": draw.randrange(7)} if draw.random() < 0.7 else {"day": monday + timedelta(draw.randrange(7))}
        ScheduleEntry.objects.create(provider=provider, **on, **times)
    if draw.random() < 0.3:
        ScheduleEntry.objects.create(provider=provider, day=monday + timedelta(draw.randrange(7)))


def _clinic(draw, monday):
    if draw.random() < 0.4:
        for weekday in range(7):
            OpeningHours.objects.create(
                weekday=weekday, opens=time(draw.randrange(9)), closes=time(draw.randint(12, 23))
            )
    if draw.random() < 0.5:
        first = monday + timedelta(draw.randrange(7))
        begins = draw.choice([None, time(draw.randrange(12))])
        Closure.objects.create(name="x", first_day=first, last_day=first + timedelta(1), begins=begins)


def _bookings(world, draw, monday, provider, kinds):
    start = datetime.combine(monday, time(0), UTC)
    for _ in range(draw.randrange(25)):
        begin = start + timedelta(minutes=draw.randrange(-600, 8 * 1440))
        kind = draw.choice([None, *kinds])
        whose = draw.choice([provider, provider, None])
        take(world, begin, draw.choice([15, 30, 50, 90, 600]), provider=whose, appointment_type=kind)
    for _ in range(draw.randrange(3)):
        begin = start + timedelta(minutes=draw.randrange(0, 7 * 1440))
        Blockout.objects.create(name="x", provider=provider, starts_at=begin, ends_at=begin + timedelta(minutes=95))


@pytest.mark.parametrize("number", range(WEEKS))
def test_free_times_are_those_of_a_plain_computation(inside, number):
    draw = random.Random(number)
    monday, zone = MONDAYS[number % len(MONDAYS)], ZONES[number % len(ZONES)]
    provider, kind, limit = furnish(inside, draw, monday, zone)
    begin = datetime.combine(monday, time(0), ZoneInfo(zone)).astimezone(UTC)
    end = begin + timedelta(days=7)
    found = free_times.find(WantedVisit.of_type(kind, begin=begin, end=end), now=begin - timedelta(days=90))
    plain = PlainSearch(provider, ZoneInfo(zone), kind, begin, end, limit).starts()
    assert [datetime.fromtimestamp(each.begin, UTC) for each in found] == plain


def test_queries_are_as_many_however_many_there_are(inside, ana):
    kind = AppointmentType.objects.create(name="Check", needs_operatory=True)
    wanted = WantedVisit.of_type(kind, begin=NOW, end=NOW + timedelta(days=7))
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            free_times.find(wanted, now=NOW)
        counts.append(len(captured))
        for number in range(4):
            bo = Provider.objects.create(name=f"Dr. {number}")
            ScheduleEntry.objects.create(provider=bo, weekday=2, begins="09:00", ends="11:00")
            Operatory.objects.create(name=f"{number}", clinic=inside.clinic)
            take(inside, NOW + timedelta(days=1, hours=number), provider=bo)
    Operatory.objects.create(name="x", clinic=inside.clinic)
    assert counts[0] == counts[1]
