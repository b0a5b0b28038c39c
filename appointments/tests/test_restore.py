"""Cancelled visits and events that take place after all, and answers that are kept with the time they were for."""

from datetime import datetime, timedelta

import pytest

from accounts.models import AuditEntry
from appointments.models import Appointment
from appointments.services import desk_events, visit_rows, visits
from appointments.tests.visiting import NEW_YORK, press
from calendars.engine.states import AlarmMethod, AlarmResult, Reach
from calendars.models import Alarm
from calendars.services import events
from calendars.services.alarms import alarm_queueing, alarms
from calendars.services.series import expansion, series_edits
from notifications.models import Delivery, StaffItem

WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=4"
DAY, WEEK = 86_400, timedelta(weeks=1)


@pytest.fixture
def visit(book, inside, clock):
    """Return a function that books a visit for tomorrow with a text an hour before."""

    def booked(**fields):
        made = book(**fields)
        given = {"method": AlarmMethod.SMS, "sms_template": inside.sms_template, "advance_notice": 3600}
        alarms.create(made.event, now=clock.at, **given)
        return made

    return booked


def statuses():
    return list(Appointment.objects.order_by("starts_at").values_list("status", flat=True))


def states():
    return list(Alarm.objects.order_by("event__start").values_list("state", "due_at"))


def test_restored_visit_takes_place_and_its_reminder_is_sent_once(visit, clock):
    one = visit()
    (planned,) = states()
    clock.set(planned[1])
    alarm_queueing.plan()
    visits.cancel(one, reason="other", now=clock.at)
    visits.restore(one, now=clock.at)
    assert (one.status, states()) == ("scheduled", [("planned", planned[1])])
    alarm_queueing.plan()
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["cancelled", "scheduled"]
    assert not StaffItem.objects.exists()


def test_reminder_that_would_be_of_no_more_use_stays_cancelled(visit, clock):
    one = visit()
    visits.cancel(one, reason="other", now=clock.at)
    clock.set(one.starts_at + timedelta(hours=1))
    visits.restore(one, now=clock.at)
    assert (one.status, [state for state, _ in states()]) == ("scheduled", ["cancelled"])


def test_staff_are_told_when_the_slot_is_taken_since(visit, book, clock):
    one = visit()
    visits.cancel(one, reason="other", now=clock.at)
    book(starts_at=one.starts_at + timedelta(minutes=20))
    visits.restore(one, now=clock.at)
    item = StaffItem.objects.get()
    assert (item.code, item.values["title"], item.contact) == ("restored_slot_taken", "Check-up", one.contact)
    assert statuses() == ["scheduled", "scheduled"]


def test_visit_that_begins_where_another_ends_takes_no_slot(visit, book, clock):
    one = visit()
    visits.cancel(one, reason="other", now=clock.at)
    book(starts_at=one.ends_at)
    visits.restore(one, now=clock.at)
    assert not StaffItem.objects.exists()


def test_only_what_somebody_cancelled_can_be_restored(visit, api, clock):
    one = visit()
    answers = [
        api.post(f"/rest-api/{kind}/{pk}/restore/") for kind, pk in (("appointment", one.pk), ("event", one.event_id))
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "illegal_status")] * 2
    plain = events.create(
        calendar=one.event.calendar, creator=one.event.creator, title="Board", start=clock.at + WEEK, now=clock.at
    )
    answer = api.post(f"/rest-api/event/{plain.pk}/restore/")
    text = "The event takes place as it is; only one that somebody cancelled can be restored."
    assert (answer.status_code, answer.json()) == (409, {"detail": text, "code": "not_cancelled"})


def test_occurrence_is_restored_alone_or_with_what_was_cancelled_with_it(visit, clock):
    root = visit(recurrence=WEEKLY)
    rows = list(Appointment.objects.order_by("starts_at"))
    visits.cancel(rows[1], reason="other", now=clock.at)
    clock.forward(minutes=1)
    visits.cancel(rows[2], reason="other", now=clock.at, reach=Reach.FOLLOWING)
    visits.restore(rows[3], now=clock.at)
    assert statuses() == ["scheduled", "cancelled", "cancelled", "scheduled"]
    visits.restore(rows[2], now=clock.at, reach=Reach.ALL)
    assert statuses() == ["scheduled", "cancelled", "scheduled", "scheduled"]
    visits.restore(rows[1], now=clock.at)
    assert (statuses(), [state for state, _ in states()]) == (["scheduled"] * 4, ["planned"] * 4)
    assert root.event.pk == Appointment.objects.earliest("starts_at").event_id


@pytest.mark.parametrize("weeks", [0, 2])
def test_series_that_was_called_off_goes_on_when_all_are_restored(visit, clock, weeks):
    root = visit(recurrence="RRULE:FREQ=WEEKLY")
    clock.forward(days=7 * weeks)
    known = Appointment.objects.count()
    events.cancel(root.event, reason="x", now=clock.at)
    assert expansion.expand(now=clock.at + 3 * WEEK) == 0
    some = Appointment.objects.filter(status="cancelled").latest("starts_at")
    visits.restore(some, now=clock.at, reach=Reach.ALL)
    assert set(statuses()) == {"scheduled"}
    assert expansion.expand(now=clock.at + 3 * WEEK) > 0
    assert Appointment.objects.count() > known


