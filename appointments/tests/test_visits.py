"""Visits and their events."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from appointments.engine.states import VisitStatus
from appointments.errors import IllegalStatus, NoCreator, VisitHasTime
from appointments.models import Appointment
from appointments.services import visits
from calendars.engine.states import AlarmState, Reach
from calendars.models import Event, Rule
from calendars.services import events
from calendars.services.alarms import alarm_queueing, alarms, patient_answers
from calendars.services.series import expansion, series_edits
from config.kernel.errors import ExternalIdTaken
from notifications.engine.replies import ReplyIntent
from notifications.models import Delivery
from tests import factories

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def book(inside, clock):
    """Return a function that books a visit in two days."""
    patient = factories.contact(inside)

    def book(**fields):
        given = {"starts_at": clock.at + 2 * DAY, "ends_at": clock.at + 2 * DAY + timedelta(minutes=30), **fields}
        return visits.book(contact=patient, calendar=inside.calendar, now=clock.at, **given)

    return book


def checked():
    """Let the database compare the times now, as it would at the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def asked(visit, inside, clock):
    """Return the message that asked about a visit."""
    alarm = alarms.create(visit.event, now=clock.at, method=2, sms_template=inside.sms_template, advance_notice=86_400)
    clock.set(alarm.due_at)
    alarm_queueing.plan()
    return Delivery.objects.get(origin_id=alarm.pk)


def test_visits_follow_a_series_that_is_split(book, clock):
    visit = book(recurrence="RRULE:FREQ=DAILY;COUNT=6")
    child = visit.event.children.order_by("start")[2]
    series_edits.change(child, now=clock.at, reach=Reach.FOLLOWING, start=child.start + timedelta(hours=1))
    checked()
    found = Appointment.objects.order_by("starts_at").values_list("starts_at", "ends_at", "event__start", "event__end")
    assert [(start, end) for start, end, _, _ in found] == [(start, end) for _, _, start, end in found]
    assert [start.hour - visit.starts_at.hour for start, *_ in found] == [0, 0, 0, 1, 1, 1]


def test_visit_has_an_event_of_the_same_time(book, inside):
    visit = book(title="Cleaning", external_id="A-1")
    event = visit.event
    assert (event.start, event.end, event.title) == (visit.starts_at, visit.ends_at, "Cleaning")
    assert (event.contact, event.creator, visit.clinic) == (visit.contact, inside.calendar_user, inside.clinic)
    checked()


def test_naive_time_is_the_clinics(book):
    visit = book(starts_at=datetime.fromisoformat("2026-12-01T09:00"), ends_at=None)
    assert (visit.starts_at, visit.ends_at) == (
        datetime(2026, 12, 1, 14, tzinfo=UTC),
        datetime(2026, 12, 1, 15, tzinfo=UTC),
    )


def test_external_id_is_taken_once(book):
    book(external_id="A-1")
    with pytest.raises(ExternalIdTaken):
        book(external_id="A-1")


def test_calendar_without_user_needs_a_creator(book, inside):
    inside.calendar.user = None
    with pytest.raises(NoCreator):
        book()
    assert book(creator=inside.calendar_user).event.creator == inside.calendar_user


def test_moved_visit_keeps_its_length(book, clock):
    visit = visits.move(book(), starts_at=clock.at + 5 * DAY, now=clock.at)
    event = Event.objects.get()
    assert (event.start, event.end) == (visit.starts_at, visit.ends_at)
    assert visit.ends_at - visit.starts_at == timedelta(minutes=30)
    checked()


def test_visit_follows_its_event(book, clock):
    visit = book()
    visits.confirm(visit, now=clock.at)
    events.change(visit.event, now=clock.at, start=clock.at + 5 * DAY)
    visit.refresh_from_db()
    assert (visit.starts_at, visit.status) == (clock.at + 5 * DAY, VisitStatus.SCHEDULED)
    checked()


def test_database_refuses_a_difference(book, clock):
    visit = book()
    Appointment.objects.filter(pk=visit.pk).update(starts_at=clock.at)
    with pytest.raises(IntegrityError), transaction.atomic():
        checked()
    Appointment.objects.filter(pk=visit.pk).update(starts_at=visit.starts_at)


