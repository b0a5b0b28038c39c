"""`manage.py import_calendar FILE.ics`: events from an iCalendar file; looks only, until --commit."""

from collections import Counter
from math import inf
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import tenancy
from accounts.services import organizations
from calendars.engine.states import ImportOutcome
from calendars.models import Calendar
from calendars.services import calendar_lookup
from calendars.services.exchange import import_queue, import_run
from calendars.services.exchange.component_result import ComponentResult
from calendars.services.exchange.import_run import CalendarFile
from config.kernel import clock
from config.kernel.errors import PunctualError
from config.kernel.progress import ProgressBar

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
        parser.add_argument("--no-progress", action="store_true", help="draw no bar")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the import and tell what became of each component."""
        path: Path = options["file"]
        self.counts: Counter[ImportOutcome] = Counter()
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        self.bar = ProgressBar(_count_events(path), shown=not options["no_progress"])
        try:
            organization = organizations.find(options["organization"])
            with tenancy.tenant(organization.pk):
                calendar = calendar_lookup.calendar(options["calendar"])
                (self._import if options["commit"] else self._preview)(path, calendar)
        except PunctualError as error:
            raise CommandError(error.message) from error
        finally:
            self.bar.done()
        self.stdout.write(summary(self.counts, commit=options["commit"]))

    def _preview(self, path: Path, calendar: Calendar) -> None:
        with path.open("rb") as stream:
            file = CalendarFile(path.name, stream)
            import_run.preview_in_batches(file, calendar=calendar, now=clock.now(), tell=self._tell)

    def _import(self, path: Path, calendar: Calendar) -> None:
        """Import as a worker does; should this process die, a worker goes on."""
        with path.open("rb") as stream:
            content = iter(lambda: stream.read(import_queue.PART), b"")
            row = import_queue.store(calendar, name=path.name, content=content, brought_by=None, held=True)
        import_queue.work(tenancy.current(), row.pk, seconds=inf, fence=row.fence, tell=self._tell)
        row.refresh_from_db()
        if row.error:
            raise CommandError(row.error)

    def _tell(self, outcomes: list[ComponentResult]) -> None:
        self.counts.update(outcome.result for outcome in outcomes)
        self.bar.clear()
        for outcome in outcomes:
            self.stdout.write(told(outcome))
        self.bar.at(self.counts.total())


def _count_events(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(line[:12].upper() == b"BEGIN:VEVENT" for line in stream)


def told(outcome: ComponentResult) -> str:
    """Return one component in a line."""
    what = " ".join(filter(None, [f"“{outcome.title}”" if outcome.title else "", outcome.uid]))
    notes = f" ({'; '.join(outcome.notes)})" if outcome.notes else ""
    return f"line {outcome.line}: {outcome.result}: {what or 'without UID'}{notes}"


def summary(counts: Counter[ImportOutcome], *, commit: bool) -> str:
    """Return the counts, and that nothing was saved when nothing was."""
    done = "" if commit else "would be "
    told = ", ".join(f"{counts[result]:,} {done if result in DONE else ''}{result}" for result in ImportOutcome)
    return f"{counts.total():,} components: {told}." + (
        "" if commit else "\nNothing has been saved. Add --commit to do it."
    )
