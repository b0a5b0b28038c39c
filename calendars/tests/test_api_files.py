import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import tenancy
from calendars.api import ical_files
from calendars.models import Alarm, CalendarImport, Event, ImportedComponent
from calendars.receivers import forget
from calendars.services import events
from calendars.services.series import expansion
from calendars.tests.imports import finished
from calendars.tests.test_ical_components import calendar as file
from calendars.tests.test_ical_components import event as vevent
from calendars.tests.test_import_calendar import DAILY, ONCE, ZONE
from tests import factories
from tests.clients import client_of
from tests.factories import NOW

pytestmark = pytest.mark.django_db
MOVED = vevent(
    f"RECURRENCE-ID;TZID={ZONE}:20261203T090000",
    f"DTSTART;TZID={ZONE}:20261203T110000",
    "DURATION:PT30M",
    "SUMMARY:Daily",
)


@pytest.fixture
def address(world, clock):
    return f"/rest-api/calendar/{world.calendar.pk}/"


@pytest.fixture
def send(api, address):
    """Return a function that imports components and returns the answer."""

    def send(*components, client=api, name="a.ics", **fields):
        upload = SimpleUploadedFile(name, "\r\n".join(file(*components)).encode(), "text/calendar")
        answer = client.post(f"{address}import/", {"file": upload, **fields}, format="multipart")
        return answer if answer.status_code != 202 else finished(client, answer)

    return send


def rows(world):
    with tenancy.tenant(world.organization.pk):
        return sorted(Event.objects.filter(cancelled_at=None).values_list("title", "start"))


def undo(api, address, number):
    answer = api.post(f"{address}imports/{number}/undo/")
    return answer.status_code, answer.json()


def test_a_report_tells_each_component(send, world):
    told = send(vevent(*DAILY), MOVED, vevent("SUMMARY:Lost", uid="b@x")).json()
    assert (told["state"], told["total"], told["done"], told["error"]) == ("done", 3, 3, "")
    assert told["counts"] == {"created": 1, "changed": 1, "cancelled": 0, "unchanged": 0, "skipped": 1}
    shown = [(each["line"], each["uid"], each["result"], each["notes"]) for each in told["components"]]
    assert shown == [
        (2, "a@x", "created", []),
        (9, "a@x", "changed", []),
        (16, "b@x", "skipped", ["DTSTART is missing"]),
    ]
    assert re.fullmatch(r"http://testserver/rest-api/event/\d+/", told["components"][0]["event"])
    assert told["components"][2]["event"] is None


def test_a_dry_run_tells_the_same_and_changes_nothing(send, world):
    told = send(vevent(*DAILY), MOVED, dry_run="true").json()
    assert (told["dry_run"], told["id"]) == (True, None)
    assert [each["result"] for each in told["components"]] == ["created", "changed"]
    assert rows(world) == []
    assert not CalendarImport.objects.unscoped().exists()


def test_a_second_time_changes_nothing(send, world):
    send(vevent(*DAILY), MOVED)
    before = rows(world)
    assert send(vevent(*DAILY), MOVED).json()["counts"]["unchanged"] == 2
    assert rows(world) == before


def test_an_import_is_taken_back(api, address, send, world):
    number = send(vevent(*DAILY), MOVED, vevent(*ONCE, uid="b@x")).json()["id"]
    status, told = undo(api, address, number)
    assert (status, [(each["line"], each["kept"]) for each in told]) == (200, [(2, ""), (9, ""), (16, "")])
    assert rows(world) == []
    assert undo(api, address, number)[0] == 409


def test_nothing_is_left_of_what_an_import_made_and_cancelled(api, address, send, world):
    off = vevent(f"RECURRENCE-ID;TZID={ZONE}:20261204T090000", ONCE[0], "STATUS:CANCELLED")
    number = send(vevent(*DAILY), MOVED, off).json()["id"]
    assert [each["kept"] for each in undo(api, address, number)[1]] == ["", "", ""]
    assert Event.objects.unscoped().count() == 0


