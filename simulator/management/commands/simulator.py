"""`manage.py simulator`: the mail provider and the carrier's callbacks, beside the pages that the web server shows."""

import signal
import threading
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from simulator import callbacks, protocols


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT."""

    help = "Run the simulator's SMTP server and post the callbacks that its carrier owes."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take another port than SIMULATOR_SMTP_PORT."""
        parser.add_argument("--smtp-port", type=int, default=settings.SIMULATOR_SMTP_PORT)

    def handle(self, *args: Any, smtp_port: int, **options: Any) -> None:
        """Serve mail in one thread, post callbacks in this one."""
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        with ExitStack() as servers:
            for side in protocols.servers():
                servers.enter_context(side.serving(port=smtp_port))
            self.stdout.write(f"Simulator: SMTP on 127.0.0.1:{smtp_port}, callbacks are posted.")
            callbacks.run(stopping)
        self.stdout.write("Simulator: stopped.")
