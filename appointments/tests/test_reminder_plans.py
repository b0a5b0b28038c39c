"""Reminder plans of types: what visits get from them, and what changes of visits and plans do to it."""

from datetime import time, timedelta

import pytest

from appointments.engine.states import VisitStatus
from appointments.models import Appointment, AppointmentType, ReminderStep
from appointments.services import reminder_plans, visits
from appointments.tests.visiting import NEW_YORK, WEEKLY, browser
from calendars.engine.states import AlarmMethod, Reach
from calendars.models import Alarm, OpeningHours
from calendars.services.alarms import alarm_queueing, alarms, patient_answers
from calendars.services.series import expansion
from calendars.tests.closed import shut
from notifications.engine.replies import ReplyIntent
from notifications.models import Delivery
from tests import factories
from tests.clients import client_of
from tests.parity.forms import fields_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def kind(inside, clock):
    """A type with two texts: three days before, and a day before to those who did not confirm."""
    made = AppointmentType.objects.create(name="Cleaning")
    for days, only_unconfirmed in ((3, False), (1, True)):
        add(made, inside, clock, before=days, only_unconfirmed=only_unconfirmed)
    return made


@pytest.fixture
def booked(book, kind, clock):
    """Return a function that books a visit of the type for 1 December, 09:00, which is a Tuesday."""

    def booked(**fields):
        starts = clock.at.astimezone(NEW_YORK).replace(day=1, month=12, hour=9, minute=0)
        return book(**{"starts_at": starts, "appointment_type": kind, **fields})

    return booked


@pytest.fixture
def admin(world, clock):
    """Return a browser in which the owner is signed in."""
    return browser(world.owner)


def add(kind, inside, clock, **fields):
    """Add a step with a text to a plan."""
    given = {"before": 1, "unit": "days", "method": AlarmMethod.SMS, "sms_template": inside.sms_template, **fields}
    return reminder_plans.add_step(appointment_type=kind, now=clock.at, **given)


def due(visit=None):
    """Return day and hour of reminders in New York, with their states."""
    rows = Alarm.objects.filter(event=visit.event_id) if visit else Alarm.objects.all()
    return [(f"{row.due_at.astimezone(NEW_YORK):%d %H}", row.state) for row in rows.order_by("due_at", "pk")]


def planned(visit=None):
    """Return day and hour of the reminders that wait."""
    return [when for when, state in due(visit) if state == "planned"]


def test_booking_plans_the_reminders_of_the_type(booked, inside):
    visit = booked()
    assert due(visit) == [("28 09", "planned"), ("30 09", "planned")]
    assert set(Alarm.objects.values_list("method", "sms_template")) == {(AlarmMethod.SMS, inside.sms_template.pk)}


def test_visit_without_a_type_has_none(booked):
    assert due(booked(appointment_type=None)) == []


def test_reminder_that_is_given_stands_in_place_of_the_plan(api, inside, kind, clock):
    contact = factories.contact(inside)
    wanted = {
        "contact": f"http://localhost/rest-api/contact/{contact.pk}/",
        "calendar": f"http://localhost/rest-api/calendar/{inside.calendar.pk}/",
        "appointment_type": f"http://localhost/rest-api/appointment-type/{kind.pk}/",
        "starts_at": "2026-12-01T09:00",
    }
    text = f"http://localhost/rest-api/sms-template/{inside.sms_template.pk}/"
    own = wanted | {"reminder": {"method": 2, "sms_template": text, "advance_notice": 7200}}
    assert api.post("/rest-api/appointment/", own).status_code == 201
    assert due() == [("01 07", "planned")]
    # What comes to the plan later does not come to such a visit.
    add(kind, inside, clock, before=2)
    assert due() == [("01 07", "planned")]
    made = api.post("/rest-api/appointment/bulk/", {"items": [wanted, own]}).json()["results"]
    first, second = (Appointment.objects.get(pk=row["id"]) for row in made)
    assert (planned(first), planned(second)) == (["28 09", "29 09", "30 09"], ["01 07"])


def test_reminder_whose_time_has_passed_is_skipped_until_the_visit_moves(booked, clock):
    clock.set(clock.at + 6 * DAY)
    visit = booked()
    assert due(visit) == [("28 09", "skipped"), ("30 09", "planned")]
    assert Alarm.objects.get(state="skipped").reason == "booked_late"
    alarm_queueing.plan()
    assert not Delivery.objects.exists()
    visits.move(visit, starts_at=visit.starts_at + 7 * DAY, now=clock.at)
    assert due(visit) == [("05 09", "planned"), ("07 09", "planned")]


def test_confirmed_visit_is_not_asked_again(booked, clock):
    visit = booked()
    visits.confirm(visit, now=clock.at)
    assert due(visit) == [("28 09", "planned"), ("30 09", "cancelled")]
    assert Alarm.objects.get(state="cancelled").reason == "confirmed"
    # At another time the answer holds no more.
    visits.move(visit, starts_at=visit.starts_at + DAY, now=clock.at)
    assert due(visit) == [("29 09", "planned"), ("01 09", "planned")]


