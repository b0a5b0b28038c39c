"""Find which visits take the same provider, operatory or full calendar at one time. Plain Python.

Times are whole seconds since 1970 (UTC), ends excluded.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from appointments.engine import availability

# What only one visit can have at a time; a calendar takes as many as its limit says.
SINGLE = ("provider", "operatory")
CALENDAR = "calendar"
VISIT, HOLD, PLANNED = "visit", "hold", "planned"


@dataclass(frozen=True)
class TakenSpan:
    """What a visit, a hold or a planned occurrence takes, and when.

    `source` is its kind with its number, or of what is planned its name; `takes` has the number of each thing. The
    buffers, in seconds, keep others from the provider and the operatory.
    """

    source: tuple[str, int | str]
    begin: int
    end: int
    takes: Mapping[str, int]
    before: int = 0
    after: int = 0

    @property
    def first(self) -> int:
        """Return when its buffer begins."""
        return self.begin - self.before

    @property
    def last(self) -> int:
        """Return when its buffer ends."""
        return self.end + self.after


@dataclass(frozen=True)
class Clash:
    """A span, another one that has what it needs at the same time, and which thing of both that is."""

    own: TakenSpan
    other: TakenSpan
    thing: str


def find(own: Sequence[TakenSpan], others: Sequence[TakenSpan], limits: Mapping[int, int]) -> Iterator[Clash]:
    """Yield the clashes of some spans with others and with each other.

    `limits` says how many visits a calendar takes at once, by its number; one that is not there takes any number.
    """
    spans = sorted([*own, *others], key=lambda span: span.first)
    starts = [span.first for span in spans]
    longest = max((span.last - span.first for span in spans), default=0)
    full = _full(spans, limits)
    for each in own:
        near = spans[bisect_left(starts, each.first - longest) : bisect_left(starts, max(each.last, each.first + 1))]
        met = [other for other in near if other.source != each.source]
        for other in met:
            yield from (
                Clash(each, other, thing)
                for thing in SINGLE
                if each.takes.get(thing) and each.takes[thing] == other.takes.get(thing) and _meet(each, other)
            )
        yield from _crowd(each, met, full)


def _meet(one: TakenSpan, other: TakenSpan) -> bool:
    return one.first < other.last and other.first < one.last


def _full(spans: Sequence[TakenSpan], limits: Mapping[int, int]) -> dict[int, list[availability.Interval]]:
    """Return by calendar when more visits take place than it takes."""
    found: dict[int, list[availability.Interval]] = defaultdict(list)
    for span in spans:
        if span.takes.get(CALENDAR) in limits:
            found[span.takes[CALENDAR]].append((span.begin, span.end))
    return {calendar: availability.crowded(each, limits[calendar] + 1) for calendar, each in found.items()}


def _crowd(
    each: TakenSpan, met: Sequence[TakenSpan], full: Mapping[int, list[availability.Interval]]
) -> Iterator[Clash]:
    """Yield the first of the visits that fill a calendar while a visit takes place."""
    calendar = each.takes.get(CALENDAR, 0)
    crowded = availability.intersect([(each.begin, each.end)], full.get(calendar, ()))
    if not crowded:
        return
    begin, end = crowded[0]
    for other in met:
        if other.takes.get(CALENDAR) == calendar and other.begin < end and begin < other.end:
            yield Clash(each, other, CALENDAR)
            return
