"""`make demo`, as a person starts and stops it."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from django.apps import apps

from demo.local import embedded_postgres
from tests import migrated_database
from tests.time_limits import HANG

# The continuous integration lets it make all its tables.
FROM_NOTHING = "DEMO_FROM_NOTHING" in os.environ or "SERVER_LOG" not in os.environ
# What the newest migration of an app made, as if a demo of an older version had run here.
OLDER = "SET search_path = public; DROP TABLE {tables} CASCADE; DELETE FROM django_migrations WHERE app = 'simulator';"
ROOT = Path(__file__).resolve().parents[3]
OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "DJANGO_SETTINGS_MODULE", "CELERY_BROKER_URL", "PUBLIC_URL")

pytestmark = pytest.mark.slow


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Run:
    """A demo in a folder of its own."""

    def __init__(self, folder, port):
        self.folder, self.port, self.lines = folder, port, []
        environment = {name: value for name, value in os.environ.items() if name not in OURS}
        environment |= {"DATA_DIR": str(folder), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "demo.local.launcher"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
        self.reader.start()
        self.seen = []

    def wait_for(self, text):
        """Wait until it printed a text, and remember its processes."""
        deadline = time.monotonic() + HANG
        while not any(text in line for line in self.lines):
            assert self.process.poll() is None, "".join(self.lines)
            assert time.monotonic() < deadline, "".join(self.lines)
            time.sleep(0.05)
        self.seen = self.processes()

    def processes(self):
        found = psutil.Process(self.process.pid).children(recursive=True)
        pid_file = self.folder / "pg" / "postmaster.pid"
        if pid_file.exists():
            server = psutil.Process(int(pid_file.read_text().splitlines()[0]))
            found += [server, *server.children(recursive=True)]
        return found

    def living(self):
        """Return the processes that live."""
        return [process for process in self.seen if is_alive(process)]

    def outlived(self):
        """Return the processes that do not end although it has."""
        deadline = time.monotonic() + HANG
        while self.living() and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.living()

    def end(self, number):
        """Send a signal and wait; return the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=HANG)
        self.reader.join(timeout=HANG)
        return time.monotonic() - began


def is_alive(process):
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


@pytest.fixture
def start():
    """Return a function that starts a demo; whatever it leaves is ended by its id."""
    runs = []
    # Not pytest's own folder: another run closes that to the user under whom root's database runs.
    folder = Path(tempfile.mkdtemp(prefix="punctual-"))

    def launch(port=None, prepare=None):
        if prepare:
            prepare(folder)
        runs.append(Run(folder, port or free_port()))
        return runs[-1]

    yield launch
    for run in runs:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)
        for process in run.living():
            process.kill()
        run.process.stdout.close()
    shutil.rmtree(folder)


@pytest.fixture
def older(request):
    """Return a function that fills a folder's database but for the simulator's tables; to make all takes long."""
    if FROM_NOTHING:
        return lambda folder: None
    request.getfixturevalue("django_db_setup")
    names = [model._meta.db_table for model in apps.get_app_config("simulator").get_models()]

    def fill(folder):
        server = embedded_postgres.start(folder / "pg")
        migrated_database.restore(migrated_database.dump() + OLDER.format(tables=", ".join(names)), server)
        server.stop()

    return fill


def fetch(address):
    with urllib.request.urlopen(address, timeout=HANG) as answer:
        return answer.status, answer.read()


def test_a_demo_starts_survives_a_kill_and_leaves_nothing(start, older):
    first = start(prepare=older)
    first.wait_for("Punctual is ready.")
    told = json.loads((first.folder / "demo.json").read_text())
    assert told["url"] == f"http://127.0.0.1:{first.port}"
    assert set(told) == {"url", "simulator", "admin", "clinics"}
    assert set(told["clinics"][0]) >= {"name", "organization_uuid", "username", "password", "api_key"}
    assert fetch(f"{told['url']}/healthz") == (200, b'{"status": "ok"}')
    assert fetch(f"{told['url']}/accounts/login/")[0] == 200
    assert fetch(told["simulator"])[0] == 200
    assert len(first.seen) > 8

    # Killed, it leaves orphans; the next start in the same folder ends them first.
    first.end(signal.SIGKILL)
    assert first.living()
    second = start(first.port)
    second.wait_for("Punctual is ready.")
    assert [line for line in second.lines if "An earlier demo was killed" in line]
    assert second.end(signal.SIGINT) < 15
    assert (second.process.returncode, first.outlived(), second.outlived()) == (0, [], [])
    assert not (second.folder / "env").exists()


def test_a_taken_port_is_told(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = start(port)
        run.process.wait(timeout=HANG)
        run.reader.join(timeout=HANG)
    assert run.process.returncode == 1
    assert f"Port {port} is taken by another program. Choose one: make demo PORT={port + 1}\n" in run.lines