def test_cancelled_visit_stops_its_messages(book, inside, clock):
    visit = book()
    message = asked(visit, inside, clock)
    visits.cancel(visit, reason="test", now=clock.at)
    message.refresh_from_db()
    assert (visit.status, message.state) == (VisitStatus.CANCELLED, "cancelled")
    assert visit.event.alarms.get().state == AlarmState.CANCELLED


def test_second_cancellation_changes_nothing(book, clock):
    visit = book()
    visits.cancel(visit, reason="test", now=clock.at)
    version = Event.objects.get().version
    visits.cancel(visit, reason="test", now=clock.at)
    assert Event.objects.get().version == version


def test_cancelled_event_cancels_its_visit(book, clock):
    visit = book()
    events.cancel(visit.event, reason="test", now=clock.at)
    visit.refresh_from_db()
    assert visit.status == VisitStatus.CANCELLED


@pytest.mark.parametrize(
    ("intent", "status"), [(ReplyIntent.YES, VisitStatus.CONFIRMED), (ReplyIntent.NO, VisitStatus.CANCELLED)]
)
def test_answer_reaches_the_visit(book, inside, clock, intent, status):
    visit = book()
    patient_answers.apply_answer(asked(visit, inside, clock), inbound=None, intent=intent, now=clock.at)
    visit.refresh_from_db()
    assert (visit.status, visit.answered_at) == (status, clock.at)


@pytest.mark.parametrize("status", ["confirmed", "scheduled", "no_show", "nonsense"])
def test_cancelled_visit_takes_no_other_status(book, clock, status):
    visit = visits.cancel(book(), reason="test", now=clock.at)
    with pytest.raises(IllegalStatus):
        visits.set_status(visit, status=status, now=clock.at)


def test_cancelled_visit_cannot_be_moved(book, clock):
    visit = visits.cancel(book(), reason="test", now=clock.at)
    with pytest.raises(IllegalStatus):
        visits.move(visit, starts_at=clock.at + 3 * DAY, now=clock.at)


def test_series_gets_a_visit_for_each_occurrence(book, clock):
    root = book(rule=Rule.objects.get(pk=6), title="Physio")
    clock.forward(days=3)
    expansion.expand(now=clock.at)
    visits = Appointment.objects.order_by("starts_at")
    assert visits.count() == Event.objects.count() > 30
    assert {visit.title for visit in visits} == {"Physio"}
    assert visits[1].starts_at == root.starts_at + DAY
    checked()


def test_one_occurrence_is_cancelled_alone(book, clock):
    visit = book(rule=Rule.objects.get(pk=6))
    visits.cancel(visit, reason="test", now=clock.at)
    assert Appointment.objects.exclude(status=VisitStatus.CANCELLED).count() == Event.objects.count() - 1


@pytest.mark.parametrize("end", [None, "2027-03-14T03:00"], ids=["no end", "end in the gap"])
def test_start_in_an_hour_that_the_clock_leaves_out_keeps_its_length(inside, clock, end):
    visit = visits.book(
        contact=factories.contact(inside),
        calendar=inside.calendar,
        now=clock.at,
        starts_at=datetime.fromisoformat("2027-03-14T02:30"),
        ends_at=datetime.fromisoformat(end) if end else None,
    )
    assert visit.starts_at.isoformat() == "2027-03-14T07:30:00+00:00"
    assert visit.ends_at - visit.starts_at == timedelta(minutes=30 if end else 60)


@pytest.mark.parametrize("kind", ["all_day", "floating"])
def test_a_visit_keeps_its_time_of_day(book, api, kind):
    visit = book()
    answer = api.patch(f"/rest-api/event/{visit.event_id}/", {kind: True})
    assert (answer.status_code, list(answer.json()), answer.json()["code"]) == (400, [kind, "code"], "visit_has_time")
    with pytest.raises(VisitHasTime):
        book(**{kind: True, "starts_at": datetime.fromisoformat("2026-12-24T00:00"), "ends_at": None})
    event = Event.objects.get()
    assert (event.kind, event.version, event.start) == ("timed", 1, visit.starts_at)