def test_what_one_file_made_and_a_later_one_cancelled_goes_with_the_first(api, address, send):
    number = send(vevent(*ONCE, "SEQUENCE:1")).json()["id"]
    send(vevent(*ONCE, "STATUS:CANCELLED", "SEQUENCE:2"))
    assert [each["kept"] for each in undo(api, address, number)[1]] == [""]
    assert Event.objects.unscoped().count() == 0


def test_imports_are_taken_back_one_after_the_other(api, address, send):
    later = (*ONCE[:2], "SUMMARY:Later", "SEQUENCE:2")
    numbers = [send(vevent(*told)).json()["id"] for told in (ONCE, later, (*later[:2], "SUMMARY:Last", "SEQUENCE:3"))]
    titles = []
    for number in reversed(numbers):
        assert [each["kept"] for each in undo(api, address, number)[1]] == [""]
        titles.append(list(Event.objects.unscoped().values_list("title", flat=True)))
    assert titles == [["Later"], ["Once"], []]


def early(send, day):
    """Import a series, then an occurrence that it has not reached, moved by an hour, and one that is off."""
    weekly = [line.replace("DAILY;COUNT=5", "WEEKLY;COUNT=30") for line in DAILY]
    send(vevent(*weekly))
    moved = vevent(f"RECURRENCE-ID;TZID={ZONE}:{day}T090000", f"DTSTART;TZID={ZONE}:{day}T100000", "SUMMARY:Moved")
    off = vevent(f"RECURRENCE-ID;TZID={ZONE}:20270504T090000", ONCE[0], "STATUS:CANCELLED")
    told = send(moved, off).json()
    assert [each["result"] for each in told["components"]] == ["changed", "cancelled"]
    return told["id"]


def occurrences(world, *days):
    with tenancy.tenant(world.organization.pk):
        rows = Event.objects.filter(recurrence_id__in=[f"{day}T090000" for day in days]).order_by("start")
        return [(row.title, f"{row.start:%m%d %H}", row.cancelled_at) for row in rows]


def test_an_occurrence_made_ahead_of_its_series_goes(api, address, send, world):
    number = early(send, "20270406")
    assert len(occurrences(world, "20270406", "20270504")) == 2
    assert [each["kept"] for each in undo(api, address, number)[1]] == ["", ""]
    assert occurrences(world, "20270406", "20270504") == []


def test_where_the_series_got_meanwhile_it_has_its_own_occurrence(api, address, send, world, clock):
    number = early(send, "20270105")
    clock.forward(days=25)
    expansion.expand(now=clock.at)
    assert occurrences(world, "20261229", "20270105", "20270112") == [
        ("Daily", "1229 14", None),
        ("Moved", "0105 15", None),
        ("Daily", "0112 14", None),
    ]
    assert [each["kept"] for each in undo(api, address, number)[1]] == ["", ""]
    assert occurrences(world, "20261229", "20270105", "20270112") == [
        ("Daily", "1229 14", None),
        ("Daily", "0105 14", None),
        ("Daily", "0112 14", None),
    ]


def test_an_occurrence_of_which_somebody_was_told_stays(api, address, send, world):
    number = early(send, "20270406")
    with tenancy.tenant(world.organization.pk):
        alarm = factories.alarm(world, Event.objects.get(recurrence_id="20270406T090000"))
        Alarm.objects.filter(pk=alarm.pk).update(num_attempt=1)
    assert [each["kept"] for each in undo(api, address, number)[1]] == ["somebody changed it since", ""]
    assert occurrences(world, "20270406", "20270504") == [("Moved", "0406 14", None)]


def test_what_an_import_changed_is_as_before(api, address, send, world):
    send(vevent(*DAILY, "SEQUENCE:1"))
    before = rows(world)
    later = [line.replace("T090000", "T100000").replace("Daily", "Later") for line in DAILY]
    number = send(vevent(*later, "SEQUENCE:2"), vevent(*MOVED[2:-1], "SEQUENCE:2")).json()["id"]
    assert rows(world) != before
    undo(api, address, number)
    assert rows(world) == before


