"""What a person means by an edit of a series, as plainly as it can be said; it knows nothing of the program.

A series is a list of visits. Each has a place in the pattern (`slot`); what somebody moved, renamed or cancelled alone
stands beside it. All times are on the wall clock. `dateutil` expands rules; everything else is said here.
"""

from dataclasses import dataclass, field
from datetime import datetime

from dateutil import rrule

FREQUENCIES = {"DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY}


class Refused(Exception):
    """The rule of the series cannot say where its visits would be."""


def expand(frequency, interval, first, number):
    """Return the first places of a rule, from its first visit on."""
    return list(rrule.rrule(FREQUENCIES[frequency], dtstart=first, interval=interval, count=number))


@dataclass(eq=False)
class Visit:
    """One visit; `own` is the (start, minutes) that somebody gave it alone, `answer` the start that was said yes to.

    One that is cancelled stays as it was then, whatever becomes of its series.
    """

    slot: datetime
    own: tuple | None = None
    title: str | None = None
    is_cancelled: bool = False
    answer: datetime | None = None
    is_restored: bool = False


@dataclass(eq=False)
class Part:
    """A series, or what an edit of the following ones made of it: its rule, and its visits in the pattern's order."""

    frequency: str
    interval: int
    title: str
    minutes: int
    visits: list = field(default_factory=list)
    rule: list = field(default_factory=list)  # all places of the rule

    def time(self, visit):
        """Return the start and minutes of a visit."""
        return visit.own or (visit.slot, self.minutes)

    def title_of(self, visit):
        """Return what a visit is called."""
        return visit.title or self.title


class Meaning:
    """All parts of what was booked as one series."""

    def __init__(self, frequency, interval, first, number, *, minutes, title):
        rule = expand(frequency, interval, first, number)
        self.parts = [Part(frequency, interval, title, minutes, [Visit(slot) for slot in rule], rule)]

    @property
    def visits(self):
        return [visit for part in self.parts for visit in part.visits]

    def part_of(self, visit):
        return next(part for part in self.parts if visit in part.visits)

    def edit(self, visit, reach, *, start=None, minutes=None, title=None):
        """Change a visit, it and the following, or all; what it has already says nothing."""
        before = {each: self.part_of(each).time(each)[0] for each in self.visits}
        part = self.part_of(visit)
        now, lasts = part.time(visit)
        start, minutes = (None if start == now else start), (None if minutes == lasts else minutes)
        title = None if title == part.title_of(visit) else title
        if not (start or minutes or title):
            return
        part = self._reached(visit, reach)
        if reach == "this":
            self._alone(part, visit, start or now, minutes or lasts, title)
        else:
            self._whole(part, visit, start, minutes, title)
        for each in self.visits:
            if self.part_of(each).time(each)[0] != before[each]:
                each.answer = None

    def cancel(self, visit, reach):
        """Let a visit, it and the following, or all not take place."""
        part = self._reached(visit, reach)
        for each in [visit] if reach == "this" else part.visits:
            self._call_off(part, each)
        self._settle()

    def restore(self, visit):
        """Let a visit take place after all, at the time that it shows."""
        visit.is_cancelled, visit.is_restored = False, True
        self._settle()

    def give_rule(self, visit, reach, frequency, interval, number):
        """Give a series another rule; visits at its places stay who they are, others go and come.

        One that was restored may be known to somebody: it does not go, but is cancelled.
        """
        part = self._reached(visit, reach)
        first = part.visits[0].slot
        part.frequency, part.interval = frequency, interval
        part.rule = expand(frequency, interval, first, number)
        for each in part.visits:
            if each.slot not in part.rule and each.is_restored:
                self._call_off(part, each)
        known = {each.slot: each for each in part.visits}
        kept = [each for each in part.visits if each.slot in part.rule or each.is_cancelled]
        part.visits = sorted([*kept, *(Visit(slot) for slot in part.rule if slot not in known)], key=lambda v: v.slot)

    def _call_off(self, part, visit):
        if not visit.is_cancelled:
            visit.own, visit.title = part.time(visit), part.title_of(visit)
            visit.is_cancelled, visit.answer = True, None

    def _reached(self, visit, reach):
        """Return the part that an edit is about; what follows a visit becomes one of its own."""
        part = self.part_of(visit)
        place = part.visits.index(visit)
        if reach != "following" or place == 0:
            return part
        rest = Part(part.frequency, part.interval, part.title, part.minutes, part.visits[place:])
        rest.rule = [slot for slot in part.rule if slot >= visit.slot]
        part.visits, part.rule = part.visits[:place], [slot for slot in part.rule if slot < visit.slot]
        self.parts.insert(self.parts.index(part) + 1, rest)
        return rest

    def _alone(self, part, visit, start, minutes, title):
        visit.own = (start, minutes)
        visit.title = title or visit.title
        self._settle()

    def _whole(self, part, visit, start, minutes, title):
        now, lasts = part.time(visit)
        if start:
            self._shift(part, start - visit.slot)
        part.minutes = minutes or part.minutes
        part.title = title or part.title
        if not visit.is_cancelled:
            visit.own, visit.title = (start or now, minutes or lasts), None if title else visit.title
        self._settle()

    def _shift(self, part, by):
        """Move the pattern; what somebody moved alone stays where it is."""
        moved = [slot + by for slot in part.rule]
        if moved and expand(part.frequency, part.interval, moved[0], len(moved)) != moved:
            raise Refused
        part.rule = moved
        for each in part.visits:
            each.slot += by

    def _settle(self):
        """What is as the series says is no exception."""
        for part in self.parts:
            for each in part.visits:
                if not each.is_cancelled:
                    each.own = None if each.own == (each.slot, part.minutes) else each.own
                    each.title = None if each.title == part.title else each.title
