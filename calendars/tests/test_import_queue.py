"""Imports that workers carry out, and what becomes of them when a worker dies."""

import pytest
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction

from accounts import tenancy
from accounts.models import AuditEntry
from calendars import tasks
from calendars.models import CalendarImport, Event, ImportedComponent, ImportedPart
from calendars.services import worker_turns
from calendars.services.exchange import component_import, import_queue
from calendars.services.exchange.event_import import EventImporter
from calendars.tests.imports import finished, work_all
from calendars.tests.test_ical_components import calendar as file
from calendars.tests.test_ical_components import event as vevent
from calendars.tests.test_import_calendar import DAILY, ONCE, ZONE
from tests.clients import client_of

pytestmark = pytest.mark.django_db
MOVED = vevent(f"RECURRENCE-ID;TZID={ZONE}:20261203T090000", f"DTSTART;TZID={ZONE}:20261203T110000", "DURATION:PT30M")
# The series is told of in the first and in the third batch.
FILE = file(
    vevent(*DAILY),
    vevent(*ONCE, uid="b@x"),
    vevent(*ONCE, uid="c@x"),
    vevent("SUMMARY:Lost", uid="d@x"),
    MOVED,
    vevent(*ONCE, uid="e@x"),
    vevent(*ONCE, uid="f@x"),
)


