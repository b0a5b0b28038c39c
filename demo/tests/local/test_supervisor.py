"""The supervisor, with small real processes."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from demo.local.supervisor import Register, SupervisedProcess
from tests.time_limits import HANG

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
PARENT = """
import subprocess, sys
print('up', flush=True)
subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])
"""


@pytest.fixture
def launch(tmp_path):
    """Return a function that starts a child and waits until it said that it is up; all end with the test."""
    children = []

    def start(program, **fields):
        child = SupervisedProcess(name="it", command=[sys.executable, "-c", program], log=tmp_path / "it.log", **fields)
        children.append(child)
        child.start()
        until(lambda: "up" in child.log.read_text())
        return child

    yield start
    for child in children:
        child.end_group()


def until(is_true):
    deadline = time.monotonic() + HANG
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def never():
    return False


def test_a_child_ends_when_it_is_asked(launch):
    child = launch(SLEEPER)
    child.ask_to_end()
    child.end(never)
    assert (child.is_running, child.process.returncode) == (False, -signal.SIGTERM)


def test_a_child_that_does_not_listen_is_ended_after_its_grace(launch):
    child = launch(STUBBORN, grace=0.1)
    child.ask_to_end()
    child.end(never)
    assert child.process.returncode == -signal.SIGKILL


def test_a_second_signal_cuts_the_grace_short(launch):
    child = launch(STUBBORN, grace=60)
    child.ask_to_end()
    child.end(lambda: True)
    assert child.process.returncode == -signal.SIGKILL


def test_grandchildren_end_with_their_group(launch):
    child = launch(PARENT, grace=0.1)
    until(lambda: psutil.Process(child.process.pid).children())
    (grandchild,) = psutil.Process(child.process.pid).children()
    child.end(never)
    until(lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE)


def test_a_dead_child_starts_again_after_a_pause(launch):
    child = launch(SLEEPER)
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: not child.is_running)
    assert child.revive() is True
    assert child.revive() is False
    assert child.process is None  # the pause is not over
    child.not_before = 0
    child.revive()
    assert child.is_running
    assert child.process.pid != first


def test_pauses_grow_while_a_child_keeps_dying(launch):
    child = launch("print('up')")
    pauses = []
    for _ in range(7):
        until(lambda: not child.is_running)
        child.revive()
        pauses.append(round(child.not_before - time.monotonic()))
        child.start()
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_orphans_of_a_killed_supervisor_are_ended(launch, tmp_path):
    child = launch(PARENT)
    until(lambda: psutil.Process(child.process.pid).children())
    register = Register(tmp_path / "children.json")
    register.write([child])
    assert Register(tmp_path / "children.json").end_orphans() == 2
    assert not child.is_running
    assert not (tmp_path / "children.json").exists()


def test_a_number_that_another_program_has_by_now_is_left_alone(launch, tmp_path):
    child = launch(SLEEPER)
    register = Register(tmp_path / "children.json")
    later = time.time() + 60  # noqa: TID251 - the operating system dates processes by the machine's clock
    (tmp_path / "children.json").write_text(f"[[{child.process.pid}, {later}]]")
    assert register.end_orphans() == 0
    assert child.is_running


def test_a_process_of_another_folder_is_left_alone(launch, tmp_path):
    elsewhere = subprocess.Popen([sys.executable, "-c", SLEEPER], cwd=tmp_path, start_new_session=True)
    (tmp_path / "children.json").write_text(f"[[{elsewhere.pid}, 0]]")
    assert Register(tmp_path / "children.json").end_orphans() == 0
    assert elsewhere.poll() is None
    elsewhere.kill()
    elsewhere.wait()


def test_nothing_written_down_means_no_orphans(tmp_path):
    assert Register(tmp_path / "children.json").end_orphans() == 0
