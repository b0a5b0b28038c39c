"""`manage.py seed_demo`: two demo clinics, with dates relative to now."""

import json
import os
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.kernel import clock
from config.kernel.errors import PunctualError
from demo.seed import clinics


class Command(BaseCommand):
    """Makes the demo's clinics, or brings them up to date."""

    help = "Makes two demo clinics, or brings their visits up to date. Sign-ins of an earlier run stay valid."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--migrate", action="store_true", help="make or change the tables first")
        parser.add_argument("--write", type=Path, metavar="FILE", help="where sign-ins are kept, and read from")
        parser.add_argument("--reset", action="store_true", help="delete the demo clinics first")
        parser.add_argument("--patience", type=float, default=30, metavar="SECONDS", help="to wait for the simulator")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the demo and write or print its sign-ins."""
        file: Path | None = options["write"]
        if options["migrate"]:
            call_command("migrate", verbosity=0)
        if options["reset"]:
            clinics.remove()
        try:
            made = clinics.seed(now=clock.now(), known=_read(file), patience=options["patience"])
        except PunctualError as error:
            raise CommandError(error.message) from error
        text = json.dumps(made, indent=2, ensure_ascii=False)
        if file:
            _write(file, text)
        else:
            self.stdout.write(text)


def _read(file: Path | None) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text()) if file else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(file: Path, text: str) -> None:
    """Replace the file in one step, readable by its owner only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text + "\n")
    draft.replace(file)
