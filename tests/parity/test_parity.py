"""The same edit leaves the same rows by every entry point."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from accounts.models import AuditEntry, Clinic
from appointments.models import Appointment, HistoryEntry
from appointments.services import visits
from appointments.tests.visiting import browser
from calendars.engine.states import AlarmMethod, Reach
from calendars.models import Alarm, Calendar, Event
from calendars.services.alarms import alarm_queueing, alarms
from notifications.models import Delivery, StaffItem
from tests import factories
from tests.parity.entry_points import ENTRY_POINTS, EXTERNAL, NOT_OFFERED, UID, ZONE, Case

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 12, 1, 9, tzinfo=ZONE)  # a Tuesday
WEEK, MONTH = timedelta(days=7), 30 * 86_400
TABLES = (Appointment, HistoryEntry, Event, Alarm, Delivery, StaffItem)
# When a row was written, and what names it.
WRITTEN = {"id", "uuid", "created_at", "created_on", "created_date", "changed_at", "dedup_key", "token_hash"}
# Who did it, and through which channel, is what differs between entry points.
OF_DOER = {HistoryEntry: {"at", "identity", "name", "channel"}}
# What a file tells besides, and keeps to know itself again.
OF_FILES = {"data", "description"}
# Of which visit, how far, and how many weeks of the series have been.
CASES = [
    ("alone", Reach.THIS, 0),
    ("first", Reach.THIS, 0),
    ("third", Reach.THIS, 0),
    ("third", Reach.FOLLOWING, 0),
    ("third", Reach.ALL, 0),
    ("first", Reach.ALL, 0),
    ("third", Reach.THIS, 1),
    ("third", Reach.FOLLOWING, 1),
    ("third", Reach.ALL, 1),
]
IDS = [f"{part}-{reach}-{'begun' if weeks else 'ahead'}" for part, reach, weeks in CASES]


@pytest.fixture
def case(inside, api, clock, tmp_path):
    """Return a function that books Ana's visits, each with a text in the outbox, and the deed to do with one."""
    patient = factories.contact(inside)

    def begin(part, reach, weeks, **wanted):
        root = visits.book(
            contact=patient,
            calendar=inside.calendar,
            starts_at=NINE,
            ends_at=NINE + timedelta(minutes=30),
            now=clock.at,
            title="Check-up",
            uid=UID,
            recurrence="" if part == "alone" else "RRULE:FREQ=WEEKLY;COUNT=4",
        )
        alarms.create(
            root.event, now=clock.at, method=AlarmMethod.SMS, sms_template=inside.sms_template, advance_notice=MONTH
        )
        rows = Appointment.objects.order_by("starts_at")
        visits.change(rows[2 if part == "third" else 0], now=clock.at, external_id=EXTERNAL)
        clock.set(NINE + timedelta(hours=1) + (weeks - 1) * WEEK if weeks else clock.at)
        alarm_queueing.plan()
        visit = Appointment.objects.select_related("event", "contact").get(external_id=EXTERNAL)
        return Case(visit, reach, inside, api, browser(inside.staff), clock.at, tmp_path, wanted)

    return begin


def moved(case):
    """Say that the visit goes to eleven and takes longer."""
    start = case.visit.starts_at + timedelta(hours=2)
    case.wanted |= {"starts_at": start, "ends_at": start + timedelta(minutes=45)}
    return case


def known():
    """Return the ids of all rows that are there before the deed."""
    return {model: set(model.objects.values_list("pk", flat=True)) for model in (*TABLES, AuditEntry)}


def snapshot(before):
    """Return all rows as they stand, whole; what was made by the deed has no number."""
    connection.check_constraints()
    found = {model.__name__: _rows(model, before) for model in TABLES}
    # That a file was taken in is told beside what it did.
    told = AuditEntry.objects.exclude(pk__in=before[AuditEntry]).exclude(kind__startswith="calendars.calendar")
    told = told.values_list("kind", "action")
    return found | {"AuditEntry": sorted(told)}


def _rows(model, before):
    fields = [field for field in model._meta.concrete_fields if field.name not in WRITTEN | OF_DOER.get(model, set())]
    rows = [
        {field.attname: _value(field, value, before) for field, value in zip(fields, row, strict=True)}
        for row in model.objects.order_by("pk").values_list(*(field.attname for field in fields))
    ]
    return sorted(rows, key=repr)


def without(columns, found):
    """Leave columns out of a snapshot."""
    rows = {model.__name__: found[model.__name__] for model in TABLES}
    kept = {
        name: sorted(({key: row[key] for key in row if key not in columns} for row in each), key=repr)
        for name, each in rows.items()
    }
    return found | kept


def _value(field, value, before):
    if field.name == "origin_id":
        return value if value in before[Alarm] else "new"
    kept = before.get(field.related_model) if field.is_relation else None
    return "new" if kept is not None and value is not None and value not in kept else value


def outcome(entry_point, case, before):
    """Edit by an entry point, plan messages, return the rows, and roll back."""
    if case.visit:
        case = replace(case, visit=Appointment.objects.select_related("event", "contact").get(pk=case.visit.pk))
    with transaction.atomic():
        if entry_point(case) is NOT_OFFERED:
            found = NOT_OFFERED
        else:
            alarm_queueing.plan()
            found = snapshot(before)
        transaction.set_rollback(True)
    return found


