"""Real Celery processes on the test database, started, killed and ended by their own ids."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connections

from tests.time_limits import HANG

# Short times, so that a crash is settled within seconds; settle still exceeds the call's time limit.
TIMES = {
    "OUTBOX_LEASE": "4",
    "OUTBOX_SETTLE": "3",
    "OUTBOX_CALL_TIMEOUT": "2",
    "OUTBOX_LOOKUP_PAUSE": "1",
    "TICK_PLAN": "0.5",
    "TICK_DISPATCH": "0.5",
    "TICK_RECONCILE": "1",
    "TICK_EXPAND": "30",
    "TICK_RESUME": "0.5",
    "RUN_LEASE": "5",
    "OUTBOX_BATCH": "60",
    "OUTBOX_CONCURRENCY": "8",
    "OUTBOX_RETRY_BASE": "1",
    "OUTBOX_RETRY_CAP": "2",
}


def environment(folder: Path, public_url: str) -> dict[str, str]:
    """Return the variables of a worker on the test database, with a broker of its own in a folder."""
    params = connections["default"].get_connection_params()
    url = f"postgres://{params['user']}@/{params['dbname']}?host={quote(params['host'])}"
    return {
        **os.environ,
        **TIMES,
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        "DATABASE_URL": url,
        "DATA_DIR": str(folder),
        "SECRET_KEY": settings.SECRET_KEY,
        "PUBLIC_URL": public_url,
        "FIELD_ENCRYPTION_KEY": settings.FIELD_ENCRYPTION_KEY,
        "LOG_LEVEL": "WARNING",
    }


class Worker:
    """A Celery worker with its beat, in a process group of its own."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        self.env, self.log, self.process = env, log, None

    def start(self) -> None:
        """Start it."""
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-B", "-c", "2", "-l", "warning"]
        schedule = ["-s", str(Path(self.env["DATA_DIR"], "schedule"))]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command + schedule, env=self.env, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, number: int = signal.SIGKILL) -> None:
        """End the whole group, and wait until it is gone."""
        os.killpg(self.process.pid, number)
        self.process.wait(timeout=HANG)
