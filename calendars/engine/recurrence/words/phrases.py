"""What each language must be able to say of a recurrence. Plain Python.

Weekdays are numbered from 0 for Monday, months from 1. A place counts days, weeks or weekdays from 1, or from -1 for
the last one. Phrases begin in lower case and hold no blank at their ends.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import date
from typing import ClassVar

# More than so many dates or times are counted instead of listed.
LISTED = 4
Places = Sequence[int]


class Phrases(ABC):
    """The phrases of one language: patterns where a language needs no grammar, methods where it does."""

    comma = ", "
    conjunction: ClassVar[str]  # and
    alternative: ClassVar[str]  # or
    weekdays: ClassVar[Sequence[str]]
    months: ClassVar[Sequence[str]]
    workday: ClassVar[str]  # every weekday (Monday to Friday)
    such_days: ClassVar[str]  # on the days
    # Patterns: of one and of several, where there are two.
    until_day: ClassVar[str]
    counted: ClassVar[tuple[str, str]]
    many_dates: ClassVar[str]
    also_on: ClassVar[str]
    except_on: ClassVar[str]
    on_each: ClassVar[str]  # of days or dates that follow: on {}
    month: ClassVar[str]  # {} of the month
    each_month: ClassVar[str]
    year: ClassVar[str]
    month_date: ClassVar[str]  # from a day and a month
    within_months: ClassVar[str]
    weekday_condition: ClassVar[str]
    many_times: ClassVar[str]
    span: ClassVar[str]
    hours: ClassVar[str]
    minutes: ClassVar[tuple[str, str]]
    seconds: ClassVar[tuple[str, str]]
    easter: ClassVar[str]  # Easter Sunday itself
    # Before and after it: of one day, of several.
    before_easter: ClassVar[tuple[str, str]]
    after_easter: ClassVar[tuple[str, str]]

    def listed(self, words: Iterable[str], last: str = "") -> str:
        """Return words as a list: a, b and c."""
        found = list(words)
        return f" {last or self.conjunction} ".join(filter(None, [self.comma.join(found[:-1]), *found[-1:]]))

    def named_days(self, days: Places, last: str = "") -> str:
        """Return Monday, Wednesday and Friday."""
        return self.listed((self.weekdays[day] for day in days), last)

    def named_months(self, months: Places) -> str:
        """Return July and August."""
        return self.listed(self.months[month - 1] for month in months)

    # Whole phrases.

    @abstractmethod
    def day(self, at: date) -> str:
        """3 May 2027."""

    def until(self, day: date) -> str:
        """Until 3 May 2027."""
        return self.until_day.format(self.day(day))

    def times_in_all(self, count: int) -> str:
        """10 times; once."""
        return _of(self.counted, count)

    def on_dates(self, dates: Sequence[date]) -> str:
        """On 1 December 2026 and 3 December 2026; on 6 dates."""
        if len(dates) > LISTED:
            return self.many_dates.format(len(dates))
        return self.listed(self.on_each.format(self.day(at)) for at in dates)

    def also(self, dates: Sequence[date]) -> str:
        """Also on 1 December 2026."""
        return self.also_on.format(self.on_dates(dates))

    def excluding(self, dates: Sequence[date]) -> str:
        """Except on 1 December 2026."""
        return self.except_on.format(self.on_dates(dates))

    # How often.

    @abstractmethod
    def every(self, frequency: str, interval: int) -> str:
        """Every week; every second week; every 4 weeks; the frequency is RFC 5545's."""

    @abstractmethod
    def every_weekday(self, days: Places) -> str:
        """Every Monday, Wednesday and Friday."""

    @abstractmethod
    def every_nth_weekday(self, interval: int, day: int) -> str:
        """Every second Tuesday, for an interval of 2 or 3."""

    def monthly(self, days: str, interval: int) -> str:
        """On the 24th of every month; the days are one of the phrases below."""
        return self.each_month.format(days) if interval == 1 else f"{self.every('MONTHLY', interval)} {days}"

    # On which days.

    @abstractmethod
    def place(self, place: int) -> str:
        """1st; last day."""

    def on_weekdays(self, days: Places) -> str:
        """On Monday and Thursday."""
        return self.listed(self.on_each.format(self.weekdays[day]) for day in days)

    def on_days(self, places: Places, last: str = "") -> str:
        """On the 1st and last day."""
        return self.listed((self.on_each.format(self.place(place)) for place in places), last)

    def on_days_if(self, places: Places, days: Places) -> str:
        """On the 13th, if it is a Friday,."""
        return f"{self.on_days(places, self.alternative)}, {self.if_weekday(days)},"

    @abstractmethod
    def on_counted(self, pairs: Sequence[tuple[int, int]]) -> str:
        """On the first Sunday and the last Sunday, from pairs of weekday and place; place 0 is each Sunday."""

    @abstractmethod
    def on_positions(self, places: Places, days: Places) -> str:
        """On the third Tuesday, Wednesday or Thursday."""

    @abstractmethod
    def on_work_positions(self, places: Places) -> str:
        """On the last weekday (Monday to Friday)."""

    def of_the_month(self, places: Places) -> str:
        """On the 13th of the month."""
        return self.month.format(self.on_days(places))

    @abstractmethod
    def of_months(self, days: str, months: Places, *, are_dates: bool) -> str:
        """On the first Tuesday of November; `are_dates` where the days are a single list of positive ones."""

    def of_each_month(self, days: str) -> str:
        """On the 1st of each month."""
        return self.each_month.format(days)

    def of_the_year(self, days: str) -> str:
        """On the 20th Monday of the year."""
        return self.year.format(days)

    def on_date(self, day: int, month: int) -> str:
        """On 24 November."""
        return self.month_date.format(day, self.months[month - 1])

    def in_months(self, months: Places) -> str:
        """In July and August."""
        return self.within_months.format(self.named_months(months))

    @abstractmethod
    def in_weeks(self, places: Places) -> str:
        """In week 20 and 21; in the last week."""

    @abstractmethod
    def on_year_days(self, places: Places) -> str:
        """On day 1, day 100 and the last day of the year."""

    def if_weekday(self, days: Places) -> str:
        """If it is a Friday."""
        return self.weekday_condition.format(self.named_days(days, self.alternative))

    def around_easter(self, offsets: Places) -> str:
        """2 days before Easter Sunday and on Easter Sunday."""
        sides = {True: self.after_easter, False: self.before_easter}
        return self.listed(_of(sides[days > 0], abs(days)) if days else self.easter for days in offsets)

    # At which times.

    @abstractmethod
    def at_times(self, times: Sequence[str]) -> str:
        """At 08:30 and 20:30; at 6 times of the day."""

    def from_to(self, begin: str, end: str) -> str:
        """From 09:00 to 11:59."""
        return self.span.format(begin, end)

    def in_hours(self, hours: Places) -> str:
        """In the hours 9 and 11."""
        return self.hours.format(self.listed(numbers(hours)))

    def at_minutes(self, minutes: Places) -> str:
        """At minute 0 and 30."""
        return self.minutes[len(minutes) > 1].format(self.listed(numbers(minutes)))

    def at_seconds(self, seconds: Places) -> str:
        """At second 0 and 30."""
        return self.seconds[len(seconds) > 1].format(self.listed(numbers(seconds)))

    @abstractmethod
    def only(self, places: Places, frequency: str) -> str:
        """Only the last of these in each week."""


def _of(patterns: tuple[str, str], number: int) -> str:
    return patterns[number > 1].format(number)


def numbers(values: Iterable[int]) -> list[str]:
    """Return numbers as digits."""
    return [str(value) for value in values]


def forward(places: Places) -> list[int]:
    """Put what counts from the end behind the rest."""
    return sorted(places, key=lambda place: (place < 0, place))