def compare(verb, case):
    """Compare the rows of every entry point with the service's; return the names of those that offer the verb."""
    before = known()
    unchanged = snapshot(before)
    found = {name: outcome(entry_point, case, before) for name, entry_point in ENTRY_POINTS[verb].items()}
    offered = {name: rows for name, rows in found.items() if rows is not NOT_OFFERED}
    assert offered["service"] != unchanged, "the edit does nothing"
    for name, rows in offered.items():
        ignored = OF_FILES if name == "iCalendar file" else set()
        assert without(ignored, rows) == without(ignored, offered["service"]), name
    assert snapshot(before) == unchanged, "an entry point left something behind"
    return list(offered)


def test_visit_is_booked_alike(inside, api, clock, tmp_path):
    wanted = {
        "contact": factories.contact(inside),
        "calendar": inside.calendar,
        "starts_at": NINE,
        "ends_at": NINE + timedelta(minutes=30),
        "title": "Check-up",
        "external_id": EXTERNAL,
    }
    case = Case(None, Reach.THIS, inside, api, browser(inside.staff), clock.at, tmp_path, wanted)
    assert compare("book", case) == ["service", "REST visit", "admin visit", "table"]


@pytest.mark.parametrize(("part", "reach", "weeks"), CASES, ids=IDS)
def test_visit_is_moved_alike(case, part, reach, weeks):
    offered = compare("move", moved(case(part, reach, weeks)))
    assert {"REST visit", "REST event", "admin visit", "admin event", "desk visit"} <= set(offered)
    assert ("table" in offered) == (reach == Reach.THIS)


@pytest.mark.parametrize(("part", "reach", "weeks"), CASES, ids=IDS)
def test_visit_is_renamed_alike(case, part, reach, weeks):
    offered = compare("rename", case(part, reach, weeks, title="X-ray"))
    assert {"REST visit", "REST event", "admin visit", "admin event"} <= set(offered)


@pytest.mark.parametrize(("part", "reach", "weeks"), CASES, ids=IDS)
def test_visit_goes_to_another_calendar_alike(case, inside, part, reach, weeks):
    room = Calendar.objects.create(name="Room 2", user=inside.calendar_user, clinic=inside.clinic)
    offered = compare("change", moved(case(part, reach, weeks, calendar=room)))
    assert offered == ["service", "REST visit", "REST event", "admin event"]


@pytest.mark.parametrize(("part", "reach", "weeks"), CASES, ids=IDS)
def test_visit_goes_to_another_clinic_alike(case, part, reach, weeks):
    north = Clinic.objects.create(number=2, name="North", time_zone="America/New_York")
    assert compare("change", case(part, reach, weeks, clinic=north)) == ["service", "REST visit"]


@pytest.mark.parametrize("part", ["alone", "third"])
def test_visit_gets_another_external_id_alike(case, part):
    offered = compare("change", case(part, Reach.THIS, 0, external_id="other"))
    assert offered == ["service", "REST visit", "admin visit"]


@pytest.mark.parametrize(
    ("part", "reach", "weeks", "status"),
    [*((*case, "confirmed") for case in CASES), (*CASES[3], "completed")],
    ids=[*IDS, "completed"],
)
def test_status_is_set_alike(case, part, reach, weeks, status):
    offered = compare("set_status", case(part, reach, weeks, status=status))
    assert ("table" in offered, "admin visit's button" in offered) == (reach == Reach.THIS, reach == Reach.THIS)


@pytest.mark.parametrize("status", ["arrived", "in_chair", "no_show"])
@pytest.mark.parametrize("part", ["alone", "third"])
def test_what_a_patient_does_on_the_day_is_recorded_alike(case, inside, clock, part, status):
    wanted = case(part, Reach.THIS, 0, status=status)
    clock.set(wanted.visit.starts_at)
    offered = compare("set_status", replace(wanted, now=clock.at, browser=browser(inside.staff)))
    assert offered == ["service", "REST visit", "admin visit's button", "desk visit's day", "table"]


@pytest.mark.parametrize(("part", "reach", "weeks"), CASES, ids=IDS)
def test_visit_is_cancelled_alike(case, part, reach, weeks):
    offered = compare("cancel", case(part, reach, weeks, status="cancelled"))
    assert {"REST visit", "REST event", "desk visit"} <= set(offered)


@pytest.mark.parametrize(("part", "reach", "weeks"), CASES, ids=IDS)
def test_visit_is_restored_alike(case, part, reach, weeks):
    done = case(part, reach, weeks)
    visits.cancel(done.visit, reason="other", now=done.now, reach=reach)
    offered = compare("restore", done)
    assert {"REST visit", "REST event", "desk visit"} <= set(offered)
    assert ("admin event's button" in offered) == (reach == Reach.THIS)


@pytest.mark.parametrize(("part", "reach", "weeks"), CASES, ids=IDS)
def test_visit_is_deleted_alike(case, part, reach, weeks):
    offered = compare("delete", case(part, reach, weeks))
    assert ("admin visit" in offered) == (reach == Reach.THIS)
    assert ("admin event's button" in offered) == ((part, reach) == ("first", Reach.ALL))


def test_deletion_of_the_first_visit_without_a_reach_leaves_the_others(case, api):
    for kind in ("appointment", "event"):
        with transaction.atomic():
            done = case("first", Reach.THIS, 0)
            pk = done.visit.pk if kind == "appointment" else done.event.pk
            assert api.delete(f"/rest-api/{kind}/{pk}/").status_code == 204
            statuses = Appointment.objects.order_by("starts_at").values_list("status", flat=True)
            assert list(statuses) == ["cancelled", "scheduled", "scheduled", "scheduled"]
            transaction.set_rollback(True)