def test_message_that_waits_in_the_outbox_is_taken_back_when_the_visit_is_confirmed(booked, clock):
    visit = booked()
    clock.set(visit.starts_at - DAY)
    alarm_queueing.plan()
    visits.confirm(visit, now=clock.at)
    assert list(Delivery.objects.order_by("pk").values_list("state", "reason")) == [
        ("scheduled", ""),
        ("cancelled", "confirmed"),
    ]


def test_patient_who_answers_the_first_text_gets_no_second(booked, clock):
    visit = booked()
    clock.set(visit.starts_at - 3 * DAY)
    alarm_queueing.plan()
    patient_answers.apply_answer(Delivery.objects.get(), inbound=None, intent=ReplyIntent.YES, now=clock.at)
    assert due(visit)[1] == ("30 09", "cancelled")


def test_step_that_is_added_to_a_confirmed_visit_asks_nobody(booked, kind, inside, clock):
    visit = booked()
    visits.confirm(visit, now=clock.at)
    add(kind, inside, clock, before=2, only_unconfirmed=True)
    assert due(visit) == [("28 09", "planned"), ("29 09", "cancelled"), ("30 09", "cancelled")]


def test_each_occurrence_of_a_series_is_reminded(booked, clock):
    root = booked(recurrence=WEEKLY)
    assert planned() == ["28 09", "30 09", "05 09", "07 09", "12 09", "14 09", "19 09", "21 09"]
    first = Alarm.objects.filter(event=root.event).first()
    assert Alarm.objects.filter(parent_alarm=first).count() == 3
    second = Appointment.objects.order_by("starts_at")[1]
    visits.confirm(second, now=clock.at)
    assert [state for _, state in due(second)] == ["planned", "cancelled"]
    assert planned(root) == ["28 09", "30 09"]


def test_another_type_plans_anew(booked, kind, inside, clock):
    visit = booked()
    other = AppointmentType.objects.create(name="Surgery")
    add(other, inside, clock, before=5, unit="hours")
    visits.change(visit, appointment_type=other, now=clock.at)
    assert due(visit) == [("01 04", "planned")]
    visits.change(visit, appointment_type=None, now=clock.at)
    assert due(visit) == []


def test_another_type_of_all_plans_the_series_anew(booked, inside, clock):
    root = booked(recurrence=WEEKLY)
    other = AppointmentType.objects.create(name="Surgery")
    add(other, inside, clock, before=5, unit="hours")
    visits.change(root, appointment_type=other, now=clock.at, reach=Reach.ALL)
    assert planned() == ["01 04", "08 04", "15 04", "22 04"]


def test_first_visit_that_is_changed_alone_leaves_the_plan_to_those_that_are_made_later(booked, inside, clock):
    root = booked(recurrence="RRULE:FREQ=WEEKLY")
    other = AppointmentType.objects.create(name="Surgery")
    add(other, inside, clock, before=5, unit="hours")
    visits.change(root, appointment_type=other, now=clock.at)
    assert planned(root) == ["01 04"]
    made = Appointment.objects.count()
    clock.set(clock.at + 30 * DAY)
    expansion.expand(now=clock.at)
    assert Appointment.objects.count() > made
    # The first one is at nine; the others have one three days and one a day before, also those made just now.
    later = Appointment.objects.exclude(pk=root.pk).filter(starts_at__gt=clock.at + 4 * DAY)
    assert {tuple(when[-2:] for when in planned(visit)) for visit in later} == {("09", "09")}


def test_change_of_a_plan_reaches_reminders_that_wait_and_no_others(booked, kind, inside, clock):
    visit = booked()
    clock.set(visit.starts_at - 3 * DAY)
    alarm_queueing.plan()
    Delivery.objects.update(state="accepted")
    Alarm.objects.filter(due_at__lte=clock.at).update(state="sent", status=5, num_attempt=1)
    far, near = ReminderStep.objects.order_by("pk")
    reminder_plans.change_step(near, before=2, now=clock.at)
    assert due(visit) == [("28 09", "sent"), ("29 09", "planned")]
    reminder_plans.change_step(far, before=36, unit="hours", now=clock.at)
    assert due(visit) == [("28 09", "sent"), ("29 09", "planned")]
    reminder_plans.remove_step(near, now=clock.at)
    assert due(visit) == [("28 09", "sent")]


