"""A real worker and real beats over the file broker."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from calendars.models import Alarm
from config.kernel import clock
from notifications.models import Delivery
from tests import factories
from tests.end_to_end.workers import environment
from tests.time_limits import HANG

pytestmark = pytest.mark.slow


@pytest.fixture
def celery(tmp_path):
    """Return a function that starts a Celery program; each is ended by its own group's id."""
    started = []
    env = environment(tmp_path, "http://127.0.0.1:1") | {"LOG_LEVEL": "INFO", "TICK_PLAN": "0.2"}

    def start(name, *arguments):
        with (tmp_path / name).open("wb") as log:
            command = [sys.executable, "-m", "celery", "-A", "config", *arguments]
            started.append(subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True))
        return tmp_path / name

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=HANG)


def until(is_true, log):
    deadline = time.monotonic() + HANG
    while not is_true():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def overdue(world, number):
    event = factories.event(world, start=clock.now() + timedelta(hours=2))
    for _ in range(number):
        factories.alarm(world, event, due_at=clock.now() - timedelta(seconds=1), alarm_phonenumber="+15551230000")


def test_two_beats_and_two_workers_make_each_message_once(committed, world, celery):
    overdue(world, 20)
    for name in ("one", "two"):
        log = celery(f"worker-{name}", "worker", "-P", "prefork", "-c", "1", "-l", "INFO", "-n", f"{name}@%h")
        celery(f"beat-{name}", "beat", "-s", str(log.with_name(f"schedule-{name}")), "--pidfile=", "-l", "INFO")
    until(lambda: not Alarm.objects.unscoped().waiting().exists(), log)
    keys = Delivery.objects.unscoped().values_list("dedup_key", flat=True)
    assert sorted(keys) == sorted(f"alarm:{pk}:1" for pk in Alarm.objects.unscoped().values_list("pk", flat=True))
    assert len(keys) == 20


def test_a_lost_wake_up_costs_a_moment_and_no_alarm(committed, world, celery, tmp_path):
    beat = celery("beat", "beat", "-s", str(tmp_path / "schedule"), "--pidfile=", "-l", "INFO")
    messages = tmp_path / "broker" / "messages"
    until(lambda: messages.exists() and list(messages.glob("*")), beat)
    overdue(world, 1)
    # Whatever the broker held is gone, as after a crash of Redis.
    for message in messages.glob("*"):
        message.unlink(missing_ok=True)
    log = celery("worker", "worker", "-P", "prefork", "-c", "1", "-l", "INFO")
    until(lambda: Delivery.objects.unscoped().exists(), log)
    assert Delivery.objects.unscoped().count() == 1
