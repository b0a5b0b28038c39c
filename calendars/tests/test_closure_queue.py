"""Closures that concern many events and are applied by workers, and what becomes of them when a worker dies."""

import threading
from datetime import datetime, timedelta

import pytest
from celery import current_app
from django.db import connection, transaction

from accounts import tenancy
from accounts.models import AuditEntry
from calendars import tasks
from calendars.engine.states import AlarmStatus
from calendars.models import Alarm, Closure, ClosureRun, Event
from calendars.services import worker_turns
from calendars.services.closures import closure_effects, closure_queue, closure_requests, closure_updates
from calendars.services.worker_turns import LeaseLost
from calendars.tests.closed import close
from config.kernel import clock as database_clock
from notifications.models import StaffItem
from tests import factories
from tests.clients import client_of
from tests.time_limits import HANG

pytestmark = pytest.mark.django_db
local = datetime.fromisoformat
OUTING = {"name": "Outing", "first_day": "2026-12-07", "last_day": "2026-12-07"}
RUN = "/rest-api/closure/run/"


class Died(Exception):
    """A worker that is no more."""


@pytest.fixture(autouse=True)
def few(settings, monkeypatch):
    """Let two events be many, and a batch of three be large."""
    settings.CLOSURE_AT_ONCE = 2
    monkeypatch.setattr(closure_queue, "BATCH", 3)


@pytest.fixture
def booked(daily, make, remind):
    """Make series that keep, skip and move, one of which a patient was told of, and single visits: 19 events."""
    told = [daily(wish, title=wish, start=local(f"2026-11-30T{hour}:00")) for wish, hour in HOURS.items()]
    Alarm.objects.filter(event__parent_event=told[1]).update(status=AlarmStatus.SUCCESS, state="sent")
    remind(make(title="single", start=local("2026-12-07T12:00"), time_zone="America/New_York"))
    for number in range(3):
        make(title="elsewhere", start=local(f"2026-12-09T1{number}:00"), time_zone="America/New_York")
    return told


HOURS = {"keep": "09", "skip": "10", "move": "11"}
EVENTS = ("pk", "start", "end", "local_start", "cancelled_at", "closure", "closure_effect")
ALARMS = ("event", "due_at", "useful_until", "status", "state", "reason", "revision")


def outcome():
    """Return what stands: events, their reminders, and what staff are told."""
    told = StaffItem.objects.order_by("code", "dedup_key").values_list("code", "dedup_key", "values", "count")
    events = Event.objects.order_by("pk").values_list(*EVENTS)
    return list(events), list(Alarm.objects.order_by("event").values_list(*ALARMS)), list(told)


def work(**options):
    return closure_queue.work(tenancy.current(), **{"seconds": 60, **options})


def run_of():
    return ClosureRun.objects.get()


def counts():
    row = run_of()
    return row.state, row.total, row.done, row.changed


@pytest.fixture
def at_once(booked, clock, settings):
    """Return a function that says what an edit comes to in a request; nothing of it stays."""

    def at_once(edit):
        settings.CLOSURE_AT_ONCE = 1000
        with transaction.atomic():
            changed, found = edit(), outcome()
            transaction.set_rollback(True)
        settings.CLOSURE_AT_ONCE = 2
        return changed, found

    return at_once


def test_worker_makes_of_a_closure_what_a_request_makes(at_once, clock):
    made = close()
    before = outcome()
    changed, wanted = at_once(lambda: closure_updates.evaluate_closure(made, now=clock.at))
    assert changed == 4
    assert closure_updates.evaluate_closure(made, now=clock.at) is None
    assert (outcome(), counts()) == (before, ("queued", None, 0, 0))
    assert work() is False
    assert (outcome(), counts()) == (wanted, ("done", 19, 19, 4))
    assert len(wanted[2]) == 2


def test_worker_undoes_what_a_request_undoes(at_once, clock):
    made = close()
    closure_effects.evaluate(now=clock.at)
    made.delete()
    changed, wanted = at_once(lambda: closure_updates.evaluate_closure(made, now=clock.at))
    assert (changed, closure_updates.evaluate_closure(made, now=clock.at)) == (4, None)
    work()
    assert (outcome(), counts()) == (wanted, ("done", 19, 19, 4))