def test_change_of_a_plan_reaches_occurrences_of_a_series_that_has_begun(booked, kind, inside, clock):
    root = booked(recurrence=WEEKLY)
    clock.set(root.starts_at + DAY)
    for step in ReminderStep.objects.all():
        reminder_plans.remove_step(step, now=clock.at)
    coming = Alarm.objects.waiting().filter(due_at__gt=clock.at)
    assert not coming.exists()
    add(kind, inside, clock, before=2, unit="hours")
    assert [f"{row.due_at.astimezone(NEW_YORK):%d %H}" for row in coming.order_by("due_at")] == [
        "08 07",
        "15 07",
        "22 07",
    ]


def test_change_of_a_plan_reaches_occurrences_that_are_made_later(booked, kind, inside, clock):
    root = booked(recurrence="RRULE:FREQ=WEEKLY")
    clock.set(root.starts_at + DAY)
    add(kind, inside, clock, before=2, unit="hours")
    clock.set(clock.at + 30 * DAY)
    expansion.expand(now=clock.at)
    last = Appointment.objects.order_by("-starts_at").first()
    assert Alarm.objects.filter(event=last.event, parent_alarm__event=root.event).count() == 3


def test_reminder_that_was_changed_by_hand_is_the_plans_no_more(booked, kind, inside, clock):
    visit = booked()
    first = Alarm.objects.order_by("due_at").first()
    alarms.change(first, advance_notice=7200, now=clock.at)
    reminder_plans.remove_step(ReminderStep.objects.order_by("pk")[1], now=clock.at)
    assert (Alarm.objects.get(pk=first.pk).plan_step, planned(visit)) == (None, ["28 09", "01 07"])


def test_business_days_count_back_over_weekends_and_closures(booked, kind, inside, clock):
    for weekday in range(5):
        OpeningHours.objects.create(weekday=weekday, opens=time(8), closes=time(17))
    ReminderStep.objects.all().delete()
    add(kind, inside, clock, before=2, business_days=True)
    # Tuesday: Friday, since Monday is the first business day before it.
    visit = booked()
    assert due(visit) == [("27 09", "planned")]
    visits.move(visit, starts_at=visit.starts_at + DAY, now=clock.at)
    assert due(visit) == [("30 09", "planned")]
    shut(clock, first="2026-12-07")
    root = booked(recurrence=WEEKLY, starts_at=visit.starts_at + DAY)
    assert planned(root) == ["01 09"]
    # Monday is closed: Thursday 10 December has its reminder on Tuesday, 8 December.
    second = Appointment.objects.filter(starts_at__gt=root.starts_at).order_by("starts_at").first()
    assert planned(second) == ["08 09"]


def test_closure_that_is_entered_later_counts_too(booked, kind, inside, clock):
    ReminderStep.objects.all().delete()
    add(kind, inside, clock, before=1, business_days=True)
    visit = booked()
    assert due(visit) == [("30 09", "planned")]
    shut(clock, first="2026-11-30")
    assert due(visit) == [("29 09", "planned")]


def test_plan_over_rest(api, world, kind, inside, clock, stranger_api):
    link = f"http://localhost/rest-api/appointment-type/{kind.pk}/"
    text = f"http://localhost/rest-api/sms-template/{inside.sms_template.pk}/"
    step = {"appointment_type": link, "before": 90, "unit": "minutes", "method": 2, "sms_template": text}
    made = api.post("/rest-api/reminder-step/", step)
    assert made.status_code == 201
    assert api.get(f"/rest-api/reminder-step/?appointment_type={kind.pk}").json()["count"] == 3
    address = made.json()["url"]
    assert api.patch(address, {"only_unconfirmed": True}).json()["only_unconfirmed"] is True
    assert stranger_api.get(address).status_code == 404
    assert client_of(world.staff).patch(address, {"before": 5}).status_code == 403
    refused = {
        "sms_template": {"appointment_type": link, "before": 2, "method": 2},
        "survey": {"appointment_type": link, "before": 2, "method": 1},
        "business_days": step | {"business_days": True},
        "before": step | {"before": 366, "unit": "days"},
    }
    for field, body in refused.items():
        answer = api.post("/rest-api/reminder-step/", body)
        assert (answer.status_code, list(answer.json())[:1]) == (400, [field])
    assert api.delete(address).status_code == 204


def test_plan_in_the_admin(booked, world, kind, clock, admin):
    visit = booked()
    page = f"/admin/appointments/appointmenttype/{kind.pk}/change/"
    fields = fields_of(admin.get(page))
    number = next(name for name, value in fields.items() if name.endswith("-before") and value == "3")
    answer = admin.post(page, fields | {number: "2"})
    assert answer.status_code == 302
    assert planned(visit) == ["29 09", "30 09"]


def test_cancelled_visit_that_is_restored_is_reminded_again(booked, clock):
    visit = booked()
    visits.cancel(visit, reason="other", now=clock.at)
    assert planned(visit) == []
    visits.restore(visit, now=clock.at)
    assert planned(visit) == ["28 09", "30 09"]
    assert visit.status == VisitStatus.SCHEDULED
