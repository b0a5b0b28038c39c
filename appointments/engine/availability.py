"""Compute free times from intervals. Plain Python.

An interval is a pair of whole seconds since 1970 (UTC), its end excluded. Lists of intervals are in order and apart
from each other wherever a function says so of what it returns (`merge` makes them so).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Interval = tuple[int, int]
# Begin and end on the clock of a day; an end of midnight is the end of the day.
ClockSpan = tuple[time, time]

DAY = 86_400
MIDNIGHT = time(0)
EPOCH = datetime.combine(date(1970, 1, 1), MIDNIGHT)  # on a clock
WHOLE_DAY: ClockSpan = (MIDNIGHT, MIDNIGHT)


def seconds(at: datetime) -> int:
    """Return an aware moment as seconds since 1970."""
    return int(at.timestamp())


def moment(at: int) -> datetime:
    """Return seconds since 1970 as a moment in UTC."""
    return datetime.fromtimestamp(at, UTC)


class ZoneClock:
    """The clock of a zone between two instants: when it shows what, across its changes."""

    def __init__(self, zone: ZoneInfo, first: int, last: int) -> None:
        self.zone = zone
        self.first, self.last = first - 2 * DAY, last + 2 * DAY
        self.parts = list(self._find_parts())

    def _find_parts(self) -> Iterator[tuple[int, int, int]]:
        """Yield begin, end and offset of the spans with one offset."""
        begin, at = self.first, self.first
        while at < self.last:
            following = min(at + DAY, self.last)
            if self._offset(following) != self._offset(begin):
                change = self._change(at, following, self._offset(begin))
                yield begin, change, self._offset(begin)
                begin = at = change
            else:
                at = following
        yield begin, self.last, self._offset(begin)

    def _change(self, before: int, after: int, offset: int) -> int:
        """Return when another offset begins, between two instants."""
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset(middle) == offset:
                before = middle
            else:
                after = middle
        return after

    def _offset(self, at: int) -> int:
        return int(moment(at).astimezone(self.zone).utcoffset().total_seconds())  # type: ignore[union-attr]

    def first_instant(self, local: datetime) -> int:
        """Return the first instant at which the clock shows this time (naive) or a later one.

        What it shows twice is the first, and what it leaves out is the moment at which it leaps.
        """
        wanted = int((local - EPOCH).total_seconds())
        for begin, end, offset in self.parts:
            if wanted - offset < end:
                return max(wanted - offset, begin)
        return self.last

    def local_day(self, at: int) -> date:
        """Return the day that the clock shows at an instant."""
        offset = next(offset for begin, end, offset in self.parts if at < end)
        return (EPOCH + timedelta(seconds=at + offset)).date()

    def steps(self, begin: int, end: int, step: int) -> Iterator[int]:
        """Yield the instants from `begin` to `end`, both included, at which the clock shows a multiple of `step`."""
        for first, last, offset in self.parts:
            if first > end:
                return
            low = max(begin, first)
            yield from range(low + -(low + offset) % step, min(end + 1, last), step)


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Return intervals in order, what touches or overlaps as one; empty ones are left out."""
    merged: list[Interval] = []
    for begin, end in sorted(intervals):
        if begin >= end:
            continue
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged


def subtract(wide: Sequence[Interval], taken: Sequence[Interval]) -> list[Interval]:
    """Return what is left of intervals without others; both are in order and apart."""
    left: list[Interval] = []
    place = 0
    for begin, end in wide:
        while place < len(taken) and taken[place][1] <= begin:
            place += 1
        at = place
        while at < len(taken) and taken[at][0] < end:
            if taken[at][0] > begin:
                left.append((begin, taken[at][0]))
            begin = max(begin, taken[at][1])
            at += 1
        if begin < end:
            left.append((begin, end))
    return left


def intersect(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """Return what two lists have in common; both are in order and apart."""
    common: list[Interval] = []
    first = second = 0
    while first < len(one) and second < len(other):
        begin, end = max(one[first][0], other[second][0]), min(one[first][1], other[second][1])
        if begin < end:
            common.append((begin, end))
        if one[first][1] <= other[second][1]:
            first += 1
        else:
            second += 1
    return common


def crowded(intervals: Iterable[Interval], limit: int) -> list[Interval]:
    """Return where at least `limit` intervals overlap, in order and apart."""
    # An end comes before a beginning at the same instant: these do not overlap.
    edges = sorted(edge for begin, end in intervals if begin < end for edge in ((begin, 1), (end, -1)))
    found: list[Interval] = []
    depth, since = 0, 0
    for at, change in edges:
        if depth < limit <= depth + change:
            since = at
        elif depth + change < limit <= depth:
            found.append((since, at))
        depth += change
    return merge(found)


def clock_spans(clock: ZoneClock, day: date, spans: Iterable[ClockSpan]) -> list[Interval]:
    """Return the instants of spans of a day's clock."""
    return [
        (clock.first_instant(datetime.combine(day, begin)), clock.first_instant(end_of(day, end)))
        for begin, end in spans
    ]


def end_of(day: date, end: time) -> datetime:
    """Return the end of a span of a day; midnight is the end of the day."""
    return datetime.combine(day, end) + (timedelta(days=1) if end == MIDNIGHT else timedelta(0))


@dataclass(frozen=True)
class VisitLength:
    """How long a visit takes, and what it needs around it, in seconds; `step` is between two offered starts."""

    duration: int
    before: int = 0
    after: int = 0
    step: int = 900


@dataclass(frozen=True)
class Resource:
    """A provider or an operatory: when it can be used, and when it is taken.

    `open` is in order and apart. `taken` are visits with the buffers of their types.
    """

    open: Sequence[Interval]
    taken: Sequence[Interval]

    def start_spans(self, length: VisitLength) -> list[Interval]:
        """Return in which spans a visit can begin; their ends are excluded, in order and apart.

        The visit lies in the open time; with its buffers it meets no other visit with its own.
        """
        inside = [(begin, end - length.duration + 1) for begin, end in self.open]
        met = [(begin - length.duration - length.after + 1, end + length.before) for begin, end in self.taken]
        return subtract(merge(inside), merge(met))


def crowd_spans(intervals: Iterable[Interval], limit: int, length: VisitLength) -> list[Interval]:
    """Return in which spans no visit can begin because `limit` others take place at once."""
    return merge((begin - length.duration + 1, end) for begin, end in crowded(intervals, limit))
