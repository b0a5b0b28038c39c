"""What a person means by an edit of a series, as plainly as it can be said; it knows nothing of the program.

A series is a list of visits. Each has a place in the pattern (`slot`); what somebody changed, moved or cancelled alone
stands beside it. All times are on the wall clock. `dateutil` expands rules; everything else is said here.

Visits that are too far ahead are not made yet: nobody can do anything to them alone, and they are as the series is.
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

    `fields` are those that it has of its own, `cancelled_by` is the number of the deed. One that is cancelled stays as
    it was then, whatever becomes of its series.
    """

    slot: datetime
    own: tuple | None = None
    fields: dict = field(default_factory=dict)
    cancelled_by: int | None = None
    answer: datetime | None = None
    is_restored: bool = False
    is_made: bool = False

    @property
    def is_cancelled(self):
        return self.cancelled_by is not None


@dataclass(eq=False)
class Part:
    """A series, or what an edit of the following ones made of it: its rule, and its visits in the pattern's order."""

    frequency: str
    interval: int
    fields: dict
    minutes: int
    visits: list = field(default_factory=list)
    rule: list = field(default_factory=list)  # all places of the rule
    deleted: set = field(default_factory=set)  # those of them where a visit was deleted
    is_called_off: bool = False  # then no more visits are made

    def time(self, visit):
        """Return the start and minutes of a visit."""
        return visit.own or (visit.slot, self.minutes)

    def fields_of(self, visit):
        """Return what a visit is called, and so on."""
        return {**self.fields, **visit.fields}

    def takes_place(self, visit):
        """Return whether a visit takes place, now or when it is made."""
        return not visit.is_cancelled and (visit.is_made or not self.is_called_off)


class Meaning:
    """All parts of what was booked as one series."""

    def __init__(self, frequency, interval, first, number, *, minutes, fields):
        rule, self.deeds = expand(frequency, interval, first, number), 0
        self.parts = [Part(frequency, interval, fields, minutes, [Visit(slot) for slot in rule], rule)]

    @property
    def visits(self):
        return [visit for part in self.parts for visit in part.visits]

    def part_of(self, visit):
        return next(part for part in self.parts if visit in part.visits)

    def edit(self, visit, reach, *, start=None, minutes=None, **fields):
        """Change a visit, it and the following, or all; what it has already says nothing."""
        before = {each: self.part_of(each).time(each)[0] for each in self.visits}
        part = self.part_of(visit)
        now, lasts = part.time(visit)
        start, minutes = (None if start == now else start), (None if minutes == lasts else minutes)
        fields = {name: value for name, value in fields.items() if value != part.fields_of(visit)[name]}
        if not (start or minutes or fields):
            return
        part = self._reached(visit, reach)
        if reach == "this":
            self._alone(visit, start or now, minutes or lasts, fields)
        else:
            self._whole(part, visit, start, minutes, fields)
        for each in self.visits:
            if self.part_of(each).time(each)[0] != before[each]:
                each.answer = None

    def cancel(self, visit, reach):
        """Let a visit, it and the following, or all not take place."""
        part = self._reached(visit, reach)
        self.deeds += 1
        for each in [visit] if reach == "this" else part.visits:
            self._call_off(part, each)
        part.is_called_off |= reach != "this"
        self._settle()

    def restore(self, visit, reach):
        """Let a visit take place after all, at the time that it shows; further ones that were cancelled with it."""
        part, deed = self.part_of(visit), visit.cancelled_by
        with_it = [
            each for each in part.visits if each.cancelled_by == deed and (reach == "all" or each.slot >= visit.slot)
        ]
        for each in [visit] if reach == "this" else with_it:
            each.cancelled_by, each.is_restored = None, True
        part.is_called_off &= reach == "this"
        self._settle()

    def delete(self, visit, reach):
        """Let a visit, it and the following, or all be gone for good; the first one alone is cancelled."""
        part = self.part_of(visit)
        if reach == "this" and visit is part.visits[0]:
            return self.cancel(visit, "this")
        if reach == "this":
            part.visits.remove(visit)
            return part.deleted.add(visit.slot)
        return self.parts.remove(self._reached(visit, reach))

    def give_rule(self, visit, reach, frequency, interval, number):
        """Give a series another rule; visits at its places stay who they are, others go and come.

        One that was restored may be known to somebody: it does not go, but is cancelled.
        """
        part = self._reached(visit, reach)
        first, self.deeds = part.visits[0].slot, self.deeds + 1
        part.frequency, part.interval, part.deleted, part.is_called_off = frequency, interval, set(), False
        part.rule = expand(frequency, interval, first, number)
        for each in part.visits:
            if each.slot not in part.rule and each.is_restored:
                self._call_off(part, each)
        known = {each.slot: each for each in part.visits}
        kept = [each for each in part.visits if each.slot in part.rule or each.is_cancelled]
        part.visits = sorted([*kept, *(Visit(slot) for slot in part.rule if slot not in known)], key=lambda v: v.slot)

    def _call_off(self, part, visit):
        if visit.is_made and not visit.is_cancelled:
            visit.own, visit.fields = part.time(visit), part.fields_of(visit)
            visit.cancelled_by, visit.answer = self.deeds, None

    def _reached(self, visit, reach):
        """Return the part that an edit is about; what follows a visit becomes one of its own."""
        part = self.part_of(visit)
        place = part.visits.index(visit)
        if reach != "following" or place == 0:
            return part
        rest = Part(part.frequency, part.interval, part.fields, part.minutes, part.visits[place:])
        rest.rule, rest.is_called_off = [slot for slot in part.rule if slot >= visit.slot], part.is_called_off
        rest.deleted = {slot for slot in part.deleted if slot > visit.slot}
        part.visits, part.rule = part.visits[:place], [slot for slot in part.rule if slot < visit.slot]
        part.deleted -= rest.deleted
        self.parts.insert(self.parts.index(part) + 1, rest)
        return rest

    def _alone(self, visit, start, minutes, fields):
        visit.own, visit.fields = (start, minutes), {**visit.fields, **fields}
        self._settle()

    def _whole(self, part, visit, start, minutes, fields):
        now, lasts = part.time(visit)
        if start:
            self._shift(part, start - visit.slot)
        part.minutes = minutes or part.minutes
        part.fields = {**part.fields, **fields}
        if not visit.is_cancelled:
            visit.own, visit.fields = (start or now, minutes or lasts), {**visit.fields, **fields}
        self._settle()

    def _shift(self, part, by):
        """Move the pattern; what somebody moved alone stays where it is."""
        moved = [slot + by for slot in part.rule]
        if moved and expand(part.frequency, part.interval, moved[0], len(moved)) != moved:
            raise Refused
        part.rule, part.deleted = moved, {slot + by for slot in part.deleted}
        for each in part.visits:
            each.slot += by

    def _settle(self):
        """What is as the series says is no exception."""
        for part in self.parts:
            for each in part.visits:
                if not each.is_cancelled:
                    each.own = None if each.own == (each.slot, part.minutes) else each.own
                    each.fields = {name: value for name, value in each.fields.items() if value != part.fields[name]}