def test_few_events_follow_at_once(booked, clock, settings):
    settings.CLOSURE_AT_ONCE = 19
    assert closure_updates.evaluate_closure(close(), now=clock.at) == 4
    assert not ClosureRun.objects.exists()


def test_what_lies_outside_the_hours_does_not_make_a_closure_large(booked, clock):
    Event.objects.update(closure="outside the opening hours")
    made = close("2027-02-01")
    assert closure_updates.evaluate_closure(made, now=clock.at) == 0


def test_worker_that_dies_between_batches_loses_nothing_and_tells_nobody_twice(at_once, clock, monkeypatch):
    made = close()
    wanted = at_once(lambda: closure_updates.evaluate_closure(made, now=clock.at))[1]
    closure_requests.request()

    def die(self):
        raise Died

    monkeypatch.setattr(worker_turns.Turn, "give_back", die)
    at, deaths = clock.at, 0
    while run_of().is_open:
        assert worker_turns.find_idle(ClosureRun) == [(tenancy.current(), run_of().pk)]
        try:
            work(seconds=0)
        except Died:
            deaths += 1
            assert (worker_turns.find_idle(ClosureRun), work()) == ([], False)
        clock.forward(seconds=61)
    assert deaths == 9
    moments = {row.cancelled_at for row in Event.objects.exclude(cancelled_at=None)}
    Event.objects.exclude(cancelled_at=None).update(cancelled_at=at)
    assert (outcome(), len(moments)) == (wanted, 1)
    assert counts() == ("done", 19, 19, 4)


def test_worker_that_dies_within_a_batch_leaves_nothing_of_it(booked, clock, monkeypatch):
    close()
    before = outcome()
    closure_requests.request()

    def die(rows):
        raise Died

    monkeypatch.setattr(closure_effects, "_tell_of_told", die)
    with pytest.raises(Died):
        work()
    events = Event.objects.exclude(closure_effect="").count()
    assert (events, counts()[0], outcome()[1]) == (0, "running", before[1])


def test_worker_that_was_replaced_commits_nothing_more(booked, clock):
    close()
    closure_requests.request()
    work(seconds=0)
    stale = worker_turns.claim(ClosureRun, run_of().pk)
    clock.forward(seconds=61)
    assert work(seconds=0) is True
    between = outcome()
    with pytest.raises(LeaseLost):
        closure_queue._evaluate_batch(stale, after=0)
    assert (outcome(), counts()) == (between, ("running", 19, 3, 1))
    with pytest.raises(LeaseLost):
        stale.renew()
    assert (stale.give_back(), stale.finish()) == (False, False)


def test_one_worker_at_a_time(booked, clock):
    close()
    closure_requests.request()
    turn = worker_turns.claim(ClosureRun, run_of().pk)
    assert (worker_turns.claim(ClosureRun, turn.pk), work(), counts()) == (None, False, ("running", None, 0, 0))
    clock.forward(seconds=61)
    work()
    assert counts()[0] == "done"


def test_edit_while_a_run_is_under_way_has_it_begin_again(at_once, clock):
    made = close()
    closure_requests.request()
    while counts()[2] < 12:
        work(seconds=0)
    turn = worker_turns.claim(ClosureRun, run_of().pk)
    Closure.objects.filter(pk=made.pk).update(first_day="2026-12-10", last_day="2026-12-10")
    made.refresh_from_db()
    wanted = at_once(lambda: closure_updates.evaluate_closure(made, now=clock.at))[1]
    between = outcome()
    assert closure_updates.evaluate_closure(made, now=clock.at) is None
    with pytest.raises(LeaseLost):
        closure_queue._evaluate_batch(turn, after=12)
    assert (outcome(), counts()) == (between, ("queued", None, 0, 0))
    work()
    assert (outcome(), counts()[:3]) == (wanted, ("done", 19, 19))


def test_time_that_does_not_suffice_is_given_back(booked, clock, monkeypatch):
    calls, turns = [tenancy.current()], 0
    close()
    closure_requests.request()
    monkeypatch.setattr(tasks, "RUN_SECONDS", 0)
    monkeypatch.setattr(tasks.close, "delay", calls.append)
    while calls:
        turns += 1
        tasks.close(calls.pop())
    assert (turns, counts()) == (9, ("done", 19, 19, 4))