def test_series_that_was_called_off_makes_nothing_when_one_is_restored_and_all_are_moved(visit, clock):
    root = visit(recurrence="RRULE:FREQ=WEEKLY")
    events.cancel(root.event, reason="x", now=clock.at)
    second = Appointment.objects.order_by("starts_at")[1]
    before = second.starts_at
    visits.restore(second, now=clock.at)
    visits.move(second, starts_at=before + timedelta(hours=1), now=clock.at, reach=Reach.ALL)
    assert expansion.expand(now=clock.at + 9 * WEEK) == 0
    live = Appointment.objects.exclude(status="cancelled")
    assert [row.starts_at for row in live] == [before + timedelta(hours=1)]


def test_visit_of_a_series_that_ended_before_it_survives_an_edit_of_all(visit, clock):
    root = visit(recurrence="RRULE:FREQ=WEEKLY")
    clock.set(root.ends_at)
    events.cancel(root.event, reason="x", now=clock.at)
    last = Appointment.objects.latest("starts_at")
    visits.restore(last, now=clock.at)
    series_edits.change(last.event, now=clock.at, reach=Reach.ALL, title="X-ray")
    last.refresh_from_db()
    assert (last.status, last.title) == ("scheduled", "X-ray")


def test_desk_restores_a_visit(visit, desk, clock):
    one = visit()
    visits.cancel(one, reason="other", now=clock.at)
    assert "This cannot be taken back" not in desk.get(f"/visits/{one.pk}/").content.decode()
    assert press(desk, one, "restore").status_code == 302
    assert (statuses(), b"planned anew" in desk.get(f"/visits/{one.pk}/").content) == (["scheduled"], True)


def test_desk_restores_an_event(visit, desk, clock):
    one = visit()
    plain = events.create(
        calendar=one.event.calendar, creator=one.event.creator, title="Board", start=clock.at + WEEK, now=clock.at
    )
    desk_events.cancel(plain, reason="other", now=clock.at)
    seen = desk.get(f"/events/{plain.pk}/").context["shown"].version
    assert desk.post(f"/events/{plain.pk}/", {"do": "restore", "seen": seen}).status_code == 302
    plain.refresh_from_db()
    assert plain.cancelled_at is None


def test_patient_who_said_no_is_asked_anew_after_a_restoration(visit, clock):
    one = visit()
    Alarm.objects.update(result=AlarmResult.CANCELLED, state="sent", status=5)
    visits.cancel(one, reason="patient_cancelled", now=clock.at)
    visits.restore(one, now=clock.at)
    assert Alarm.objects.get().result == AlarmResult.NO_RESULT


def test_yes_to_nine_is_no_yes_to_ten(visit, clock, api):
    one = visit()
    visit_rows.note_answer(one.event, confirmed=True, now=clock.at)
    Alarm.objects.update(result=AlarmResult.CONFIRMED, state="sent", status=5, due_at=clock.at)
    nine = one.starts_at
    one.refresh_from_db()
    visits.move(one, starts_at=nine + timedelta(hours=1), now=clock.at)
    told = api.get(f"/rest-api/appointment/{one.pk}/").json()
    assert (told["status"], told["answered_at"], told["answered_for"]) == (
        "scheduled",
        "2026-11-23T09:00:00Z",
        "2026-11-24T14:00:00Z",
    )
    assert Alarm.objects.get().result == AlarmResult.NO_RESULT


def test_yes_holds_when_only_the_length_changes(visit, clock):
    one = visit()
    visit_rows.note_answer(one.event, confirmed=True, now=clock.at)
    visits.change(one, ends_at=one.ends_at + timedelta(minutes=15), now=clock.at)
    assert (one.status, one.answered_for) == ("confirmed", one.starts_at)


def test_answer_is_in_the_history_with_its_time(visit, clock):
    one = visit()
    visit_rows.note_answer(one.event, confirmed=True, now=clock.at)
    entry = AuditEntry.objects.get(action="confirm")
    assert datetime.fromisoformat(entry.facts["starts_at"]) == datetime(2026, 11, 24, 9, tzinfo=NEW_YORK)


def test_yes_counts_no_more_also_where_nobody_is_told_of_the_new_time(visit, clock):
    one = visit()
    clock.set(one.starts_at - timedelta(minutes=50))
    Alarm.objects.update(result=AlarmResult.CONFIRMED, state="sent", status=5)
    visits.move(one, starts_at=one.starts_at - timedelta(minutes=15), now=clock.at)
    assert Alarm.objects.values_list("state", "result").get() == ("sent", AlarmResult.NO_RESULT)
