"""`manage.py import_calendar FILE.ics`: events from an iCalendar file; looks only, until --commit."""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import tenancy
from accounts.services import organizations
from calendars.engine.states import ImportOutcome
from calendars.services import calendar_lookup
from calendars.services.exchange import import_run
from calendars.services.exchange.component_result import ComponentResult
from calendars.services.exchange.import_run import CalendarFile
from config.kernel import clock
from config.kernel.errors import PunctualError

DONE = (ImportOutcome.CREATED, ImportOutcome.CHANGED, ImportOutcome.CANCELLED)


class Command(BaseCommand):
    """Reads an iCalendar file."""

    help = "Takes events in from an iCalendar file (RFC 5545). Shows what it would do; --commit does it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--organization", required=True, metavar="UUID|NAME", help="whose events these are")
        parser.add_argument("--calendar", default="", metavar="NAME", help="needed when there are several")
        parser.add_argument("--commit", action="store_true", help="do it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the import and tell what became of each component."""
        path: Path = options["file"]
        self.counts: Counter[ImportOutcome] = Counter()
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            organization = organizations.find(options["organization"])
            with tenancy.tenant(organization.pk):
                calendar = calendar_lookup.calendar(options["calendar"])
                given = {"calendar": calendar, "now": clock.now(), "commit": options["commit"], "tell": self._tell}
                with path.open("rb") as stream:
                    import_run.import_in_batches(CalendarFile(path.name, stream), **given)
        except PunctualError as error:
            raise CommandError(error.message) from error
        self.stdout.write(summary(self.counts, commit=options["commit"]))

    def _tell(self, outcomes: list[ComponentResult]) -> None:
        self.counts.update(outcome.fate for outcome in outcomes)
        for outcome in outcomes:
            self.stdout.write(told(outcome))


def told(outcome: ComponentResult) -> str:
    """Return one component in a line."""
    what = " ".join(filter(None, [f"“{outcome.title}”" if outcome.title else "", outcome.uid]))
    notes = f" ({'; '.join(outcome.notes)})" if outcome.notes else ""
    return f"line {outcome.line}: {outcome.fate}: {what or 'without UID'}{notes}"


def summary(counts: Counter[ImportOutcome], *, commit: bool) -> str:
    """Return the counts, and that nothing was saved when nothing was."""
    done = "" if commit else "would be "
    told = ", ".join(f"{counts[fate]:,} {done if fate in DONE else ''}{fate}" for fate in ImportOutcome)
    return f"{counts.total():,} components: {told}." + (
        "" if commit else "\nNothing has been saved. Add --commit to do it."
    )
