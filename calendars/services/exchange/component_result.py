"""What became of a component of a file."""

from dataclasses import dataclass, field
from typing import Any

from calendars.engine.icalendar.file_index import UNSTORABLE
from calendars.engine.icalendar.parsed_event import ParsedEvent, SkippedComponent
from calendars.engine.states import ImportOutcome
from calendars.models import Event
from config.kernel import text


@dataclass(frozen=True)
class ComponentResult:
    """The result of importing one component, and why."""

    line: int
    uid: str
    title: str
    result: ImportOutcome
    notes: tuple[str, ...] = ()
    event: Event | None = None
    # What the event said before it was changed.
    before: dict[str, Any] = field(default_factory=dict)


class ResultCollector:
    """Collects results until they are handed over."""

    def __init__(self) -> None:
        self.results: list[ComponentResult] = []

    def handed_over(self) -> list[ComponentResult]:
        """Return the results since the last time, in the order of their lines."""
        results, self.results = sorted(self.results, key=lambda result: result.line), []
        return results

    def skip(self, entry: SkippedComponent) -> None:
        """Record a component that is no event, or cannot be read."""
        reason = text.told(entry.reason)
        reason = reason if entry.kind == "VEVENT" else f"{entry.kind}: {reason}"
        self.results.append(ComponentResult(entry.line, entry.uid, "", ImportOutcome.SKIPPED, _storable(reason)))

    def note(
        self,
        entry: ParsedEvent,
        result: ImportOutcome,
        *reasons: str,
        event: Event | None = None,
        before: dict[str, Any] | None = None,
    ) -> None:
        """Record what became of an event of the file."""
        notes = _storable(*map(text.told, (*reasons, *entry.warnings)))
        self.results.append(ComponentResult(entry.line, entry.uid, entry.title, result, notes, event, before or {}))


def _storable(*notes: str) -> tuple[str, ...]:
    """Return notes that may quote a file, without what no column can hold."""
    return tuple(UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", note) for note in notes)
