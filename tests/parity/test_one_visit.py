"""Editing a visit or its event changes both, by every entry point."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import tenancy
from appointments.engine.states import VisitStatus
from appointments.models import Appointment
from appointments.services import visits
from appointments.tests.visiting import NEW_YORK, browser
from calendars.engine.states import AlarmMethod
from calendars.models import Alarm, Calendar, Closure, Event
from calendars.services import events
from calendars.services.alarms import alarm_queueing, alarms, patient_answers
from calendars.services.closures import closure_updates
from notifications.engine.replies import ReplyIntent
from notifications.models import Delivery
from tests import factories

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 12, 1, 9, tzinfo=NEW_YORK)  # a Tuesday
WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=4"
FORM = {"starts_at_0": "2026-12-01", "starts_at_1": "09:00", "ends_at_0": "2026-12-01", "ends_at_1": "09:30"}


@pytest.fixture
def book(inside, clock):
    """Return a function that books visits of Ana, 09:00 in New York, with a text a day before."""
    patient = factories.contact(inside)

    def book(**fields):
        made = visits.book(
            contact=patient,
            calendar=inside.calendar,
            starts_at=NINE,
            ends_at=NINE + timedelta(minutes=30),
            now=clock.at,
            **{"title": "Check-up", **fields},
        )
        alarms.create(
            made.event, now=clock.at, method=AlarmMethod.SMS, sms_template=inside.sms_template, advance_notice=86_400
        )
        return made

    return book


@pytest.fixture
def admin(world):
    """Return a browser in which a receptionist is signed in."""
    return browser(world.staff)


def days():
    """Return the days of all visits that stand, each with how many alarms of it wait."""
    rows = Appointment.objects.exclude(status=VisitStatus.CANCELLED).order_by("starts_at")
    return [(f"{row.starts_at:%d}", Alarm.objects.waiting().filter(event=row.event).count()) for row in rows]


def test_visit_that_was_deleted_in_the_admin_stays_away_when_its_series_is_edited(book, admin, api):
    root = book(recurrence=WEEKLY)
    gone = Appointment.objects.order_by("starts_at")[2]
    admin.post(f"/admin/appointments/appointment/{gone.pk}/delete/", {"post": "yes"})
    assert days() == [("01", 1), ("08", 1), ("22", 1)]
    answer = api.patch(f"/rest-api/event/{root.event_id}/", {"start": "2026-12-01T10:00", "end": "2026-12-01T10:30"})
    assert answer.status_code == 200
    assert days() == [("01", 1), ("08", 1), ("22", 1)]


def test_patch_of_the_first_visit_is_about_it_alone(book, api, inside):
    root = book(recurrence=WEEKLY)
    room = Calendar.objects.create(name="Room 2", user=inside.calendar_user, clinic=inside.clinic)
    link = f"http://localhost/rest-api/calendar/{room.pk}/"
    answer = api.patch(f"/rest-api/appointment/{root.pk}/", {"calendar": link, "starts_at": "2026-12-02T11:00"})
    assert answer.status_code == 200
    rows = Event.objects.order_by("start").values_list("calendar_id", "start__day", "start__hour")
    home = inside.calendar.pk
    assert list(rows) == [(room.pk, 2, 16), (home, 8, 14), (home, 15, 14), (home, 22, 14)]


@pytest.mark.parametrize("entry_point", ["rest", "admin", "event"])
def test_renamed_visit_is_called_so_everywhere(book, api, admin, world, clock, entry_point):
    visit = book()
    clock.set(NINE - timedelta(days=1))
    alarm_queueing.plan()
    admin.force_login(world.staff)
    if entry_point == "admin":
        admin.post(f"/admin/appointments/appointment/{visit.pk}/change/", {**FORM, "title": "X-ray"})
    else:
        kind, pk = ("appointment", visit.pk) if entry_point == "rest" else ("event", visit.event_id)
        assert api.patch(f"/rest-api/{kind}/{pk}/", {"title": "X-ray"}).status_code == 200
    alarm_queueing.plan()
    visit.refresh_from_db()
    waiting = Delivery.objects.get(state="scheduled")
    assert (visit.title, Event.objects.get().title, waiting.values["title"]) == ("X-ray", "X-ray", "X-ray")
    assert "SUMMARY:X-ray" in admin.get(f"/events/{visit.event_id}/calendar.ics").content.decode()


@pytest.mark.parametrize("entry_point", ["rest", "admin"])
@pytest.mark.parametrize("part", [0, 2])
def test_event_of_a_visit_stays_its_patients(book, api, admin, inside, entry_point, part):
    book(recurrence=WEEKLY)
    event = Event.objects.order_by("start")[part]
    eve = factories.contact(inside, phone="+15559999999", first_name="Eve")
    if entry_point == "rest":
        answer = api.patch(f"/rest-api/event/{event.pk}/", {"contact": f"http://localhost/rest-api/contact/{eve.pk}/"})
        assert (answer.status_code, answer.json()["code"]) == (400, "visit_has_patient")
        (words,) = answer.json()["contact"]
    else:
        page = f"/admin/calendars/event/{event.pk}/change/"
        form = admin.get(page).context["adminform"].form
        given = {
            f"{name}_{part}" if isinstance(value, list) else name: item
            for name in form.fields
            for value in [form[name].value()]
            for part, item in enumerate(value if isinstance(value, list) else [value])
            if item is not None
        }
        given |= {"start_0": f"{event.start:%Y-%m-%d}", "start_1": "09:00", "end_0": f"{event.start:%Y-%m-%d}"}
        given |= {"end_1": "09:30", "contact": eve.pk, "alarms-TOTAL_FORMS": 0, "alarms-INITIAL_FORMS": 0}
        answer = admin.post(page, given)
        assert answer.status_code == 200
        (words,) = answer.context["adminform"].form.errors["contact"]
    assert words == "This is a visit of Ana Lopez and cannot become one of Eve Lopez: cancel it and book a new one."
    assert {row.contact_id for row in Event.objects.all()} == {event.contact_id} != {eve.pk}


def test_database_refuses_an_event_of_somebody_else(book, inside):
    visit = book()
    eve = factories.contact(inside, phone="+15559999999")
    Event.objects.filter(pk=visit.event_id).update(contact=eve)
    with pytest.raises(IntegrityError), transaction.atomic():
        connection.check_constraints()
    Event.objects.filter(pk=visit.event_id).update(contact=visit.contact)


@pytest.mark.parametrize("status", [VisitStatus.COMPLETED, VisitStatus.NO_SHOW])
@pytest.mark.parametrize("by", ["closure", "event", "series", "answer"])
def test_visit_that_is_over_is_not_cancelled(book, clock, by, status):
    root = book(recurrence=WEEKLY, on_closure="skip")
    first, second, *rest = Appointment.objects.order_by("starts_at")
    visits.set_status(second, status=status, now=second.starts_at)
    if by == "closure":
        closed = Closure.objects.create(name="Outing", first_day=date(2026, 12, 8), last_day=date(2026, 12, 15))
        closure_updates.evaluate_closure(closed, now=clock.at)
        others = [VisitStatus.SCHEDULED, VisitStatus.CANCELLED, VisitStatus.SCHEDULED]
    elif by == "event":
        events.cancel(second.event, reason="test", now=clock.at)
        others = [VisitStatus.SCHEDULED] * 3
    elif by == "series":
        events.cancel(root.event, reason="test", now=clock.at)
        others = [VisitStatus.CANCELLED] * 3
    else:
        clock.set(NINE + timedelta(days=6))
        alarm_queueing.plan()
        asked = Delivery.objects.get(origin_id__in=second.event.alarms.values("pk"))
        patient_answers.apply_answer(asked, inbound=None, intent=ReplyIntent.NO, now=clock.at)
        others = [VisitStatus.SCHEDULED] * 3
    second.refresh_from_db()
    left = Appointment.objects.filter(pk__in=[first.pk, *(row.pk for row in rest)]).order_by("starts_at")
    assert second.status == status
    assert [row.status for row in left] == others


def test_another_organization_cannot_edit_a_visit(book, stranger_api):
    visit = book()
    assert stranger_api.patch(f"/rest-api/appointment/{visit.pk}/", {"title": "X"}).status_code == 404
    with tenancy.tenant(visit.organization_id):
        assert Appointment.objects.get().title == "Check-up"
