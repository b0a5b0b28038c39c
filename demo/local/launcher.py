"""`make demo`: the whole of Punctual on this machine, with two demo clinics, until Ctrl-C."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess  # nosec B404 # starts the programs of the demo
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import Any

import psutil
import psycopg2

from demo.local import embedded_postgres
from demo.local.supervisor import Register, SupervisedProcess

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240.0  # seconds that any step of the start may take


class StopRequested(Exception):
    """Somebody pressed Ctrl-C."""


class Refused(Exception):
    """The demo cannot start; the message says what to do."""


class Demo:
    """The embedded database and the four programs around it."""

    def __init__(self, *, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.signals = 0
        self.wake = threading.Event()
        self.register = Register(folder / "children.json")
        self.server: embedded_postgres.Server | None = None
        self.children: list[SupervisedProcess] = []
        self.environment: dict[str, str] = {}

    def run(self) -> int:
        """Start everything, watch over it, and end it in order; return the exit status."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        with _only_one(self.folder):
            try:
                self._start()
                self._announce()
                self._watch()
            except StopRequested:
                pass
            finally:
                self._stop()
        return 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1
        self.wake.set()

    def _start(self) -> None:
        if self.register.end_orphans():
            print("An earlier demo was killed; its processes are ended now.", flush=True)
        _check_port(self.port)
        self._tidy()
        if not os.environ.get("DATABASE_URL"):
            print("Starting the database ...", flush=True)
            self.server = embedded_postgres.start(self.folder / "pg")
        self.environment = self._environment()
        (self.folder / "env").write_text("".join(f"{name}={value}\n" for name, value in self.environment.items()))
        self.children = self._programs()
        worker, beat, simulator, web = self.children
        # It loads while the demo clinics are made.
        self._launch(web)
        seed = ("seed_demo", "--migrate", "--write", str(self.folder / "demo.json"))
        self._command("Preparing the tables and the demo clinics ...", *seed)
        self._launch(simulator, worker, beat)
        print("Starting the web server, the worker and the phone simulator ...", flush=True)
        self._wait(self._is_answering, web)
        self._wait(lambda: b" ready." in worker.log.read_bytes(), worker)

    def _environment(self) -> dict[str, str]:
        names = ("DATABASE_URL", "DATABASE_OWNER_URL")
        given = {name: os.environ[name] for name in names if name in os.environ}
        return {
            **(self.server.environment() if self.server else given),
            "DATA_DIR": str(self.folder),
            "PUBLIC_URL": self.url,
            "SIMULATOR_SMTP_PORT": str(_free_port(self.port + 25)),
        }

    def _programs(self) -> list[SupervisedProcess]:
        python = sys.executable
        celery = [python, "-m", "celery", "-A", "config"]
        # Threads, because a browser's spare connections would block a worker that serves one at a time.
        gunicorn = ["gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{self.port}", "--workers", "2", "--threads", "4"]
        # The program is loaded once, for both workers.
        gunicorn += ["--no-control-socket", "--preload"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        schedule = str(self.folder / "beat-schedule")
        return [
            # In the order of their end: the worker's last calls still need the web server and the database.
            self._child("worker", [*celery, "worker", "-P", "prefork", "-c", "2", "-l", "INFO", *quiet]),
            self._child("beat", [*celery, "beat", "-s", schedule, "--pidfile=", "-l", "INFO"], grace=1),
            self._child("simulator", [python, "manage.py", "simulator"], grace=1),
            self._child("web", [python, "-m", *gunicorn], grace=2),
        ]

    def _child(self, name: str, command: list[str], *, grace: float = 4) -> SupervisedProcess:
        log = self.folder / "logs" / f"{name}.log"
        return SupervisedProcess(name=name, command=command, log=log, environment=self.environment, grace=grace)

    def _tidy(self) -> None:
        """Set aside old logs, and remove what an earlier run left: the file broker's messages and beat's schedule."""
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        for log in (self.folder / "logs").glob("*.log"):
            log.replace(log.with_suffix(".log.old"))
        for name in ("web", "worker", "beat", "simulator", "prepare"):
            (self.folder / "logs" / f"{name}.log").touch()
        shutil.rmtree(self.folder / "broker", ignore_errors=True)
        for stale in self.folder.glob("beat-schedule*"):
            stale.unlink()

    def _launch(self, *children: SupervisedProcess) -> None:
        for child in children:
            child.start()
        self.register.write(self.children)

    def _command(self, sentence: str, *arguments: str) -> None:
        """Run one `manage.py` command to its end; a failure ends the demo with what it said."""
        print(sentence, flush=True)
        child = self._child("prepare", [sys.executable, "manage.py", *arguments])
        child.start()
        try:
            self._wait(lambda: not child.is_running, child)
        finally:
            child.end_group()
        if child.process and child.process.returncode:
            raise Refused(f"`manage.py {arguments[0]}` failed:\n{_tail(child.log)}")

    def _wait(self, is_done: Any, child: SupervisedProcess) -> None:
        deadline = time.monotonic() + PATIENCE
        while not is_done():
            if child.name != "prepare" and not child.is_running:
                raise Refused(f"The {child.name} ended at once:\n{_tail(child.log)}")
            if time.monotonic() > deadline:
                raise Refused(f"The {child.name} takes too long; see {child.log}.")
            self._sleep(0.1)

    def _sleep(self, seconds: float) -> None:
        self.wake.wait(seconds)
        if self.signals:
            raise StopRequested

    def _is_answering(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:  # noqa: S310 # nosec B310 # our own address
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _announce(self) -> None:
        seeded = json.loads((self.folder / "demo.json").read_text())
        admin = seeded["admin"]
        lines = ["", "Punctual is ready.", ""]
        lines.append(f"  Desk     {self.url}/    the clinic's day")
        lines.append(f"  Phones   {seeded['simulator']}    the patients' phones and mailboxes")
        lines.append(f"  Admin    {self.url}/admin/    everything, and all settings")
        lines.append(f"  REST     {self.url}/rest-api/    documented at {self.url}/docs/")
        lines += ["", "  Sign in as"]
        for clinic in seeded["clinics"]:
            lines.append(f"    {clinic['username']} / {clinic['password']}    owner of {clinic['name']}")
        lines.append(f"    {admin['username']} / {admin['password']}    administrator, supports both clinics")
        lines += ["", f"  Keys and sign-ins are also in {self.folder / 'demo.json'}, logs in {self.folder / 'logs'}."]
        print("\n".join([*lines, "  Ctrl-C stops everything.", ""]), flush=True)

    def _watch(self) -> None:
        while True:
            self._sleep(0.5)
            for child in self.children:
                was_running = child.process is not None
                if child.revive():
                    print(f"The {child.name} died; it starts again (see {child.log}).", flush=True)
                elif child.process and not was_running:
                    self.register.write(self.children)
            if self.server and not _is_alive(self.server.pid):
                print("The database died; it starts again.", flush=True)
                # Its last children may hold the shared memory for a moment: then the next round succeeds.
                with contextlib.suppress(subprocess.SubprocessError, psycopg2.OperationalError):
                    self.server = embedded_postgres.start(self.folder / "pg")

    def _stop(self) -> None:
        if self.children:
            print("\nStopping ...", flush=True)
        # The worker first, while beat still wakes it: a worker that sleeps notices its end only seconds later.
        for child in self.children:
            child.ask_to_end()
            child.end(lambda: self.signals > 1)
        if self.server:
            self.server.stop()
        (self.folder / "env").unlink(missing_ok=True)
        self.register.forget()


@contextlib.contextmanager
def _only_one(folder: Path) -> Any:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(
                f"A demo already runs in {folder}. Stop it, or start another with DATA_DIR=/elsewhere PORT=8001."
            ) from error
        yield


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Refused(f"Port {port} is taken by another program. Choose one: make demo PORT={port + 1}") from error


def _free_port(wanted: int) -> int:
    """Return the wanted port when it is free, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError, OverflowError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise Refused("There is no free port for the simulator's mailbox.")


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _tail(log: Path) -> str:
    return "\n".join(f"  | {line}" for line in log.read_text(errors="replace").splitlines()[-15:])


def main() -> int:
    """Run the demo in DATA_DIR on PORT."""
    os.chdir(ROOT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    folder = Path(os.environ.get("DATA_DIR") or ".data").resolve()
    try:
        return Demo(folder=folder, port=int(os.environ.get("PORT") or 8000)).run()
    except Refused as refusal:
        print(f"\n{refusal}", file=sys.stderr)
        return 1
    except subprocess.SubprocessError as error:
        print(f"\nThe database did not start: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
