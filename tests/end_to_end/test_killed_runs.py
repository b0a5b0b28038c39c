"""A worker is killed in the middle of an import and of closures; another one goes on, and nothing is lost or twice."""

import time
from collections import Counter
from contextlib import closing, contextmanager
from datetime import timedelta

import psycopg2
import pytest
from django.db import connection

from accounts import tenancy
from calendars.models import Alarm, CalendarImport, ClosureRun, Event, ImportedComponent
from calendars.services import events
from calendars.services.alarms import alarms
from calendars.services.closures import closure_requests
from calendars.services.exchange import import_queue
from calendars.services.exchange.component_import import BATCH
from calendars.tests.closed import close
from calendars.tests.imports import import_file
from config.kernel import clock
from tests import factories
from tests.end_to_end.workers import Worker, environment
from tests.time_limits import HANG

pytestmark = pytest.mark.slow
SERIES, OCCURRENCES = 3, 4
# One more than a batch, and behind them the event that is locked.
VISITS = BATCH + 1


def visits_file(numbers, title):
    """Return a file with a visit for each number."""
    at = clock.now() + timedelta(days=30)
    lines = [
        f"BEGIN:VEVENT\r\nUID:{number}@x\r\nDTSTAMP:20261101T090000Z\r\nDTSTART:{at:%Y%m%dT%H%M%SZ}\r\n"
        f"DURATION:PT30M\r\nSUMMARY:{title}\r\nEND:VEVENT\r\n"
        for number in numbers
    ]
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{''.join(lines)}END:VCALENDAR\r\n".encode()


def make_series(world):
    """Make a daily series that skips closed days, with a reminder."""
    start = (clock.now() + timedelta(days=10)).replace(hour=12, minute=0, second=0, microsecond=0)
    root = events.create(
        calendar=world.calendar,
        creator=world.calendar_user,
        title="Visit",
        now=clock.now(),
        contact=factories.contact(world),
        time_zone="UTC",
        start=start,
        recurrence=f"RRULE:FREQ=DAILY;COUNT={OCCURRENCES}",
        on_closure="skip",
    )
    alarms.create(root, now=clock.now(), method=2, sms_template=world.sms_template, advance_notice=3600)
    return root


def wait_until(condition):
    """Wait until something has come about."""
    until = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < until, list(ClosureRun.objects.values()) + list(CalendarImport.objects.values())
        time.sleep(0.05)


def waiting():
    """Return how many statements wait for a row that somebody else holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0]


def test_killed_worker_loses_nothing_of_an_import_and_of_closures(committed, tmp_path):
    world = factories.world("Riverside")
    worker = Worker(environment(tmp_path, "http://127.0.0.1:1"), tmp_path / "worker.log")
    try:
        with tenancy.tenant(world.organization.pk):
            run(world, worker)
    finally:
        worker.kill()


@contextmanager
def locked(world, *rows):
    """Hold events on a connection of its own: who wants to change them waits."""
    params = connection.get_connection_params()
    with closing(psycopg2.connect(**params)) as held, held.cursor() as cursor:
        cursor.execute("SELECT set_config('punctual.organization', %s, false)", [str(world.organization.pk)])
        cursor.execute("SELECT id FROM calendars_event WHERE id = ANY(%s) FOR UPDATE", [[row.pk for row in rows]])
        assert cursor.rowcount == len(rows)
        yield


def run(world, worker):
    """Let a worker wait in the middle of a batch of both, kill it there, and let another one go on."""
    import_file(visits_file([VISITS], "Old"), world.calendar)
    roots = [make_series(world) for _ in range(SERIES)]
    closed = roots[0].start + timedelta(days=1)
    met = Event.objects.filter(parent_event__in=roots, start__date=closed.date()).order_by("pk")
    close(f"{closed:%Y-%m-%d}")
    closure_requests.request()
    worker.start()
    with locked(world, met.last(), Event.objects.get(uid=f"{VISITS}@x")):
        wait_until(lambda: waiting() == 1)
        content = visits_file(range(VISITS + 1), "New")
        import_queue.store(world.calendar, name="b.ics", content=[content], brought_by=None)
        wait_until(lambda: waiting() == 2)
        stand = CalendarImport.objects.first()
        assert (stand.state, stand.done, ClosureRun.objects.get().state) == ("running", BATCH, "running")
        worker.kill()
    assert not met.exclude(closure="").exists()
    worker.start()
    wait_until(lambda: {ClosureRun.objects.get().state, CalendarImport.objects.first().state} == {"done"})
    look(met)


def look(met):
    """Compare what stands with what one worker would have made without a break."""
    applied, imported = ClosureRun.objects.get(), CalendarImport.objects.first()
    assert (applied.changed, applied.done) == (SERIES, applied.total)
    assert set(met.values_list("closure_effect", flat=True)) == {"skipped"}
    ended = Alarm.objects.filter(event__in=met).values_list("state", "reason", "revision")
    assert list(ended) == [("cancelled", "closed", 1)] * SERIES
    waiting_still = Alarm.objects.exclude(event__in=met).values_list("state", "revision")
    assert list(waiting_still) == [("planned", 1)] * SERIES * (OCCURRENCES - 1)
    results = Counter(ImportedComponent.objects.filter(source=imported).values_list("result", flat=True))
    assert (imported.done, imported.total, results) == (VISITS + 1, VISITS + 1, {"created": VISITS, "changed": 1})
    titles = Counter(Event.objects.filter(uid__endswith="@x").values_list("title", flat=True))
    assert titles == {"New": VISITS + 1}
