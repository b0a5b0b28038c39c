"""Import iCalendar components (RFC 5545, 5546): events are matched by UID; importing again changes nothing."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from calendars.engine.icalendar import event_reader
from calendars.engine.icalendar.file_index import FileIndex
from calendars.engine.icalendar.parsed_event import ParsedEvent, SkippedComponent
from calendars.engine.icalendar.uid_components import UidComponents
from calendars.engine.states import ImportOutcome
from calendars.errors import CalendarWithoutUser
from calendars.models import Calendar
from calendars.services.exchange.component_result import ComponentResult, ResultCollector
from calendars.services.exchange.event_import import EventImporter

BATCH = 700  # components


@dataclass(frozen=True)
class ImportSource:
    """The lines of an indexed file; `time_zone` is that of the calendar."""

    lines: Iterable[str]
    time_zone: str
    index: FileIndex

    @property
    def components(self) -> int:
        """How many events the file has."""
        return self.index.events


def import_components(
    source: ImportSource, *, calendar: Calendar, now: datetime, after: int = 0
) -> Generator[list[ComponentResult]]:
    """Import components and yield results, some hundred at a time, in the caller's transaction.

    What is told of one UID is taken together, as soon as all of it was read. Of a file that was begun, the batches up
    to `after` are only read.
    """
    if calendar.user is None:
        raise CalendarWithoutUser
    results = ResultCollector()
    importer = EventImporter(calendar, calendar.user, now, results)
    waiting = _UidCollector(source.index)
    found = event_reader.read(source.lines, time_zone=source.time_zone, index=source.index)
    number = 0
    while batch := list(islice(found, BATCH)):
        number += 1
        for entry in batch:
            waiting.add(entry)
        whole = waiting.complete()
        if number > after:
            for entry in batch:
                if isinstance(entry, SkippedComponent):
                    results.skip(entry)
            _take(whole, importer, results)
            yield results.handed_over()
    if waiting.open and number >= after:
        _take(waiting.rest(), importer, results)
        yield results.handed_over()


def _take(found: Iterable[UidComponents], importer: EventImporter, results: ResultCollector) -> None:
    series: list[UidComponents] = []
    for each in found:
        arranged = list(each.arranged())
        for part in (each, *arranged):
            for entry, reason in part.dropped:
                results.note(entry, ImportOutcome.SKIPPED, reason)
            part.dropped.clear()
        series += arranged
    if series:
        importer.take(series)


class _UidCollector:
    """Puts the components of a UID together, which may stand far apart in the file."""

    def __init__(self, index: FileIndex) -> None:
        self.repeated = index.repeated
        self.open: dict[str, UidComponents] = {}
        self.seen: dict[str, int] = {}

    def add(self, entry: ParsedEvent | SkippedComponent) -> None:
        if entry.uid in self.repeated:
            self.seen[entry.uid] = self.seen.get(entry.uid, 0) + 1
        if isinstance(entry, ParsedEvent):
            self.open.setdefault(entry.uid, UidComponents(entry.uid)).add(entry)

    def complete(self) -> list[UidComponents]:
        """Take out what no later component is about."""
        left = {uid for uid in self.open if self.seen.get(uid, 0) < self.repeated.get(uid, 0)}
        done = [each for uid, each in self.open.items() if uid not in left]
        self.open = {uid: self.open[uid] for uid in left}
        return done

    def rest(self) -> list[UidComponents]:
        """Take out what is left, where some component could not be read."""
        return list(self.open.values())