class Died(Exception):
    """A worker that is no more."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(component_import, "BATCH", 2)


@pytest.fixture
def stored(inside, clock):
    """Return an import that waits for a worker."""
    text = "\r\n".join(FILE).encode()
    pieces = [text[:500], text[500:]]
    return import_queue.store(inside.calendar, name="a.ics", content=pieces, brought_by=inside.owner)


def work(row, **options):
    return import_queue.work(row.organization_id, row.pk, **{"seconds": 60, **options})


def outcome(row):
    """Return state, counts and report of an import, and the events that there are."""
    row.refresh_from_db()
    report = [(each.line, each.uid, each.result) for each in ImportedComponent.objects.filter(source=row)]
    return row.state, row.total, row.done, row.error, report, sorted(Event.objects.values_list("uid", "start"))


def whole(world, row):
    """Return what comes of the same file, imported without a break in another clinic."""
    with tenancy.tenant(world.organization.pk):
        other = import_queue.store(world.calendar, name="a.ics", content=["\r\n".join(FILE).encode()], brought_by=None)
        work(other)
        return outcome(other)


def test_a_file_is_imported_reported_and_forgotten(stored, inside):
    assert ImportedPart.objects.filter(source=stored).count() == 2
    assert work(stored) is False
    state, total, done, error, report, events = outcome(stored)
    assert (state, total, done, error, len(events)) == ("done", 7, 7, "", 9)
    assert [result for _, _, result in report] == [*["created"] * 3, "skipped", "changed", "created", "created"]
    assert not ImportedPart.objects.exists()
    assert work(stored) is False
    assert outcome(stored)[2] == 7


def test_a_worker_that_dies_between_batches_loses_nothing_and_leaves_nothing_twice(stored, other, clock):
    def die(outcomes):
        raise Died

    deaths = 0
    while stored.is_open:
        try:
            work(stored, tell=die)
        except Died:
            deaths += 1
        clock.forward(seconds=61)
        stored.refresh_from_db()
    assert deaths == 4
    assert outcome(stored) == whole(other, stored)


def test_a_worker_that_dies_within_a_batch_leaves_nothing_of_it(stored, other, clock, monkeypatch):
    take, taken = EventImporter.take, []

    def die_in_second(self, found):
        take(self, found)
        taken.append(len(found))
        if len(taken) == 2:
            raise Died

    monkeypatch.setattr(EventImporter, "take", die_in_second)
    with pytest.raises(Died):
        work(stored)
    stored.refresh_from_db()
    assert (stored.state, stored.done, stored.batches) == ("running", 1, 1)
    assert sorted(Event.objects.values_list("uid", flat=True)) == ["b@x"]
    assert worker_turns.find_idle(CalendarImport) == []
    clock.forward(seconds=61)
    assert worker_turns.find_idle(CalendarImport) == [(stored.organization_id, stored.pk)]
    work_all()
    assert outcome(stored) == whole(other, stored)


def test_who_is_slow_and_was_replaced_commits_nothing_more(stored, other, clock):
    def replaced(outcomes):
        clock.forward(seconds=61)
        assert work(stored) is False

    assert work(stored, tell=replaced) is False
    assert outcome(stored) == whole(other, stored)


def test_who_was_replaced_in_the_middle_commits_nothing_more(stored, clock):
    turns = []

    def replaced(outcomes):
        clock.forward(seconds=61)
        turns.append(work(stored, seconds=0))

    assert (work(stored, tell=replaced), turns) == (False, [True])
    state, _, done, _, report, _ = outcome(stored)
    assert (state, done, stored.batches, len(report)) == ("running", 3, 2, 3)
    work(stored)
    assert outcome(stored)[:3] == ("done", 7, 7)


def test_turn_lasts_as_long_as_batches_are_committed(stored, clock):
    idle = []

    def take_time(outcomes):
        clock.forward(seconds=40)
        idle.append(worker_turns.find_idle(CalendarImport))

    work(stored, tell=take_time)
    assert idle == [[]] * 4


def test_what_is_held_is_taken_up_by_nobody_else(inside, clock):
    name = "a\x00" * 300
    held = import_queue.store(inside.calendar, name=name, content=[], brought_by=None, held=True)
    assert (held.file_name, worker_turns.find_idle(CalendarImport), work(held)) == ("a" * 200, [], False)
    clock.forward(seconds=61)
    assert worker_turns.find_idle(CalendarImport) == [(held.organization_id, held.pk)]


def test_what_is_done_is_taken_up_no_more(stored):
    turn = worker_turns.claim(CalendarImport, stored.pk)
    assert turn.finish(error="x" * 400) is True
    assert (worker_turns.find_idle(CalendarImport), worker_turns.claim(CalendarImport, stored.pk)) == ([], None)
    assert (outcome(stored)[:4], turn.finish()) == (("failed", None, 0, "x" * 300), False)


def test_each_part_of_a_file_is_stored_once(stored):
    with pytest.raises(IntegrityError), transaction.atomic():
        ImportedPart.objects.create(source=stored, number=1, content=b"again")


def test_one_worker_at_a_time(stored):
    seen = []
    work(stored, tell=lambda outcomes: seen.append(work(stored)))
    assert seen == [False] * 4
    assert outcome(stored)[2] == 7


def test_long_imports_give_the_worker_back(stored, monkeypatch):
    calls = []
    monkeypatch.setattr(tasks, "RUN_SECONDS", 0)
    monkeypatch.setattr(tasks.import_file, "delay", lambda *ids: calls.append(ids))
    tasks.resume()
    turns = 0
    while calls:
        turns += 1
        tasks.import_file(*calls.pop())
    assert (turns, outcome(stored)[:3]) == (5, ("done", 7, 7))


def test_what_fails_again_and_again_is_given_up_with_what_was_imported(stored, clock, monkeypatch):
    def fail(self, found):
        raise Died

    monkeypatch.setattr(EventImporter, "take", fail)
    for _ in range(3):
        with pytest.raises(Died):
            work(stored)
        clock.forward(seconds=61)
    assert work(stored) is False
    state, _, done, error, _, _ = outcome(stored)
    assert (state, done) == ("failed", 0)
    assert error == "It failed again and again, and was given up; what was imported before stays."
    assert not ImportedPart.objects.exists()


def test_a_calendar_that_lost_its_user_is_told_in_the_report(stored, inside):
    type(inside.calendar).objects.update(user=None)
    assert work(stored) is False
    assert outcome(stored)[0] == "failed"
    assert "belongs to no calendar user" in stored.error


def test_an_import_of_a_deleted_calendar_ends(stored, inside):
    def delete(outcomes):
        CalendarImport.objects.filter(pk=stored.pk).delete()

    assert work(stored, tell=delete) is False
    connection.check_constraints()
    assert not ImportedPart.objects.exists()


def test_the_trail_tells_who_brought_a_file_and_what_came_of_it(stored, inside):
    work(stored)
    made = AuditEntry.objects.get(action="import_made")
    assert (made.identity, made.facts) == (f"user:{inside.owner.pk}", {"calendar": inside.calendar.pk, "components": 7})
    assert AuditEntry.objects.filter(action="import_stored").count() == 1


def post(api, world):
    upload = SimpleUploadedFile("a.ics", "\r\n".join(FILE).encode())
    return api.post(f"/rest-api/calendar/{world.calendar.pk}/import/", {"file": upload}, format="multipart")


def test_a_file_is_kept_where_no_broker_can_be_reached(
    api, world, clock, monkeypatch, django_capture_on_commit_callbacks
):
    def unreachable(*args, **options):
        raise ConnectionRefusedError

    monkeypatch.setattr(current_app, "send_task", unreachable)
    with django_capture_on_commit_callbacks(execute=True):
        begun = post(api, world)
    assert (begun.status_code, begun.json()["state"]) == (202, "queued")
    assert [number for _, number in worker_turns.find_idle(CalendarImport)] == [begun.json()["id"]]


def test_rest_tells_how_far_an_import_is(api, world, clock):
    begun = post(api, world)
    number = begun.json()["id"]
    address = f"/rest-api/calendar/{world.calendar.pk}/imports/{number}/"
    assert (begun.status_code, begun["Location"]) == (202, f"http://testserver{address}")
    assert (begun.json()["state"], begun.json()["total"], begun.json()["done"]) == ("queued", None, 0)
    seen = []
    row = CalendarImport.objects.unscoped().get(pk=number)
    work(row, tell=lambda outcomes: seen.append(api.get(address).json()))
    assert [(each["state"], each["total"], each["done"]) for each in seen] == [
        ("running", 7, 1),
        ("running", 7, 3),
        ("running", 7, 6),
        ("running", 7, 7),
    ]
    assert [each["counts"]["created"] for each in seen] == [1, 2, 4, 5]
    assert [len(each["components"]) for each in seen] == [0] * 4
    done = api.get(address).json()
    assert (done["state"], done["finished_at"], len(done["components"])) == ("done", "2026-11-23T09:00:00Z", 7)


def test_what_is_under_way_cannot_be_taken_back(api, world, clock):
    begun = post(api, world)
    refused = api.post(f"{begun['Location']}undo/")
    assert (refused.status_code, refused.json()["code"]) == (409, "import_under_way")
    finished(api, begun)
    assert api.post(f"{begun['Location']}undo/").status_code == 200


def test_notes_are_in_the_language_of_who_brought_the_file(world, clock):
    api = client_of(world.owner)
    api.credentials(**api._credentials, HTTP_ACCEPT_LANGUAGE="de")
    type(world.owner).objects.filter(pk=world.owner.pk).update(language="de")
    told = finished(api, post(api, world)).json()
    assert [each["notes"] for each in told["components"] if each["result"] == "skipped"] == [["DTSTART fehlt"]]


def test_files_may_be_larger_than_other_uploads(api, world, clock, settings):
    settings.UPLOAD_MAX_SIZE, settings.IMPORT_MAX_SIZE = 300, 3000
    assert post(api, world).status_code == 202
    settings.IMPORT_MAX_SIZE = 300
    assert post(api, world).status_code == 413


def test_another_organization_sees_nothing_of_it(stored, other):
    with tenancy.tenant(other.organization.pk):
        assert not CalendarImport.objects.exists()
        assert not ImportedPart.objects.exists()
        assert import_queue.work(other.organization.pk, stored.pk, seconds=60) is False
    stored.refresh_from_db()
    assert stored.fence == 0