def test_what_somebody_changed_since_stays(api, address, send, world):
    number = send(vevent(*ONCE), vevent(*ONCE, uid="b@x"), vevent(*DAILY, uid="c@x"), vevent(*ONCE, uid="d@x"))
    with tenancy.tenant(world.organization.pk):
        one, two, series, _ = Event.objects.filter(parent_event=None).order_by("uid")
        events.change(one, now=NOW, title="Ours")
        factories.alarm(world, two)
        events.change(series.children.first(), now=NOW, title="Ours, too")
    _, told = undo(api, address, number.json()["id"])
    assert [each["kept"] for each in told] == ["somebody changed it since"] * 3 + [""]
    assert [title for title, _ in rows(world)] == ["Daily"] * 4 + ["Once", "Ours", "Ours, too"]
    assert Alarm.objects.unscoped().count() == 1


def test_a_cancellation_stands(api, address, send, world):
    send(vevent(*ONCE, "SEQUENCE:1"))
    number = send(vevent(*ONCE, "STATUS:CANCELLED", "SEQUENCE:2")).json()["id"]
    _, (told,) = undo(api, address, number)
    assert told["kept"] == "it was cancelled, and a cancellation stands: patients may know of it"
    assert rows(world) == []


def test_after_a_month_it_is_too_late_and_what_was_is_forgotten(api, address, send, world, clock):
    send(vevent(*ONCE, "SEQUENCE:1"))
    number = send(vevent(*ONCE[:2], "SUMMARY:Later", "SEQUENCE:2")).json()["id"]
    clock.forward(days=31)
    answer = api.post(f"{address}imports/{number}/undo/")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_late_to_undo")
    with tenancy.tenant(world.organization.pk):
        assert ImportedComponent.objects.get(source=number).before["title"] == "Once"
        assert [forget(None, now=clock.at, limit=9) for _ in range(2)] == [2, 0]
        assert ImportedComponent.objects.get(source=number).before == {}


def test_erasing_a_patient_erases_what_an_import_replaced(api, send, world, clock):
    send(vevent(*ONCE, "SEQUENCE:1"))
    send(vevent(*ONCE[:2], "SUMMARY:Later", "SEQUENCE:2"))
    contact = factories.contact(world)
    with tenancy.tenant(world.organization.pk):
        Event.objects.update(contact=contact)
    assert api.post(f"/rest-api/contact/{contact.pk}/erase/").status_code == 200
    with tenancy.tenant(world.organization.pk):
        assert [(each.uid, each.before) for each in ImportedComponent.objects.all()] == [("", {})] * 2


def test_imports_are_listed_with_their_components(api, address, send, world, clock):
    number = send(vevent(*ONCE), name="visits.ics").json()["id"]
    (listed,) = api.get(f"{address}imports/").json()["results"]
    at = "2026-11-23T09:00:00Z"
    assert listed == {
        "id": number,
        "file_name": "visits.ics",
        "state": "done",
        "total": 1,
        "done": 1,
        "error": "",
        "created_at": at,
        "finished_at": at,
        "undone_at": None,
    }
    (component,) = api.get(f"{address}imports/{number}/").json()["components"]
    assert (component["line"], component["title"], component["result"]) == (2, "Once", "created")


def test_a_file_with_too_many_events_to_look_at_is_refused(send, monkeypatch, world):
    monkeypatch.setattr(ical_files, "MAX_COMPONENTS", 1)
    answer = send(vevent(*ONCE), vevent(*ONCE, uid="b@x"), dry_run="true")
    assert (answer.status_code, answer.json()) == (
        400,
        {"file": ["The file has more than 1 events; cut it into parts."], "code": "too_many_components"},
    )
    assert rows(world) == []
    assert send(vevent(*ONCE), vevent(*ONCE, uid="b@x")).json()["counts"]["created"] == 2


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00BEGIN:VEVENT", b"BEGIN:VEVENT\r\nDTSTART:x"])
def test_junk_is_reported_and_breaks_nothing(api, address, raw, world):
    answer = api.post(f"{address}import/", {"file": SimpleUploadedFile("a.ics", raw)}, format="multipart")
    told = finished(api, answer).json()
    assert (told["state"], told["counts"]["created"]) == ("done", 0)


