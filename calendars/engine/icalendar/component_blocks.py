"""Split an iCalendar file into components before parsing (RFC 5545 3.6): a broken one affects no other. No Django."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from config.kernel.text import N_, Sentence

TORN = re.compile("[\udc80-\udcff]")
TOP_LEVEL = frozenset({"VCALENDAR", "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"})
# How lines begin that may begin or end a component.
MARKS = ("BEG", "END")
FOLDED = (" ", "\t")
UNDATED = ("DTSTAMP", "LAST-MODIFIED")


@dataclass
class CalendarHeader:
    """Properties of the enclosing VCALENDAR: its number in the file (0: none encloses), method and zone."""

    number: int = 0
    method: str = ""
    time_zone: str = ""

    @property
    def is_bare(self) -> bool:
        """Whether there is none."""
        return self.number == 0


@dataclass
class ComponentBlock:
    """One component with its unfolded lines; `problem` says why it is incomplete."""

    kind: str
    line: int
    head: CalendarHeader
    lines: list[str]
    problem: str = ""
    has_alarms: bool = False

    def text(self) -> str:
        """Return the component as iCalendar text."""
        return "\r\n".join(self.lines) + "\r\n"

    def digest(self) -> str:
        """Return a hash that changes with everything but DTSTAMP and LAST-MODIFIED."""
        lines = [line for line in self.lines if line[0] not in "DdLl" or not line[:13].upper().startswith(UNDATED)]
        return hashlib.sha256("\n".join([self.head.method, *lines]).encode(errors="replace")).hexdigest()

    def first(self, name: str) -> str:
        """Return the value of a property of the component, an empty string without one; the component is complete."""
        for line in self.lines:
            if line[: len(name)].upper() == name:
                key, colon, value = line.partition(":")
                if colon and key.partition(";")[0].upper() == name:
                    return value.strip()
        return ""


def detect_encoding(lines: Iterable[bytes]) -> str:
    """Return the encoding of a file: UTF-8 with or without a BOM, else Windows-1252.

    A text of Windows-1252 has hardly a line that is UTF-8 by chance; one of UTF-8 may have broken bytes.
    """
    is_broken = False
    for line in lines:
        try:
            if not line.isascii() and line.decode():
                return "utf-8-sig"
        except UnicodeDecodeError:
            is_broken = True
    return "cp1252" if is_broken else "utf-8-sig"


def split_components(lines: Iterable[str]) -> Iterator[ComponentBlock]:
    """Yield the components below VCALENDAR, or outside of any, in their order."""
    cutter = _ComponentSplitter()
    for number, line in unfold(lines):
        if cutter.open and line.lstrip()[:3].upper() not in MARKS:
            cutter.open.lines.append(line)
        else:
            yield from cutter.take(number, line)
    yield from cutter.finish()


def unfold(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield unfolded lines (RFC 5545 3.1) with the number of their first physical line, without empty ones.

    Bytes that were no text stand as surrogates; those of a character that a fold tore apart are joined again.
    """
    begun, held = 0, ""
    for number, raw in enumerate(lines, start=1):
        line = raw.rstrip("\r\n")
        if held:
            if line.startswith(FOLDED):
                held += line[1:]
                continue
            if not held.isspace():
                yield begun, held if held.isascii() else _rejoined(held)
        begun, held = number, line
    if held and not held.isspace():
        yield begun, _rejoined(held)


def _rejoined(line: str) -> str:
    if not TORN.search(line):
        return line
    return line.encode(errors="surrogateescape").decode(errors="surrogateescape")


class _ComponentSplitter:
    """Follows BEGIN and END lines and holds the open component."""

    def __init__(self) -> None:
        self.head, self.calendars = CalendarHeader(), 0
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
            self.open.has_alarms |= (word, name) == ("BEGIN", "VALARM")
        else:
            self._property(line)

    def finish(self) -> Iterator[ComponentBlock]:
        yield from self._close(N_("the file ends inside of it"))

    def _begin(self, name: str, number: int, line: str) -> None:
        if name == "VCALENDAR":
            self.calendars += 1
            self.head = CalendarHeader(self.calendars)
        else:
            self.open = ComponentBlock(name, number, self.head, [line.strip()])

    def _end(self, name: str, line: str) -> Iterator[ComponentBlock]:
        if name == "VCALENDAR":
            yield from self._close(N_("END:%(kind)s is missing"))
            self.head = CalendarHeader()
        elif self.open:
            self.open.lines.append(line.strip())
            yield from self._close("")

    def _close(self, problem: str) -> Iterator[ComponentBlock]:
        block, self.open = self.open, None
        if block:
            block.problem = Sentence(problem, {"kind": block.kind})
            yield block

    def _property(self, line: str) -> None:
        name, _, value = line.partition(":")
        match name.partition(";")[0].upper():
            case "METHOD":
                self.head.method = value.strip().upper()
            case "X-WR-TIMEZONE":
                self.head.time_zone = value.strip()
