"""Keeps a handful of programs running: restarts the one that dies, ends all in order, leaves nothing behind."""

import contextlib
import json
import os
import signal
import subprocess  # nosec B404 # it is what starts programs
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import psutil

LONGEST_PAUSE = 30.0  # seconds between two restarts of a program that keeps dying
STEADY = 30.0  # seconds after which a program counts as running well again


@dataclass
class SupervisedProcess:
    """One program: its own process group, its own log file, started again when it dies."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    grace: float = 3.0  # seconds to end by itself
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    not_before: float = 0.0

    def start(self) -> None:
        """Start it in a group of its own, so that Ctrl-C in the terminal reaches the supervisor only."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 # nosec B603 # the supervisor's own commands
                self.command,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started = time.monotonic()

    @property
    def is_running(self) -> bool:
        """Return whether its first process lives."""
        return self.process is not None and self.process.poll() is None

    def revive(self) -> bool:
        """Start it again when it died and its pause is over; True when it was found dead just now."""
        if self.is_running:
            return False
        if self.process:
            self.end_group()
            if time.monotonic() - self.started > STEADY:
                self.deaths = 0
            self.not_before = time.monotonic() + min(2.0**self.deaths, LONGEST_PAUSE)
            self.deaths += 1
            self.process = None
            return True
        if time.monotonic() >= self.not_before:
            self.start()
        return False

    def ask_to_end(self) -> None:
        """Tell its first process to finish what it does; members of a pool must not be told, they would drop it."""
        if self.process and self.is_running:
            self.process.terminate()

    def end(self, hurry: Callable[[], bool]) -> None:
        """Wait for its end as long as its grace lasts, then end the whole group."""
        deadline = time.monotonic() + self.grace
        while self.is_running and time.monotonic() < deadline and not hurry():
            time.sleep(0.02)
        self.end_group()

    def end_group(self) -> None:
        """End whatever is left of its group."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Register:
    """The file that names the running children, so that a killed supervisor's are found by the next one."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lock: TextIO | None = None

    def write(self, children: list[SupervisedProcess]) -> None:
        """Remember the children that run, each by its id and the time of its start."""
        rows = []
        for child in children:
            if child.process:
                with contextlib.suppress(psutil.NoSuchProcess):
                    rows.append([child.process.pid, psutil.Process(child.process.pid).create_time()])
        draft = self.file.with_suffix(".draft")
        draft.write_text(json.dumps(rows))
        draft.replace(self.file)

    def end_orphans(self) -> int:
        """End what an earlier supervisor left, by the ids it wrote down; return how many there were."""
        try:
            rows = json.loads(self.file.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return 0
        left = [process for pid, started in rows for process in _members(pid, started)]
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=5)
        self.forget()
        return len(left)

    def forget(self) -> None:
        """Remove the file: nothing runs any more."""
        self.file.unlink(missing_ok=True)


def _members(group: int, started: float) -> list[psutil.Process]:
    # The number may belong to another program by now: only processes of that group, begun no earlier, in this folder.
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
            is_ours = os.getpgid(process.pid) == group and process.create_time() >= started - 0.1
            if is_ours and process.cwd() == str(Path.cwd()):
                found.append(process)
    return found
