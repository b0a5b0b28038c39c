"""What became of a visit: each change with who, when, through which channel, from and to."""

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command

from accounts.engine.audit_actor import Actor, ChangeChannel
from accounts.models import Via
from accounts.services import audit
from appointments.engine.states import OPEN, TRANSITIONS, VisitStatus, is_too_early, legal
from appointments.errors import IllegalStatus, NoShowTooEarly
from appointments.models import Appointment, HistoryEntry
from appointments.services import visits, visits_bulk
from appointments.services.visits_bulk import Booking
from appointments.tests.visiting import NEW_YORK, WEEKLY, browser, press
from calendars.engine.states import Reach
from calendars.models import Alarm, Event
from calendars.services import events
from calendars.services.alarms import alarm_queueing, alarms, patient_answers
from calendars.tests.closed import shut
from contacts.models import Contact
from contacts.services import erasure
from notifications.engine.replies import ReplyIntent
from notifications.models import Delivery
from tests import factories

pytestmark = pytest.mark.django_db
ANA = Actor(via=Via.SESSION, identity="user:7", name="Ana")


def told(visit):
    """Return kind, from and to of each line of a visit's history."""
    rows = HistoryEntry.objects.filter(appointment=visit)
    return [(row.kind, row.from_status, row.to_status) for row in rows]


def doers():
    """Return who made the changes, and through which channel."""
    return [(row.identity, row.channel) for row in HistoryEntry.objects.all()]


def ask(inside, visit, clock):
    """Send the patient a text about a visit, and return it."""
    event = visit if isinstance(visit, Event) else visit.event
    alarm = alarms.create(event, now=clock.at, method=2, sms_template=inside.sms_template, advance_notice=7200)
    clock.set(alarm.due_at)
    alarm_queueing.plan()
    return Delivery.objects.get(origin_id=alarm.pk)


def test_every_change_leaves_a_line_with_from_and_to(book, clock):
    visit = book()
    begins, ends = visit.starts_at, visit.ends_at
    visits.confirm(visit, now=clock.at)
    visits.move(visit, starts_at=begins + timedelta(hours=1), now=clock.at)
    visits.rename(visit, title="X-ray", now=clock.at)
    visits.cancel(visit, reason="other", now=clock.at)
    visits.restore(visit, now=clock.at)
    assert told(visit) == [
        ("booked", "", "scheduled"),
        ("status", "scheduled", "confirmed"),
        ("status", "confirmed", "scheduled"),
        ("moved", "scheduled", "scheduled"),
        ("renamed", "scheduled", "scheduled"),
        ("status", "scheduled", "cancelled"),
        ("status", "cancelled", "scheduled"),
    ]
    moved, renamed = HistoryEntry.objects.filter(kind__in=["moved", "renamed"])
    assert (moved.from_start, moved.to_start) == (begins, begins + timedelta(hours=1))
    assert (moved.from_end, moved.to_end) == (ends, ends + timedelta(hours=1))
    assert (renamed.from_title, renamed.to_title, moved.to_title) == ("Check-up", "X-ray", "")
    assert {row.at for row in HistoryEntry.objects.all()} == {clock.at}


def test_change_that_says_nothing_new_leaves_no_line(book, clock):
    visit = book()
    visits.confirm(visit, now=clock.at)
    visits.confirm(visit, now=clock.at)
    visits.change(visit, now=clock.at, summary="Knee")
    assert told(visit) == [("booked", "", "scheduled"), ("status", "scheduled", "confirmed")]


def test_line_tells_who_and_through_which_channel(book, clock):
    with audit.acting(ANA):
        visit = book()
    with audit.acting(Actor(via=Via.KEY, identity="key:3", name="Their program")):
        visits.confirm(visit, now=clock.at)
    with audit.acting_through(ChangeChannel.IMPORT):
        visits.move(visit, starts_at=visit.starts_at + timedelta(hours=1), now=clock.at)
    mine = audit.actor().identity
    assert doers() == [("user:7", "page"), ("key:3", "api"), (mine, "import"), (mine, "import")]
    assert list(HistoryEntry.objects.values_list("name", flat=True)[:2]) == ["Ana", "Their program"]


def test_change_past_the_services_leaves_a_line_too(book):
    visit = book()
    Appointment.objects.filter(pk=visit.pk).update(status=VisitStatus.COMPLETED)
    assert told(visit)[1:] == [("status", "scheduled", "completed")]


def test_occurrences_closures_and_whole_series_leave_lines(book, clock, inside):
    root = book(recurrence=WEEKLY, on_closure="skip")
    third = Appointment.objects.order_by("starts_at")[2]
    shut(clock, third.starts_at.date().isoformat())
    assert told(third) == [("booked", "", "scheduled"), ("status", "scheduled", "cancelled")]
    visits.cancel(root, reason="other", now=clock.at, reach=Reach.ALL)
    assert HistoryEntry.objects.filter(kind="booked").count() == 4
    assert HistoryEntry.objects.filter(to_status="cancelled").count() == 4