def test_what_fails_again_and_again_is_given_up_until_it_is_asked_for_anew(booked, clock, monkeypatch):
    close()
    closure_requests.request()

    def fail(*args, **options):
        raise Died

    with monkeypatch.context() as broken:
        broken.setattr(closure_effects, "evaluate_batch", fail)
        for _ in range(3):
            with pytest.raises(Died):
                work()
            clock.forward(seconds=61)
        assert work() is False
    row = run_of()
    assert (row.state, row.done, worker_turns.find_idle(ClosureRun)) == ("failed", 0, [])
    assert row.told_error == "It failed again and again, and was given up; it is tried again at night."
    tasks.close_all()
    work()
    assert (counts(), run_of().told_error) == (("done", 19, 19, 4), "")


def test_request_is_kept_where_no_broker_can_be_reached(booked, monkeypatch, django_capture_on_commit_callbacks):
    def unreachable(*args, **options):
        raise ConnectionRefusedError

    monkeypatch.setattr(current_app, "send_task", unreachable)
    with django_capture_on_commit_callbacks(execute=True):
        closure_requests.request()
    assert worker_turns.find_idle(ClosureRun) == [(tenancy.current(), run_of().pk)]


def test_trail_tells_what_came_of_it(booked, clock):
    close()
    closure_requests.request()
    work()
    assert AuditEntry.objects.get(action="closures_applied").facts == {"events": 4}
    closure_requests.request()
    work()
    assert AuditEntry.objects.filter(action="closures_applied").count() == 1


def test_batch_costs_as_many_queries_as_a_large_one(booked, clock, monkeypatch, django_assert_num_queries):
    closure_requests.request()
    work(seconds=0)
    with django_assert_num_queries(BATCH_QUERIES):
        work(seconds=0)
    monkeypatch.setattr(closure_queue, "BATCH", 12)
    with django_assert_num_queries(BATCH_QUERIES):
        work(seconds=0)


BATCH_QUERIES = 18


def test_another_organization_sees_nothing_of_it(booked, other, clock):
    closure_requests.request()
    with tenancy.tenant(other.organization.pk):
        assert (ClosureRun.objects.count(), work()) == (0, False)
        closure_requests.request()
        work()
        assert counts() == ("done", 0, 0, 0)
    assert counts() == ("queued", None, 0, 0)


def test_rest_tells_how_far_it_is(api, booked, clock):
    assert api.get(RUN).json() == NEVER
    made = api.post("/rest-api/closure/", OUTING)
    assert (made.status_code, made["Location"], made["Retry-After"]) == (202, f"http://testserver{RUN}", "1")
    assert (made.json()["name"], made["ETag"]) == ("Outing", api.get(made.json()["url"])["ETag"])
    waiting = {"state": "queued", "total": None, "requested_at": "2026-11-23T09:00:00Z"}
    assert api.get(RUN).json() == {**NEVER, **waiting}
    work(seconds=0)
    work(seconds=0)
    assert api.get(RUN).json() == {**NEVER, **waiting, "state": "running", "total": 19, "done": 3, "changed": 1}
    work()
    done = {"state": "done", "total": 19, "done": 19, "changed": 4, "finished_at": "2026-11-23T09:00:00Z"}
    assert api.get(RUN).json() == {**NEVER, **waiting, **done}
    changed = api.patch(made.json()["url"], {"name": "Party"})
    assert (changed.status_code, changed["Location"]) == (202, f"http://testserver{RUN}")
    gone = api.delete(made.json()["url"])
    assert (gone.status_code, gone["Location"], gone.content) == (202, f"http://testserver{RUN}", b"")
    work()
    assert not Event.objects.exclude(closure="").exists()


NEVER = {
    "state": "done",
    "total": None,
    "done": 0,
    "changed": 0,
    "error": "",
    "requested_at": None,
    "finished_at": None,
}


def test_hours_that_concern_many_are_applied_by_a_worker(api, booked, clock):
    hours = api.post("/rest-api/openinghours/", {"weekday": 0, "opens": "10:00", "closes": "12:00"})
    assert (hours.status_code, hours["Location"]) == (202, f"http://testserver{RUN}")
    assert not Event.objects.exclude(closure="").exists()
    work()
    assert Event.objects.filter(closure="outside the opening hours").count() == OUTSIDE_HOURS
    gone = api.delete(hours.json()["url"])
    assert (gone.status_code, work(), Event.objects.exclude(closure="").count()) == (202, False, 0)