def test_a_request_without_a_file_says_so(api, address):
    answer = api.post(f"{address}import/", {}, format="multipart")
    assert (answer.status_code, answer.json()["file"]) == (400, ["No file was submitted."])


def test_a_calendar_without_user_takes_no_file(send, world):
    type(world.calendar).objects.unscoped().filter(pk=world.calendar.pk).update(user=None)
    answer = send(vevent(*ONCE))
    assert (answer.status_code, answer.json()["code"]) == (400, "calendar_without_user")


def test_viewers_import_nothing(send, world):
    assert send(vevent(*ONCE), client=client_of(world.viewer)).status_code == 403


def exported(api, address):
    answer = api.get(f"{address}export/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return b"".join(answer).decode()


def test_what_is_exported_comes_back_unchanged(api, address, send, world):
    send(vevent(*DAILY, "SEQUENCE:4"), MOVED, vevent(*ONCE, "DESCRIPTION:Bring\\, papers", uid="b@x"))
    before, text = rows(world), exported(api, address)
    upload = SimpleUploadedFile("a.ics", text.encode())
    told = finished(api, api.post(f"{address}import/", {"file": upload}, format="multipart")).json()
    assert (told["counts"]["unchanged"], len(told["components"])) == (3, 3)
    assert rows(world) == before
    assert exported(api, address) == text


def test_an_export_makes_the_same_calendar_elsewhere(api, address, send, world, other):
    send(vevent(*DAILY), MOVED, vevent(*ONCE, uid="b@x"))
    upload = SimpleUploadedFile("a.ics", exported(api, address).encode())
    there = f"/rest-api/calendar/{other.calendar.pk}/import/"
    finished(client_of(other.owner), client_of(other.owner).post(there, {"file": upload}, format="multipart"))
    assert rows(other) == rows(world)


def test_the_sequence_never_falls_behind_the_file_and_rises_with_each_change(api, address, send, world):
    send(vevent(*ONCE, "SEQUENCE:7"))
    told = [re.findall(r"SEQUENCE:(\d+)", exported(api, address))]
    with tenancy.tenant(world.organization.pk):
        event = Event.objects.get()
        events.change(event, now=NOW, title="Other", data=None)
        told.append(re.findall(r"SEQUENCE:(\d+)", exported(api, address)))
        events.change(event, now=NOW, start=NOW + timedelta(days=3))
        told.append(re.findall(r"SEQUENCE:(\d+)", exported(api, address)))
    assert told == [["7"], ["8"], ["9"]]


def test_a_deleted_occurrence_raises_the_sequence(api, address, send, world):
    send(vevent(*DAILY))
    with tenancy.tenant(world.organization.pk):
        events.delete(Event.objects.filter(parent_event__isnull=False).first(), now=NOW)
    text = exported(api, address)
    assert re.findall(r"SEQUENCE:(\d+)", text) == ["1"]
    assert "EXDATE;TZID=America/New_York:20261202T090000" in text


def test_cancelled_events_are_exported_as_cancelled(api, address, send, world):
    send(vevent(*ONCE))
    with tenancy.tenant(world.organization.pk):
        events.cancel(Event.objects.get(), reason="x", now=NOW)
    assert "STATUS:CANCELLED" in exported(api, address)


def test_calendar_that_is_not_there_is_told_as_everywhere(api, inside):
    answer = api.get("/rest-api/calendar/999999/export/", HTTP_ACCEPT="text/calendar")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
    assert answer.json() == {"detail": "No Calendar matches the given query.", "code": "not_found"}
