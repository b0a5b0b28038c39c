"""A provider, an operatory and a full calendar are taken once, by whatever way; who loses is told why."""

import os
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import StringIO
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse

from accounts import tenancy
from accounts.models import AuditEntry
from appointments.errors import SlotTaken, VisitTooLong
from appointments.models import Appointment, AppointmentType, Operatory, Provider, ScheduleEntry
from appointments.services import new_visits, visits
from appointments.tests.visiting import NEW_YORK, browser, press
from calendars.engine.states import Reach
from calendars.models import Calendar
from calendars.services import event_edit_routing
from config.kernel import clock as the_clock
from config.kernel.errors import PunctualError
from tests import factories
from tests.clients import client_of, key_client
from tests.time_limits import HANG

NINE = datetime(2026, 11, 24, 9, tzinfo=NEW_YORK)
HALF = timedelta(minutes=30)
VISITS = "/rest-api/appointment/"
# `make soak` sends 200 into 10 times, 100 times over.
BOOKINGS, TIMES = int(os.environ.get("BOOKINGS", "10")), int(os.environ.get("BOOKED_TIMES", "2"))
RUNS = int(os.environ.get("BOOKING_RUNS", "1"))


@pytest.fixture
def ana(inside):
    made = Provider.objects.create(name="Dr. Ana", clinic=inside.clinic, calendar=inside.calendar)
    ScheduleEntry.objects.create(provider=made, weekday=1, begins="08:00", ends="12:00")
    return made


def link(row):
    return reverse(f"{row._meta.model_name}-detail", args=[row.pk])


def body(world, **fields):
    given = {"contact": link(factories.contact(world)), "calendar": link(world.calendar), "starts_at": NINE.isoformat()}
    return {**given, "ends_at": (NINE + HALF).isoformat(), **fields}


@pytest.mark.django_db
def test_provider_is_booked_once_at_a_time(book, ana):
    book(provider=ana)
    with pytest.raises(SlotTaken) as caught:
        book(provider=ana, starts_at=NINE + timedelta(minutes=15))
    assert caught.value.message.startswith("Dr. Ana is booked then, from ")
    book(provider=ana, starts_at=NINE + HALF)
    book(provider=Provider.objects.create(name="Dr. Bo"))
    book()
    assert Appointment.objects.count() == 4


@pytest.mark.django_db
def test_operatory_is_booked_once_at_a_time(book, inside):
    room = Operatory.objects.create(name="1", clinic=inside.clinic)
    book(operatory=room)
    with pytest.raises(SlotTaken):
        book(operatory=room)


@pytest.mark.django_db
def test_calendar_takes_as_many_at_once_as_it_says_and_any_number_without(book, inside):
    Calendar.objects.filter(pk=inside.calendar.pk).update(max_concurrent=2)
    inside.calendar.refresh_from_db()
    book(), book(starts_at=NINE + timedelta(minutes=15))
    with pytest.raises(SlotTaken):
        book(starts_at=NINE + timedelta(minutes=10))
    book(starts_at=NINE + HALF)
    Calendar.objects.filter(pk=inside.calendar.pk).update(max_concurrent=0)
    inside.calendar.refresh_from_db()
    book()


@pytest.mark.django_db
def test_buffers_of_types_keep_visits_apart(book, ana):
    kind = AppointmentType.objects.create(name="Surgery", buffer_after=15)
    book(provider=ana, appointment_type=kind)
    with pytest.raises(SlotTaken):
        book(provider=ana, starts_at=NINE + timedelta(minutes=40))
    book(provider=ana, starts_at=NINE + timedelta(minutes=45))


@pytest.mark.django_db
def test_moved_changed_and_restored_visits_are_held_against_others(book, ana, clock):
    first, second = book(provider=ana), book(provider=ana, starts_at=NINE + HALF)
    third = book()
    with pytest.raises(SlotTaken):
        visits.move(second, starts_at=NINE, now=clock.at)
    with pytest.raises(SlotTaken):
        visits.change(third, provider=ana, now=clock.at)
    with pytest.raises(SlotTaken):
        event_edit_routing.change(second.event, now=clock.at, start=NINE, end=NINE + HALF)
    visits.cancel(first, reason="other", now=clock.at)
    visits.move(second, starts_at=NINE, now=clock.at)
    with pytest.raises(SlotTaken):
        visits.restore(first, now=clock.at)
    visits.restore(first, now=clock.at, overlap_reason="emergency")
    assert AuditEntry.objects.filter(action="overlap").get().facts == {
        "reason": "emergency",
        "others": str(second.pk),
    }