@pytest.mark.parametrize(("intent", "status"), [(ReplyIntent.YES, "confirmed"), (ReplyIntent.NO, "cancelled")])
def test_answer_by_text_stands_in_the_history_of_its_visit(book, clock, inside, intent, status):
    visit = book()
    patient_answers.apply_answer(ask(inside, visit, clock), inbound=None, intent=intent, now=clock.at)
    assert told(visit)[1:] == [("status", "scheduled", status)]
    assert doers()[1:] == [(f"contact:{visit.contact_id}", "sms_reply")]


@pytest.mark.parametrize(("intent", "status"), [(ReplyIntent.YES, "confirmed"), (ReplyIntent.NO, "cancelled")])
def test_answer_about_an_event_of_a_patient_makes_it_a_visit(make_event, clock, inside, intent, status):
    event = make_event(title="Vaccination")
    patient_answers.apply_answer(ask(inside, event, clock), inbound=None, intent=intent, now=clock.at)
    visit = Appointment.objects.get(event=event)
    assert (visit.status, visit.title, visit.contact_id) == (status, "Vaccination", event.contact_id)
    assert (visit.clinic, visit.answered_at) == (inside.clinic, clock.at)
    assert told(visit) == [("booked", "", "scheduled"), ("status", "scheduled", status)]


def test_answer_about_one_occurrence_makes_a_visit_of_that_one(make_event, clock, inside):
    root = make_event(recurrence=WEEKLY)
    first = Event.objects.exclude(pk=root.pk).order_by("start").first()
    patient_answers.apply_answer(ask(inside, first, clock), inbound=None, intent=ReplyIntent.YES, now=clock.at)
    assert list(Appointment.objects.values_list("event_id", "status")) == [(first.pk, "confirmed")]


def test_answer_about_whole_days_makes_no_visit(make_event, clock, inside):
    event = make_event(all_day=True, start=datetime(2026, 11, 24), end=datetime(2026, 11, 25))  # noqa: DTZ001
    patient_answers.apply_answer(ask(inside, event, clock), inbound=None, intent=ReplyIntent.YES, now=clock.at)
    assert not Appointment.objects.exists()
    assert Alarm.objects.get().result == 1


@pytest.fixture
def make_event(inside, clock):
    """Return a function that makes an event with a patient and no visit."""

    def make_event(**fields):
        start = datetime(2026, 11, 24, 9, tzinfo=NEW_YORK)
        given = {"title": "Vaccination", "start": start, "contact": factories.contact(inside), **fields}
        return events.create(calendar=inside.calendar, creator=inside.calendar_user, now=clock.at, **given)

    return make_event


def test_table_of_statuses_knows_every_status_and_what_is_over():
    assert set(TRANSITIONS) == set(VisitStatus)
    assert [status for status in VisitStatus if not TRANSITIONS[status]] == [VisitStatus.CANCELLED]
    # Open are those that can be cancelled.
    assert {status for status in VisitStatus if legal(status, VisitStatus.CANCELLED)} == {*OPEN, VisitStatus.CANCELLED}
    assert not legal(VisitStatus.IN_CHAIR, VisitStatus.NO_SHOW)
    assert not legal(VisitStatus.COMPLETED, VisitStatus.SCHEDULED)
    assert all(legal(status, status) for status in VisitStatus)


def test_nobody_is_missed_before_the_visit_begins():
    begins = datetime(2026, 11, 24, 9, tzinfo=NEW_YORK)
    early = begins - timedelta(microseconds=1)
    assert is_too_early(VisitStatus.NO_SHOW, starts_at=begins, now=early)
    assert not is_too_early(VisitStatus.NO_SHOW, starts_at=begins, now=begins)
    assert not is_too_early(VisitStatus.COMPLETED, starts_at=begins, now=early)


def test_no_show_before_its_time_is_refused_with_words(book, clock, api):
    visit = book()
    with pytest.raises(NoShowTooEarly):
        visits.set_status(visit, status=VisitStatus.NO_SHOW, now=clock.at)
    answer = api.patch(f"/rest-api/appointment/{visit.pk}/", {"status": "no_show"})
    assert (answer.status_code, answer.json()["code"]) == (409, "no_show_too_early")
    clock.set(visit.starts_at)
    answer = api.patch(f"/rest-api/appointment/{visit.pk}/", {"status": "no_show"})
    assert (answer.status_code, answer.json()["status"]) == (200, "no_show")


