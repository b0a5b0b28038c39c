"""An iCalendar file that is looked at before it is imported, and what is stored of results to undo them."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _

from calendars.engine.icalendar import component_blocks
from calendars.engine.icalendar.file_index import build_index
from calendars.errors import FileTooLarge
from calendars.models import Calendar, CalendarImport, ImportedComponent
from calendars.services import event_times
from calendars.services.exchange import component_import
from calendars.services.exchange.component_import import ImportSource
from calendars.services.exchange.component_result import ComponentResult
from calendars.services.exchange.import_undo import MOMENTS, UNDO_PERIOD
from config.kernel import bulk_sql

MAX_COMPONENTS = 2000  # that are looked at within a request
COLUMNS = ("organization", "source", "event", "line", "uid", "result", "notes", "version", "before")


@dataclass(frozen=True)
class CalendarFile:
    """An uploaded iCalendar file; its stream can be read repeatedly."""

    name: str
    stream: IO[bytes]
    most: int | None = None

    def lines(self) -> Iterator[str]:
        """Yield its lines from the first."""
        encoding = self.encoding
        self.stream.seek(0)
        text = io.TextIOWrapper(self.stream, encoding, errors="surrogateescape")
        try:
            yield from text
        finally:
            # What it wraps stays open, for the next time; of an import that broke off, it may be closed.
            if not self.stream.closed:
                text.detach()

    @cached_property
    def encoding(self) -> str:
        """In what it is written."""
        self.stream.seek(0)
        return component_blocks.detect_encoding(self.stream)

    def source(self, time_zone: str) -> ImportSource:
        """Look it through; raise `FileTooLarge` where it has more components than may be."""
        found = build_index(self.lines())
        if self.most and found.events > self.most:
            raise FileTooLarge(
                _("The file has more than %(most)s events; cut it into parts.") % {"most": self.most}, field="file"
            )
        return ImportSource(self.lines(), time_zone, found)


def preview(file: CalendarFile, *, calendar: Calendar, now: datetime) -> list[ComponentResult]:
    """Return what an import of a file would do to each component; raises `FileTooLarge`, `CalendarWithoutUser`."""
    outcomes: list[ComponentResult] = []
    preview_in_batches(file, calendar=calendar, now=now, tell=outcomes.extend)
    return sorted(outcomes, key=lambda outcome: outcome.line)


@transaction.atomic
def preview_in_batches(
    file: CalendarFile, *, calendar: Calendar, now: datetime, tell: Callable[[list[ComponentResult]], None]
) -> None:
    """Import a file of any size and take that back; `tell` gets the results, some hundred at a time."""
    source = file.source(event_times.zone_of(calendar))
    for outcomes in component_import.import_components(source, calendar=calendar, now=now):
        tell(outcomes)
    transaction.set_rollback(True)


def delete_undo_data(*, now: datetime, limit: int) -> int:
    """Delete the undo data of imports past their undo period; return of how many components."""
    old = ImportedComponent.objects.filter(source__created_at__lt=now - UNDO_PERIOD).exclude(version=None)
    ids = list(old.order_by("pk").values_list("pk", flat=True)[:limit])
    return ImportedComponent.objects.filter(pk__in=ids).update(before={}, version=None)


def store_results(row: CalendarImport, outcomes: Iterable[ComponentResult]) -> None:
    """Store the results of components, in one statement."""
    bulk_sql.insert_values(ImportedComponent, COLUMNS, [_values(row, outcome) for outcome in outcomes])


def _values(row: CalendarImport, outcome: ComponentResult) -> tuple[object, ...]:
    event = outcome.event
    return (
        row.organization_id,
        row.pk,
        event.pk if event else None,
        outcome.line,
        outcome.uid.replace("\x00", "")[:255],
        outcome.result,
        outcome.notes,
        event.version if event else None,
        {name: value.isoformat() if name in MOMENTS else value for name, value in outcome.before.items()},
    )
