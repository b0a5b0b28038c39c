"""What each language must be able to say of a recurrence. Plain Python.

Weekdays are numbered from 0 for Monday, months from 1. A place counts days, weeks or weekdays from 1, or from -1 for
the last one. Phrases begin in lower case and hold no blank at their ends.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import date

# More than so many dates or times are counted instead of listed.
LISTED = 4
Places = Sequence[int]


class Phrases(ABC):
    """The phrases of one language."""

    comma = ", "
    conjunction: str  # and
    alternative: str  # or

    def listed(self, words: Iterable[str], last: str = "") -> str:
        """Return words as a list: a, b and c."""
        found = list(words)
        return f" {last or self.conjunction} ".join(filter(None, [self.comma.join(found[:-1]), *found[-1:]]))

    # Whole phrases.

    @abstractmethod
    def until(self, day: date) -> str:
        """Until 3 May 2027."""

    @abstractmethod
    def times_in_all(self, count: int) -> str:
        """10 times; once."""

    @abstractmethod
    def on_dates(self, dates: Sequence[date]) -> str:
        """On 1 December 2026 and 3 December 2026; on 6 dates."""

    @abstractmethod
    def also(self, dates: Sequence[date]) -> str:
        """Also on 1 December 2026."""

    @abstractmethod
    def excluding(self, dates: Sequence[date]) -> str:
        """Except on 1 December 2026."""

    # How often.

    @abstractmethod
    def every(self, frequency: str, interval: int) -> str:
        """Every week; every second week; every 4 weeks; the frequency is RFC 5545's."""

    @abstractmethod
    def every_weekday(self, days: Places) -> str:
        """Every Monday, Wednesday and Friday."""

    @abstractmethod
    def every_workday(self) -> str:
        """Every weekday (Monday to Friday)."""

    @abstractmethod
    def every_nth_weekday(self, interval: int, day: int) -> str:
        """Every second Tuesday, for an interval of 2 or 3."""

    @abstractmethod
    def monthly(self, days: str, interval: int) -> str:
        """On the 24th of every month; the days are one of the phrases below."""

    # On which days.

    @abstractmethod
    def on_weekdays(self, days: Places) -> str:
        """On Monday and Thursday."""

    @abstractmethod
    def on_days(self, places: Places) -> str:
        """On the 1st and last day."""

    @abstractmethod
    def on_days_if(self, places: Places, days: Places) -> str:
        """On the 13th, if it is a Friday,."""

    @abstractmethod
    def on_counted(self, pairs: Sequence[tuple[int, int]]) -> str:
        """On the first Sunday and the last Sunday, from pairs of weekday and place; place 0 is each Sunday."""

    @abstractmethod
    def on_positions(self, places: Places, days: Places) -> str:
        """On the third Tuesday, Wednesday or Thursday."""

    @abstractmethod
    def on_work_positions(self, places: Places) -> str:
        """On the last weekday (Monday to Friday)."""

    @abstractmethod
    def on_such_days(self) -> str:
        """On the days."""

    @abstractmethod
    def of_the_month(self, places: Places) -> str:
        """On the 13th of the month."""

    @abstractmethod
    def of_months(self, days: str, months: Places, *, are_dates: bool) -> str:
        """On the first Tuesday of November; `are_dates` where the days are a single list of positive ones."""

    @abstractmethod
    def of_each_month(self, days: str) -> str:
        """On the 1st of each month."""

    @abstractmethod
    def of_the_year(self, days: str) -> str:
        """On the 20th Monday of the year."""

    @abstractmethod
    def on_date(self, day: int, month: int) -> str:
        """On 24 November."""

    @abstractmethod
    def in_months(self, months: Places) -> str:
        """In July and August."""

    @abstractmethod
    def in_weeks(self, places: Places) -> str:
        """In week 20 and 21; in the last week."""

    @abstractmethod
    def on_year_days(self, places: Places) -> str:
        """On day 1, day 100 and the last day of the year."""

    @abstractmethod
    def if_weekday(self, days: Places) -> str:
        """If it is a Friday."""

    @abstractmethod
    def around_easter(self, offsets: Places) -> str:
        """2 days before Easter Sunday and on Easter Sunday."""

    # At which times.

    @abstractmethod
    def at_times(self, times: Sequence[str]) -> str:
        """At 08:30 and 20:30; at 6 times of the day."""

    @abstractmethod
    def from_to(self, begin: str, end: str) -> str:
        """From 09:00 to 11:59."""

    @abstractmethod
    def in_hours(self, hours: Places) -> str:
        """In the hours 9 and 11."""

    @abstractmethod
    def at_minutes(self, minutes: Places) -> str:
        """At minute 0 and 30."""

    @abstractmethod
    def at_seconds(self, seconds: Places) -> str:
        """At second 0 and 30."""

    @abstractmethod
    def only(self, places: Places, frequency: str) -> str:
        """Only the last of these in each week."""


def numbers(values: Iterable[int]) -> list[str]:
    """Return numbers as digits."""
    return [str(value) for value in values]


def forward(places: Places) -> list[int]:
    """Put what counts from the end behind the rest."""
    return sorted(places, key=lambda place: (place < 0, place))
