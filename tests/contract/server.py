"""The program as it runs in production: gunicorn, on the test database, in a process of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.time_limits import HANG


@contextlib.contextmanager
def running(folder: Path, env: dict[str, str], settings: str = "tests.contract.settings") -> Iterator[str]:
    """Serve until the end of the block; return the address. `env` names database and keys."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = env | {
        "DJANGO_SETTINGS_MODULE": settings,
        "ALLOWED_HOSTS": "127.0.0.1",
        "PUBLIC_URL": "https://punctual.example",
        "SECURE_SSL_REDIRECT": "0",
        "CELERY_BROKER_URL": "filesystem://localhost//",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "2"]
    command += ["--keep-alive", "75", "--no-control-socket"]
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}/healthz", folder / "web.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(timeout=HANG)


def trouble(folder: Path) -> str:
    """Return the first error that the program logged."""
    _before, word, rest = (folder / "web.log").read_text().partition("Traceback")
    return word + rest[:6000]


def _wait(address: str, log: Path) -> None:
    deadline = time.monotonic() + HANG
    while True:
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(address, timeout=5):
            return
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