def test_no_show_that_is_to_come_is_not_booked_in_bulk(inside, clock):
    start = clock.at + timedelta(days=1)
    coming = Booking(factories.contact(inside), start, start + timedelta(hours=1), status=VisitStatus.NO_SHOW)
    with pytest.raises(NoShowTooEarly):
        visits_bulk.book([coming], calendar=inside.calendar, now=clock.at)


def test_table_with_a_no_show_that_is_to_come_tells_its_row(inside, world, tmp_path, capsys):
    path = tmp_path / "visits.csv"
    path.write_text("external_id,first_name,start,status,phone\nx1,Ana,2026-12-24 09:00,noshow,+15551234567\n")
    call_command("import_appointments", str(path), "--organization", "Riverside", "--commit")
    assert not Appointment.objects.exists()
    assert "nobody can have missed it" in capsys.readouterr().err


def test_arrival_is_one_visits_whatever_the_reach(book, clock):
    root = book(recurrence=WEEKLY)
    visits.set_status(root, status=VisitStatus.ARRIVED, now=clock.at, reach=Reach.ALL)
    statuses = Appointment.objects.order_by("starts_at").values_list("status", flat=True)
    assert list(statuses) == ["arrived", "scheduled", "scheduled", "scheduled"]


def test_visit_of_a_patient_in_the_chair_that_is_moved_is_scheduled_again(book, clock):
    visit = book()
    visits.set_status(visit, status=VisitStatus.IN_CHAIR, now=clock.at)
    visits.move(visit, starts_at=visit.starts_at + timedelta(days=1), now=clock.at)
    assert visit.status == VisitStatus.SCHEDULED


def test_patient_in_the_chair_did_come(book, clock):
    visit = book()
    clock.set(visit.starts_at)
    visits.set_status(visit, status=VisitStatus.IN_CHAIR, now=clock.at)
    with pytest.raises(IllegalStatus):
        visits.set_status(visit, status=VisitStatus.NO_SHOW, now=clock.at)


def test_history_over_rest(book, world, clock, api, stranger_api):
    visit = book()
    api.post(f"/rest-api/appointment/{visit.pk}/confirm/")
    found = api.get(f"/rest-api/appointment/{visit.pk}/history/").json()
    assert (found["next"], found["previous"], len(found["results"])) == (None, None, 2)
    booked, confirmed = found["results"]
    assert booked == {
        "id": booked["id"],
        "at": "2026-11-23T09:00:00Z",
        "kind": "booked",
        "from_status": None,
        "to_status": "scheduled",
        "from_start": None,
        "to_start": "2026-11-24T09:00:00-05:00",
        "from_end": None,
        "to_end": "2026-11-24T09:30:00-05:00",
        "from_title": "",
        "to_title": "",
        "identity": booked["identity"],
        "name": booked["name"],
        "channel": "system",
    }
    assert (confirmed["from_status"], confirmed["to_status"]) == ("scheduled", "confirmed")
    assert confirmed["identity"] == f"user:{world.owner.pk}"
    assert stranger_api.get(f"/rest-api/appointment/{visit.pk}/history/").status_code == 404


def test_page_shows_the_history_and_records_the_day(book, desk, world, clock):
    visit = book()
    assert press(desk, visit, "record", status="arrived").status_code == 302
    page = desk.get(f"/visits/{visit.pk}/")
    arrived, booked = page.context["shown"].history
    assert (arrived.what, arrived.change, arrived.who, arrived.channel) == (
        "Status",
        "Scheduled → Arrived",
        world.staff.username,
        "Page",
    )
    assert booked.change == "Tuesday, 24 November 2026, 09:00–09:30"
    assert "Scheduled → Arrived" in page.content.decode()
    # Nobody can miss what is to come.
    assert page.context["shown"].steps == ("in_chair", "completed")
    clock.set(visit.starts_at)
    desk = browser(world.staff)
    assert press(desk, visit, "record", status="no_show").status_code == 302
    assert desk.get(f"/visits/{visit.pk}/").context["shown"].steps == ("arrived", "in_chair", "completed")


def test_admin_shows_the_history(book, desk, clock):
    visit = book()
    visits.move(visit, starts_at=visit.starts_at + timedelta(hours=1), now=clock.at)
    page = desk.get(f"/admin/appointments/appointment/{visit.pk}/change/").content.decode()
    assert "Tuesday, 24 November 2026, 09:00–09:30 → Tuesday, 24 November 2026, 10:00–10:30" in page


def test_titles_leave_the_history_when_a_person_is_erased(book, clock, world):
    visit = book()
    visits.rename(visit, title="HIV test", now=clock.at)
    erasure.erase(Contact.objects.get(pk=visit.contact_id), by=world.owner, now=clock.at)
    rows = HistoryEntry.objects.filter(appointment=visit)
    assert {title for row in rows for title in (row.from_title, row.to_title)} == {""}
    assert rows.count() > 2
