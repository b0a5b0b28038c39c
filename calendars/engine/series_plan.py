"""Plan an edit of a series: which lines and end its root keeps, and where its occurrences go. Plain Python.

A series is a DTSTART with RRULE, RDATE and EXDATE lines (RFC 5545 3.8.5). An occurrence is known by its RECURRENCE-ID
(3.8.4.4): the wall-clock start that its series gives it. "This and the following" (3.2.13, THISANDFUTURE) ends one
series and begins another. Values in, values out: nothing here reads a row or a clock.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from zoneinfo import ZoneInfo

from calendars.engine import time_kinds
from calendars.engine.recurrence.line_edits import (
    RecurrenceText,
    check_same_occurrences,
    check_same_rest,
    dates_line,
)
from calendars.engine.recurrence.lines import YEARS
from calendars.engine.recurrence.recurrence_set import RecurrenceSet, parse, resolve, wall
from calendars.engine.recurrence.rule_parser import named
from calendars.engine.states import TimeKind
from calendars.engine.time_kinds import Shift
from calendars.engine.wall_clock import last_wall
from calendars.errors import BadRule

# How a RECURRENCE-ID is written.
IDENTITY = "%Y%m%dT%H%M%S"
# As many occurrences that have been are compared.
MOST_COMPARED = 5000
# How far the next occurrence of a series is looked for.
FAR = timedelta(days=41 * 366)
SECOND = timedelta(seconds=1)
# Where a root notes how many seconds the other occurrences last.
LENGTH = "length"

Span = tuple[datetime, datetime, datetime]  # wall-clock start, start and end (instants)


@dataclass(frozen=True)
class Series:
    """A series as its root has it: instants, the wall-clock start that was meant, lines, and a named rule."""

    start: datetime
    end: datetime
    zone: ZoneInfo
    kind: TimeKind
    first: datetime
    lines: str = ""
    frequency: str = ""
    params: str | None = None
    last: datetime | None = None  # the instant after which no occurrence starts
    length: timedelta | None = None  # how long the others last on the wall clock, where the root lasts otherwise

    @property
    def lasts(self) -> timedelta:
        """How long its occurrences last on the wall clock."""
        return time_kinds.length(self.start, self.end, self.zone, self.kind) if self.length is None else self.length

    def lasting(self, length: timedelta) -> "Series":
        """Return the same with occurrences of another length."""
        return replace(self, length=length)

    @property
    def is_root_moved(self) -> bool:
        """Whether its root is elsewhere, or lasts otherwise, than the series says; raises `BadRule`."""
        if self.first != self.recurrence.root:
            return True
        return self.length is not None and self.span(self.first) != (self.start, self.end)

    @property
    def is_series(self) -> bool:
        """Whether it recurs."""
        return bool(self.lines or self.frequency)

    @cached_property
    def recurrence(self) -> RecurrenceSet:
        """Its occurrences; raises `BadRule`."""
        return parse(
            root=self.first,
            zone=self.zone,
            frequency=self.frequency,
            params=self.params,
            text=self.lines,
            last=self.last,
            kind=self.kind,
        )

    @cached_property
    def text(self) -> RecurrenceText:
        """Its lines, also those of a named rule; raises `BadRule`."""
        rule = named(self.frequency, self.params) if self.frequency else None
        return RecurrenceText.read(self.lines, root=self.first, zone=self.zone, named=rule, kind=self.kind)

    def shift(self, first: datetime, kind: TimeKind) -> Shift:
        """Return how occurrences move when the first goes to a wall-clock time, as an event of some kind."""
        turns = kind != self.kind and TimeKind.DAYS in (kind, self.kind)
        return Shift(self.recurrence.root, first, turns=turns)

    def spans(self, starts: Iterable[datetime]) -> Iterator[Span]:
        """Yield the occurrences at wall-clock starts: as long as the root, but where a period has its own end."""
        zone, kind, ends, lasts = self.zone, self.kind, self.recurrence.ends, self.lasts
        for local in starts:
            start = resolve(local, zone)
            end = ends.get(local) or time_kinds.finish(local, lasts, zone, kind)
            # A start inside a missing hour can land behind its end on the wall clock: then the elapsed duration counts.
            yield local, start, end if end > start else start + lasts

    def span(self, local: datetime) -> tuple[datetime, datetime]:
        """Return start and end of the occurrence at a wall-clock start."""
        _, start, end = next(self.spans([local]))
        return start, end

    def next_start(self, now: datetime) -> datetime | None:
        """Return the wall-clock start of the next occurrence after the root; None where nothing follows."""
        here = wall(now, self.zone)
        return next(self.recurrence.between(here, here + FAR), None)

    def starts_until(self, now: datetime) -> list[datetime]:
        """Return the wall-clock starts after the root up to an instant, the first `MOST_COMPARED`."""
        found = self.recurrence.between(self.recurrence.root, wall(now, self.zone))
        return list(islice(found, MOST_COMPARED))


@dataclass(frozen=True)
class RootLines:
    """The lines that a root is given; whether the rule that it names stays beside them."""

    lines: str
    keeps_rule: bool


@dataclass(frozen=True)
class SeriesEnding:
    """How a root ends its series: its lines, and the last instant at which an occurrence may start."""

    lines: str
    last: datetime


@dataclass(frozen=True)
class Split:
    """A series cut in two: how the old root ends, and the lines of the new one."""

    ended: SeriesEnding
    begun: RootLines


@dataclass(frozen=True)
class ChildTimes:
    """An occurrence that has a row: its key, RECURRENCE-ID (wall clock) and instants, and how these hang on a clock."""

    pk: int
    identity: datetime
    start: datetime
    end: datetime
    zone: ZoneInfo
    kind: TimeKind
    is_cancelled: bool = False


@dataclass(frozen=True)
class ChildMove:
    """What an occurrence becomes: its RECURRENCE-ID and, where it moves along, its times (else None)."""

    pk: int
    identity: datetime
    times: Span | None = None


@dataclass(frozen=True)
class Edited:
    """The occurrence from which a whole series is changed: whether it was given another start, or another end."""

    pk: int
    is_moved: bool
    is_longer: bool


def without_rules(lines: str) -> str:
    """Return the lines of dates only."""
    return "\n".join(line for line in lines.splitlines() if not line.startswith("RRULE:"))


def anchored(lines: str, first: datetime, kind: TimeKind) -> str:
    """Return lines with a DTSTART, for a root that stands elsewhere than where its series begins (RFC 5545 3.8.2.4)."""
    if any(line.upper().startswith("DTSTART") for line in lines.splitlines()):
        return lines
    return "\n".join([dates_line("DTSTART", [first], kind), *lines.splitlines()])


def without_anchor(lines: str) -> str:
    """Return lines without a DTSTART."""
    return "\n".join(line for line in lines.splitlines() if not line.upper().startswith("DTSTART"))


def move(before: Series, to: Series) -> Series:
    """Move the lines and the end of a series to where `to` begins; which occurrences it has stays the same.

    Raises `RuleNamesDays` where its rule forbids, and `OtherOccurrences` where this program is wrong.
    """
    shift = before.shift(to.first, to.kind)
    moved = _root_lines(before.text.moved(shift, to.kind, to.zone), before)
    frequency, params = (before.frequency, before.params) if moved.keeps_rule else ("", None)
    last = before.last and _moved_last(before.last, shift, before.zone, to.zone)
    after = replace(to, lines=moved.lines, frequency=frequency, params=params, last=last)
    if not shift.turns:
        check_same_occurrences(before.recurrence, after.recurrence, shift)
    return after


def end(before: Series, at: datetime) -> SeriesEnding:
    """End a series before one of its occurrences (UNTIL, RFC 5545 3.3.10); a named rule stays, its end beside it."""
    lines = before.text.ended_before(at)
    lines = without_rules(lines) if before.text.is_named else lines
    if before.first != before.recurrence.root:
        lines = anchored(lines, before.recurrence.root, before.kind)
    return SeriesEnding(lines, resolve(at, before.zone) - SECOND)


def split(before: Series, child: Series, at: datetime) -> Split:
    """Cut a series before the occurrence at a wall-clock start, from where on `child` is the root.

    Raises `CannotSplit` where what follows would be another series than before.
    """
    begun = _root_lines(before.text.begun_at(at), before)
    if time_kinds.local(child.start, child.zone, child.kind) != at:
        begun = replace(begun, lines=anchored(begun.lines, at, child.kind))
    frequency, params = (before.frequency, before.params) if begun.keeps_rule else ("", None)
    after = replace(child, lines=begun.lines, frequency=frequency, params=params, last=before.last)
    check_same_rest(before.recurrence, after.recurrence)
    return Split(end(before, at), begun)


def reschedule(
    before: Series, after: Series, children: Sequence[ChildTimes], taken: set[str], edited: Edited | None = None
) -> list[ChildMove]:
    """Return what becomes of the occurrences to come when a series changes; `taken` are the names of all others.

    Those that were as the series said move with it. What somebody moved or cancelled by hand keeps its own time and
    stands for the moved occurrence; in a series that becomes all-day, or ceases to be, it keeps its day. One whose new
    name is taken stays as it is. The occurrence that was `edited` is where it was put.
    """
    shift = before.shift(after.recurrence.root, after.kind)
    names = _names(children, shift, set(taken))
    moves = [_move(child, names[child.pk], shift, before, after) for child in children]
    if edited is None:
        return moves
    return [
        _as_edited(move, child, after, edited) if child.pk == edited.pk and not child.is_cancelled else move
        for move, child in zip(moves, children, strict=True)
    ]


def dropped(before: Series, after: Series, children: Iterable[ChildTimes], moves: Iterable[ChildMove]) -> list[int]:
    """Return the keys of occurrences that a series had and, as changed, has not; others were put there by hand."""
    names = {move.pk: move.identity for move in moves}
    return [
        child.pk
        for child in children
        if before.recurrence.has(child.identity)
        and not (after.is_series and after.recurrence.has(names.get(child.pk, child.identity)))
    ]


def would_differ(before: Series, after: Series, now: datetime) -> bool:
    """Return whether a series that has begun would, as changed, have been another one until now."""
    if not after.is_series:
        return False
    if any(getattr(after, name) != getattr(before, name) for name in ("start", "end", "zone", "kind")):
        return True
    try:
        return after.starts_until(now) != before.starts_until(now)
    except BadRule:
        return False  # the edit itself says what is wrong


def lines_left(before: Series, given: Series, at: datetime) -> str | None:
    """Return given lines with a COUNT less by what has been before an occurrence; None where that leaves nothing."""
    first = before.recurrence.root
    return given.text.with_count_less(1 + sum(1 for _ in before.recurrence.between(first, at - SECOND)))


def _moved_last(last: datetime, shift: Shift, old: ZoneInfo, new: ZoneInfo) -> datetime:
    """Return the instant after which no occurrence starts, moved on the wall clock."""
    return resolve(shift(last_wall(last, old)), new) if last.year < YEARS[-1] else last


def _root_lines(lines: str, before: Series) -> RootLines:
    """Keep a named rule where the new lines say the same."""
    rules = [line for line in lines.splitlines() if line.startswith("RRULE:")]
    if before.text.is_named and rules == [f"RRULE:{rule}" for rule in before.text.rules]:
        return RootLines(without_rules(lines), keeps_rule=True)
    return RootLines(lines, keeps_rule=not rules)


def _names(children: Sequence[ChildTimes], shift: Shift, taken: set[str]) -> dict[int, datetime]:
    names = {child.pk: child.identity for child in children}
    if shift.old == shift.new:
        return names
    for child in children:
        moved = shift(child.identity)
        if (name := moved.strftime(IDENTITY)) not in taken:
            names[child.pk] = moved
            taken.add(name)
    return names


def _move(child: ChildTimes, identity: datetime, shift: Shift, before: Series, after: Series) -> ChildMove:
    if identity != shift(child.identity):
        return ChildMove(child.pk, identity)
    if not child.is_cancelled and (child.start, child.end) == before.span(child.identity):
        return ChildMove(child.pk, identity, next(after.spans([identity])))
    if child.kind != after.kind:
        return ChildMove(child.pk, identity, next(after.spans([_own_day(child, shift)])))
    return ChildMove(child.pk, identity)


def _as_edited(move: ChildMove, child: ChildTimes, after: Series, edited: Edited) -> ChildMove:
    """Return the move of an occurrence that has times of its own, where it was given a start or an end."""
    if move.times or not (edited.is_moved or edited.is_longer):
        return move
    own = time_kinds.local(child.start, child.zone, child.kind)
    length = time_kinds.length(child.start, child.end, child.zone, child.kind)
    begin = move.identity if edited.is_moved else own
    return replace(move, times=next(after.lasting(after.lasts if edited.is_longer else length).spans([begin])))


def _own_day(child: ChildTimes, shift: Shift) -> datetime:
    """Return the start of an occurrence on its own day, where its series becomes all-day or ceases to be."""
    local = time_kinds.local(child.start, child.zone, child.kind)
    return datetime.combine(local.date(), shift.new.time()) if shift.turns else local
