"""Split an iCalendar file into components before parsing (RFC 5545 3.6): a broken one affects no other. No Django."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from config.kernel.text import N_, Sentence

TOP_LEVEL = frozenset({"VCALENDAR", "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"})


@dataclass
class CalendarHeader:
    """Properties of the enclosing VCALENDAR: method, zone, and X-LIC-LOCATIONs by TZID."""

    method: str = ""
    time_zone: str = ""
    is_bare: bool = False
    locations: dict[str, str] = field(default_factory=dict)


@dataclass
class ComponentBlock:
    """One component with its unfolded lines; `problem` says why it is incomplete."""

    kind: str
    line: int
    head: CalendarHeader
    lines: list[str]
    problem: str = ""

    def text(self) -> str:
        """Return the component as iCalendar text."""
        return "\r\n".join(self.lines) + "\r\n"

    def first(self, name: str) -> str:
        """Return the value of a property of the component, an empty string without one; the component is complete."""
        return self._values.get(name, "").strip()

    @cached_property
    def _values(self) -> dict[str, str]:
        values: dict[str, str] = {}
        for line in self.lines:
            key, colon, value = line.partition(":")
            if colon:
                values.setdefault(key.partition(";")[0].upper(), value)
        return values


def detect_encoding(lines: Iterable[bytes]) -> str:
    """Return the encoding of a file: UTF-8 with or without a BOM, else Windows-1252."""
    try:
        for line in lines:
            line.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def split_components(lines: Iterable[str]) -> Iterator[ComponentBlock]:
    """Yield the components below VCALENDAR, or outside of any, in their order."""
    cutter = _ComponentSplitter()
    for number, line in unfold(lines):
        yield from cutter.take(number, line)
    yield from cutter.finish()


def unfold(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield unfolded lines (RFC 5545 3.1) with the number of their first physical line, without empty ones."""
    begun, held = 0, ""
    for number, raw in enumerate(lines, start=1):
        line = raw.rstrip("\r\n")
        if line[:1] in (" ", "\t") and held:
            held += line[1:]
            continue
        if held.strip():
            yield begun, held
        begun, held = number, line
    if held.strip():
        yield begun, held


class _ComponentSplitter:
    """Follows BEGIN and END lines and holds the open component."""

    def __init__(self) -> None:
        self.head = CalendarHeader(is_bare=True)
        self.open: ComponentBlock | None = None

    def take(self, number: int, line: str) -> Iterator[ComponentBlock]:
        word, _, name = line.strip().partition(":")
        word, name = word.upper(), name.strip().upper()
        if word == "BEGIN" and (name in TOP_LEVEL or not self.open):
            yield from self._close(N_("END:%(kind)s is missing"))
            self._begin(name, number, line)
        elif word == "END" and (name == "VCALENDAR" or (self.open and name == self.open.kind)):
            yield from self._end(name, line)
        elif self.open:
            self.open.lines.append(line)
        else:
            self._property(line)

    def finish(self) -> Iterator[ComponentBlock]:
        yield from self._close(N_("the file ends inside of it"))

    def _begin(self, name: str, number: int, line: str) -> None:
        if name == "VCALENDAR":
            self.head = CalendarHeader()
        else:
            self.open = ComponentBlock(name, number, self.head, [line.strip()])

    def _end(self, name: str, line: str) -> Iterator[ComponentBlock]:
        if name == "VCALENDAR":
            yield from self._close(N_("END:%(kind)s is missing"))
            self.head = CalendarHeader(is_bare=True)
        elif self.open:
            self.open.lines.append(line.strip())
            yield from self._close("")

    def _close(self, problem: str) -> Iterator[ComponentBlock]:
        block, self.open = self.open, None
        if block:
            block.problem = Sentence(problem, {"kind": block.kind})
            if block.kind == "VTIMEZONE" and (location := block.first("X-LIC-LOCATION")):
                block.head.locations[block.first("TZID")] = location
            yield block

    def _property(self, line: str) -> None:
        name, _, value = line.partition(":")
        match name.partition(";")[0].upper():
            case "METHOD":
                self.head.method = value.strip().upper()
            case "X-WR-TIMEZONE":
                self.head.time_zone = value.strip()
