"""Rows of visits: what a copy fills, and that every change of one is a new version."""

import re
from datetime import timedelta

import pytest

from appointments.engine.states import VisitStatus
from appointments.errors import IllegalStatus
from appointments.models import Appointment
from appointments.services import visit_edits, visit_rows, visits
from calendars.engine.states import Reach
from calendars.errors import ChangedMeanwhile
from calendars.services import event_edit_routing

pytestmark = pytest.mark.django_db
WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=4"


def test_visits_of_new_occurrences_are_filled_whole():
    listed = re.search(r"INSERT INTO \w+\s+\(([^)]+)\)", visit_rows.INSERT_OF_OCCURRENCES)[1]
    columns = {field.column for field in Appointment._meta.concrete_fields}
    # Its number and key, when it was made, what its patient answers, why it alone may overlap, and what a first one
    # notes of its series.
    assert set(re.findall(r"\w+", listed)) == columns - {
        *("id", "uuid", "created_at", "answered_at", "answered_for", "updated_at", "updated_in", "series_fields"),
        "overlap_reason",
    }


def test_visits_of_new_occurrences_take_over_what_is_the_series(book):
    root = book(recurrence=WEEKLY, external_id="A-1")
    child = Appointment.objects.exclude(pk=root.pk).first()
    own = {
        "id",
        "uuid",
        "event",
        "starts_at",
        "ends_at",
        "external_id",
        "created_at",
        "status",
        "overlap_reason",
        "answered_at",
        "answered_for",
        "changes",
        "updated_at",
        "updated_in",
        "series_fields",
    }
    taken = {field.name for field in Appointment._meta.concrete_fields} - own
    copied = {*visit_edits.OF_SERIES, *visit_edits.OF_ONE} - {"external_id"}
    assert taken == {"organization", "contact", "title", *copied}
    assert {name: getattr(child, name) for name in taken} == {name: getattr(root, name) for name in taken}


EDITS = {
    "move": lambda visit, now: visits.move(visit, starts_at=visit.starts_at + timedelta(hours=1), now=now),
    "rename": lambda visit, now: visits.rename(visit, title="X-ray", now=now),
    "external id": lambda visit, now: visits.change(visit, external_id="A-1", now=now),
    "confirm": lambda visit, now: visits.confirm(visit, now=now),
    "cancel": lambda visit, now: visits.cancel(visit, reason="other", now=now),
    "event": lambda visit, now: event_edit_routing.change(visit.event, now=now, description="Bring the card."),
    "answer": lambda visit, now: visit_rows.note_answer(visit.event, confirmed=True, now=now),
}


def now_of(visit):
    """Read a visit as another editor would."""
    return Appointment.objects.select_related("event").get(pk=visit.pk)


@pytest.mark.parametrize("edit", EDITS)
def test_every_change_is_a_new_version(book, clock, edit):
    visit = book()
    EDITS[edit](now_of(visit), clock.at)
    assert now_of(visit).version > visit.version


VERBS = {
    "move": lambda visit, **how: visits.move(visit, starts_at=visit.starts_at + timedelta(hours=1), **how),
    "rename": lambda visit, **how: visits.rename(visit, title="X-ray", **how),
    "change": lambda visit, **how: visits.change(visit, external_id="A-1", **how),
    "set_status": lambda visit, **how: visits.set_status(visit, status="confirmed", **how),
    "cancel": lambda visit, **how: visits.cancel(visit, reason="other", **how),
    "delete": visits.delete,
}


@pytest.mark.parametrize("reach", list(Reach))
@pytest.mark.parametrize("verb", VERBS)
def test_verb_is_refused_to_who_saw_another_version(book, clock, verb, reach):
    book(recurrence=WEEKLY)
    visit = Appointment.objects.select_related("event").order_by("starts_at")[1]
    seen = visit.version
    visits.change(now_of(visit), external_id="B-2", now=clock.at)
    before = list(Appointment.objects.order_by("pk").values())
    with pytest.raises(ChangedMeanwhile):
        VERBS[verb](visit, now=clock.at, reach=reach, version=seen)
    assert list(Appointment.objects.order_by("pk").values()) == before
    VERBS[verb](visit, now=clock.at, reach=reach, version=now_of(visit).version)
    assert list(Appointment.objects.order_by("pk").values()) != before


def test_what_says_nothing_new_changes_nothing(book, clock):
    visit = book()
    stands = {"starts_at": visit.starts_at, "ends_at": visit.ends_at, "title": "Check-up", "clinic": visit.clinic}
    visits.change(visit, now=clock.at, calendar=visit.event.calendar, contact=visit.contact, **stands)
    assert now_of(visit).version == 1


def test_visit_without_a_title_has_none_again(book, clock):
    visit = book(title="")
    assert (visit.title, visit.event.title) == ("", "Appointment")
    visits.rename(visit, title="X-ray", now=clock.at)
    assert (visit.title, now_of(visit).event.title) == ("X-ray", "X-ray")
    visits.rename(visit, title="", now=clock.at)
    assert (visit.title, now_of(visit).event.title) == ("", "Appointment")


@pytest.mark.parametrize("status", [VisitStatus.COMPLETED, VisitStatus.NO_SHOW])
def test_visit_that_is_over_is_neither_moved_nor_cancelled(book, clock, status):
    booked = book()
    clock.set(booked.starts_at)
    visit = visits.set_status(booked, status=status, now=clock.at)
    for verb in ("move", "cancel"):
        with pytest.raises(IllegalStatus):
            VERBS[verb](visit, now=clock.at)
    with pytest.raises(IllegalStatus):
        event_edit_routing.cancel(visit.event, reason="other", now=clock.at)
    assert (now_of(visit).status, now_of(visit).event.cancelled_at) == (status, None)


def test_statuses_of_what_is_to_come_are_set_together(book, clock):
    book(recurrence=WEEKLY)
    first, second, third, fourth = Appointment.objects.order_by("starts_at")
    visits.cancel(fourth, reason="other", now=clock.at)
    visits.confirm(second, now=clock.at, reach=Reach.FOLLOWING)
    rows = Appointment.objects.order_by("starts_at").values_list("status", flat=True)
    assert list(rows) == ["scheduled", "confirmed", "confirmed", "cancelled"]
    visits.confirm(third, now=clock.at, reach=Reach.ALL)
    assert now_of(first).status == "confirmed"