OUTSIDE_HOURS = 13


def test_staff_read_how_far_it_is(world, stranger_api, booked, clock):
    closure_requests.request()
    assert client_of(world.staff).get(RUN).json()["state"] == "queued"
    assert stranger_api.get(RUN).json()["state"] == "done"


def test_admin_shows_a_bar_until_it_is_done(client, world, booked, clock):
    client.force_login(world.manager)
    form = {**OUTING, "begins": "", "ends": "", "clinic": ""}
    page = client.post("/admin/calendars/closure/add/", form, follow=True)
    assert "There are many events to come; it is applied to them in the background." in page.content.decode()
    work(seconds=0)
    work(seconds=0)
    for address in ("/admin/calendars/closure/", "/admin/calendars/openinghours/"):
        page = client.get(address)
        assert ("3 of 19 events" in page.content.decode(), page["Refresh"]) == (True, "2")
    work()
    page = client.get("/admin/calendars/closure/")
    assert ("<progress" in page.content.decode(), "Refresh" in page) == (False, False)


def test_admin_says_that_it_was_given_up(client, world, booked):
    client.force_login(world.manager)
    closure_requests.request()
    ClosureRun.objects.update(state="failed", error=closure_queue.GIVEN_UP)
    page = client.get("/admin/calendars/closure/")
    assert "it is tried again at night" in page.content.decode()
    assert "Refresh" not in page


@pytest.fixture
def standing(committed):
    """Return a clinic with an event in ten days, on a closed day; others see it."""
    world, now = factories.world("Riverside"), database_clock.now()
    with tenancy.tenant(world.organization.pk):
        made = close(f"{now + timedelta(days=10):%Y-%m-%d}")
        event = factories.event(world, start=now + timedelta(days=10))
        closure_requests.request()
        closure_queue.work(world.organization.pk, seconds=0)
    return world, made, event


def race(world, monkeypatch, edit):
    """Work at a batch, and edit when it was evaluated but is not committed; return whether the edit waited."""
    evaluated, edited, waited = threading.Event(), threading.Event(), []
    evaluate = closure_effects.evaluate_batch

    def stop(*args, **options):
        batch = evaluate(*args, **options)
        if threading.current_thread() is worker:
            evaluated.set()
            # As long as the other one needs to get here, and to find that it has to wait; by the server's clock, since
            # a wait that times out never does under libfaketime.
            with connection.cursor() as cursor:
                for _ in range(10):
                    if not edited.is_set():
                        cursor.execute("SELECT pg_sleep(0.05)")
            waited.append(not edited.is_set())
        return batch

    def act():
        try:
            closure_queue.work(world.organization.pk, seconds=0)
        finally:
            connection.close()

    monkeypatch.setattr(closure_effects, "evaluate_batch", stop)
    worker = threading.Thread(target=act)
    worker.start()
    assert evaluated.wait(timeout=HANG)
    with tenancy.tenant(world.organization.pk), transaction.atomic():
        edit()
    edited.set()
    worker.join(timeout=HANG)
    return waited[0]


def test_small_edit_waits_for_the_batch_that_read_what_was(standing, monkeypatch, settings):
    settings.CLOSURE_AT_ONCE = 1000
    world, made, event = standing

    def edit():
        Closure.objects.filter(pk=made.pk).delete()
        closure_updates.evaluate_closure(made, now=database_clock.now())

    assert race(world, monkeypatch, edit) is True
    assert Event.objects.unscoped().get(pk=event.pk).closure == ""


def test_request_takes_the_turn_from_a_batch_that_read_what_was(standing, monkeypatch):
    world, made, event = standing

    def edit():
        # Of holidays, which are not locked.
        Closure.objects.filter(pk=made.pk).delete()
        closure_requests.request()

    assert race(world, monkeypatch, edit) is False
    with tenancy.tenant(world.organization.pk):
        assert (counts(), Event.objects.get(pk=event.pk).closure) == (("queued", None, 0, 0), "")
        closure_queue.work(world.organization.pk, seconds=60)
        assert (counts(), Event.objects.get(pk=event.pk).closure) == (("done", 1, 1, 0), "")