@pytest.mark.django_db
def test_series_is_refused_where_one_of_its_occurrences_is_taken(book, ana, clock):
    book(provider=ana, starts_at=NINE + timedelta(weeks=2))
    with pytest.raises(SlotTaken):
        book(provider=ana, recurrence="RRULE:FREQ=WEEKLY;COUNT=4")
    root = book(provider=ana, recurrence="RRULE:FREQ=WEEKLY;COUNT=4", starts_at=NINE + HALF)
    with pytest.raises(SlotTaken):
        visits.move(root, starts_at=NINE, now=clock.at, reach=Reach.ALL)
    visits.move(root, starts_at=NINE, now=clock.at)


@pytest.mark.django_db
def test_visit_that_is_over_takes_nobodys_time(book, ana, clock):
    book(provider=ana)
    clock.set(NINE + timedelta(days=3))
    book(provider=ana)


@pytest.mark.django_db
def test_visit_with_a_provider_lasts_at_most_a_day(book, ana):
    with pytest.raises(VisitTooLong):
        book(provider=ana, ends_at=NINE + timedelta(hours=25))


@pytest.mark.django_db
def test_answer_names_the_other_visit_and_the_nearest_free_times(api, inside, book, ana):
    there = book(provider=ana)
    answer = api.post(VISITS, body(inside, provider=link(ana)), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
    assert answer.json()["taken_by"].endswith(link(there))
    assert [each["starts_at"] for each in answer.json()["free"]] == [
        f"2026-11-24T{hour}:00-05:00" for hour in ("08:15", "08:30", "09:30")
    ]
    assert Appointment.objects.count() == 1
    writer = key_client(inside, scopes=["desk:write"])
    blind = writer.post(VISITS, body(inside, provider=link(ana)), format="json")
    assert (blind.status_code, "taken_by" in blind.json()) == (409, False)


@pytest.mark.django_db
def test_staff_may_overlap_with_a_reason(api, inside, book, ana):
    there = book(provider=ana)
    sent = body(inside, provider=link(ana), overlap_reason="emergency")
    answer = api.post(VISITS, sent, content_type="application/json")
    assert (answer.status_code, answer.json()["overlap_reason"]) == (201, "emergency")
    entry = AuditEntry.objects.get(action="overlap")
    assert (entry.object_id, entry.facts["others"]) == (str(answer.json()["id"]), str(there.pk))


@pytest.mark.django_db
def test_of_many_in_one_request_each_is_told_why(inside, ana, clock):
    patient = factories.contact(inside)
    wanted = [{"contact": patient, "calendar": inside.calendar, "starts_at": NINE, "ends_at": NINE + HALF}] * 3
    made = new_visits.book_many([{**each, "provider": ana} for each in wanted], now=clock.at)
    assert [type(each) for each in made] == [Appointment, SlotTaken, SlotTaken]


@pytest.mark.django_db
def test_what_many_visits_take_is_locked_before_the_first_is_booked(inside, ana, clock, monkeypatch):
    held, book = [], visits.book

    def noted(**fields):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            held.append(cursor.fetchone()[0])
        return book(**fields)

    monkeypatch.setattr(visits, "book", noted)
    given = {"contact": factories.contact(inside), "calendar": inside.calendar, "starts_at": NINE}
    bo = Provider.objects.create(name="Dr. Bo")
    new_visits.book_many([{**given, "provider": each} for each in (ana, bo)], now=clock.at)
    assert held[0] == held[1]


@pytest.mark.django_db
def test_desk_says_why_a_visit_cannot_move(desk, book, ana):
    book(provider=ana, starts_at=datetime(2026, 11, 24, 11, tzinfo=NEW_YORK))
    answer = press(desk, book(provider=ana), "move")
    assert answer.status_code == 409
    assert "Dr. Ana is booked then" in answer.content.decode()


@pytest.mark.django_db
def test_import_skips_what_a_full_calendar_does_not_take(inside, tmp_path, clock):
    Calendar.objects.filter(pk=inside.calendar.pk).update(max_concurrent=1)
    table, told = tmp_path / "visits.csv", StringIO()
    rows = [f"{number},Ana,Lopez,+1212555010{number},2026-12-01 09:00,2026-12-01 09:30" for number in range(3)]
    table.write_text("\n".join(["external_id,first_name,last_name,phone,start,end", *rows]))
    options = {"organization": str(inside.organization.uuid), "calendar": inside.calendar.name, "commit": True}
    call_command("import_appointments", str(table), stdout=told, stderr=told, **options)
    assert Appointment.objects.count() == 1
    assert told.getvalue().count("is booked then") == 2


@pytest.mark.slow
def test_bookings_at_once_by_several_ways_take_each_time_once(committed, tmp_path):
    world = factories.world("Riverside")
    with tenancy.tenant(world.organization.pk):
        # What imports book has no provider; the calendar takes one visit at a time.
        Calendar.objects.filter(pk=world.calendar.pk).update(max_concurrent=1)
        world.calendar.refresh_from_db()
        ana = Provider.objects.create(name="Dr. Ana", clinic=world.clinic, calendar=world.calendar)
        people = [factories.contact(world, phone=f"+1212555{number:04d}") for number in range(BOOKINGS)]
    today = the_clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    for run in range(RUNS):
        # The series has a second visit a week later.
        begin, told, start = today + run * timedelta(days=14), Counter(), threading.Barrier(BOOKINGS)

        def book(number, begin=begin, told=told, start=start):
            way = WAYS[number % len(WAYS)]
            start.wait(timeout=HANG)
            try:
                at = begin + timedelta(hours=number // len(WAYS) % TIMES)
                told[way(world, ana, people[number], at, tmp_path / f"{number}.csv")] += 1
            finally:
                connection.close()

        with ThreadPoolExecutor(BOOKINGS) as crowd:
            list(crowd.map(book, range(BOOKINGS)))
        assert told == {"booked": TIMES, "slot_taken": BOOKINGS - TIMES}
        with tenancy.tenant(world.organization.pk):
            firsts = Appointment.objects.filter(starts_at__gte=begin, starts_at__lt=begin + timedelta(days=1))
            assert sorted(firsts.values_list("starts_at", flat=True)) == [
                begin + timedelta(hours=number) for number in range(TIMES)
            ]


@pytest.mark.slow
def test_who_books_meanwhile_waits_and_is_told(committed):
    world = factories.world("Riverside")
    with tenancy.tenant(world.organization.pk):
        ana = Provider.objects.create(name="Dr. Ana", clinic=world.clinic)
    one, other = (factories.contact(world, phone=f"+1212555000{number}") for number in range(2))
    begin, told = the_clock.now() + timedelta(days=2), []

    def late():
        told.append(by_service(world, ana, other, begin))
        connection.close()

    with transaction.atomic():
        assert by_service(world, ana, one, begin) == "booked"
        thread = threading.Thread(target=late)
        thread.start()
        # By the server's clock: under libfaketime a wait that times out never does.
        while thread.is_alive() and not _is_waiting():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.02)")
    thread.join(timeout=HANG)
    assert told == ["slot_taken"]


def _is_waiting():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
        return cursor.fetchone()[0]


def by_rest(world, provider, patient, begin, _file):
    sent = {"contact": link(patient), "calendar": link(world.calendar), "provider": link(provider)}
    sent |= {"starts_at": begin.isoformat(), "ends_at": (begin + HALF).isoformat()}
    answer = client_of(world.staff).post(VISITS, sent, content_type="application/json")
    return "booked" if answer.status_code == 201 else answer.json()["code"]


def by_service(world, provider, patient, begin, **fields):
    given = {"contact": patient, "calendar": world.calendar, "provider": provider, "ends_at": begin + HALF, **fields}
    with tenancy.tenant(world.organization.pk):
        try:
            visits.book(starts_at=begin, now=the_clock.now(), **given)
        except SlotTaken as error:
            return error.code
    return "booked"


def by_series(world, provider, patient, begin, _file):
    return by_service(world, provider, patient, begin, recurrence="RRULE:FREQ=WEEKLY;COUNT=2")


def by_desk(world, provider, patient, begin, _file):
    local = begin.astimezone(ZoneInfo(world.calendar.time_zone or world.clinic.time_zone))
    with tenancy.tenant(world.organization.pk):
        number = patient.phones.get().number
    sent = {"patient": number, "provider": provider.pk, "calendar": world.calendar.pk}
    sent |= {"day": f"{local:%Y-%m-%d}", "clock": f"{local:%H:%M}", "minutes": "30", "repeats": "never"}
    answer = browser(world.staff).post("/visits/add/", {**sent, "once": str(uuid4())})
    taken = answer.status_code == 409 and "is booked then" in answer.content.decode()
    if answer.status_code == 302:
        return "booked"
    return "slot_taken" if taken else str(re.findall(r'class="wrong"[^>]*>([^<]+)', answer.content.decode()))


def by_import(world, _provider, _patient, begin, file):
    local, told = begin.astimezone(ZoneInfo(world.calendar.time_zone or world.clinic.time_zone)), StringIO()
    row = f"{uuid4()},Bo,Bell,+12125559999,{local:%Y-%m-%d %H:%M},30"
    file.write_text(f"external_id,first_name,last_name,phone,start,minutes\n{row}\n")
    options = {"organization": str(world.organization.uuid), "calendar": world.calendar.name, "commit": True}
    call_command("import_appointments", str(file), stdout=told, stderr=told, **options)
    if "1 visits created" in told.getvalue():
        return "booked"
    return "slot_taken" if "is booked then" in told.getvalue() else told.getvalue()


def by_bulk(world, provider, patient, begin, _file):
    given = {"contact": patient, "calendar": world.calendar, "provider": provider, "ends_at": begin + HALF}
    with tenancy.tenant(world.organization.pk):
        [made] = new_visits.book_many([{**given, "starts_at": begin}], now=the_clock.now())
    return made.code if isinstance(made, PunctualError) else "booked"


WAYS = (by_rest, by_desk, by_import, by_series, by_bulk)
