"""Free times computed the plain way: look at every minute. It shares no code with the engine."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from appointments.models import Appointment, Blockout, Provider, ScheduleEntry
from calendars.models import Closure, OpeningHours

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass
class PlainSearch:
    """Free times of a provider with a schedule at the only clinic, from one moment on and before another."""

    provider: Provider
    zone: Any
    kind: Any
    begin: datetime
    end: datetime
    limit: int = 0
    booked: Any = field(default_factory=lambda: Appointment.objects.exclude(status="cancelled"))

    def starts(self):
        """Return the moments at which a visit can begin."""
        first = self.begin - 3 * DAY
        self.minutes = [first + MINUTE * number for number in range((self.end - first + 3 * DAY) // MINUTE)]
        self.local = [at.astimezone(self.zone).replace(tzinfo=None) for at in self.minutes]
        self.usable = self._usable()
        self.taken, self.crowd = self._booked()
        return [at for number, at in enumerate(self.minutes) if self._fits(number, at)]

    def _fits(self, number, at):
        kind = self.kind
        if not self.begin <= at < self.end or self.local[number].minute % 15:
            return False
        visit = slice(number, number + kind.duration)
        wide = slice(number - kind.buffer_before, number + kind.duration + kind.buffer_after)
        is_free = all(self.usable[visit]) and not any(self.taken[wide])
        return is_free and (not self.limit or max(self.crowd[visit]) < self.limit)

    def _usable(self):
        entries, hours = list(ScheduleEntry.objects.filter(provider=self.provider)), list(OpeningHours.objects.all())
        days = {row.day for row in entries if row.day}
        works = [(row, row.begins, row.ends) for row in entries if row.begins is not None]
        works = self._shown(
            self._on_days(works, lambda row, day: row.day == day or (day not in days and row.weekday == day.weekday()))
        )
        opens = self._shown(
            self._on_days(
                [(row, row.opens, row.closes) for row in hours], lambda row, day: row.weekday == day.weekday()
            )
        )
        shut = self._shown([(row.closed_span.begin, row.closed_span.end) for row in Closure.objects.all()])
        blocked = [(row.starts_at, row.ends_at) for row in Blockout.objects.filter(provider=self.provider)]
        return [
            works[number]
            and (opens[number] or not hours)
            and not shut[number]
            and not any(begin <= at < end for begin, end in blocked)
            for number, at in enumerate(self.minutes)
        ]

    def _on_days(self, rows, is_on):
        day, last = self.local[0].date(), self.local[-1].date()
        while day <= last:
            for row, begin, end in rows:
                if is_on(row, day):
                    yield datetime.combine(day, begin), end_of(day, end)
            day += DAY

    def _shown(self, spans):
        """Return of each minute whether it lies in a span: from the first minute on that shows its begin or later."""
        inside = [False] * len(self.local)
        for begin, end in spans:
            has_begun = False
            for number, shown in enumerate(self.local):
                if shown >= end:
                    break
                has_begun = has_begun or shown >= begin
                inside[number] = inside[number] or has_begun
        return inside

    def _booked(self):
        taken, crowd = [0] * len(self.minutes), [0] * len(self.minutes)
        for row in self.booked.select_related("appointment_type", "event"):
            before, after = (
                MINUTE * getattr(row.appointment_type, f"buffer_{side}", 0) for side in ("before", "after")
            )
            if row.provider_id == self.provider.pk:
                self._count(taken, row.starts_at - before, row.ends_at + after)
            if row.event.calendar_id == self.provider.calendar_id:
                self._count(crowd, row.starts_at, row.ends_at)
        return taken, crowd

    def _count(self, counts, begin, end):
        low, high = ((at - self.minutes[0]) // MINUTE for at in (begin, end))
        for number in range(max(low, 0), min(high, len(counts))):
            counts[number] += 1


def end_of(day: date, end: time) -> datetime:
    """Return the end of a span; midnight ends the day."""
    return datetime.combine(day, end) + (DAY if end == time(0) else timedelta(0))
