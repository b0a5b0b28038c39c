"""The days that a page of the calendar shows: a month in whole weeks, a week, or a day. Plain Python."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from babel import Locale, UnknownLocaleError

DAY, WEEK = timedelta(days=1), 7
MONDAY = 0


class View(StrEnum):
    """How much of a calendar is shown."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"


@dataclass(frozen=True)
class Span:
    """What is shown around a day; `begins` is the weekday with which weeks begin, as Python numbers them."""

    view: View
    at: date
    begins: int = MONDAY

    @property
    def days(self) -> list[date]:
        """Return the days in order; of a month also those that fill its first and last week."""
        match self.view:
            case View.DAY:
                return [self.at]
            case View.WEEK:
                return _days(self._week_of(self.at), WEEK)
        last = self.at.replace(day=monthrange(self.at.year, self.at.month)[1])
        first, end = self._week_of(self.at.replace(day=1)), self._week_of(last) + WEEK * DAY
        return _days(first, (end - first).days)

    @property
    def previous(self) -> date:
        """Return a day of the span before."""
        return self.at.replace(day=1) - DAY if self.view == View.MONTH else self.at - self._step

    @property
    def next(self) -> date:
        """Return a day of the span after."""
        return self.at.replace(day=28) + 4 * DAY if self.view == View.MONTH else self.at + self._step

    def holds(self, day: date) -> bool:
        """Return whether a day is of the month that is shown, and not of its neighbour."""
        return self.view != View.MONTH or day.month == self.at.month

    @property
    def _step(self) -> timedelta:
        return DAY if self.view == View.DAY else WEEK * DAY

    def _week_of(self, day: date) -> date:
        return day - (day.weekday() - self.begins) % WEEK * DAY


def week_begins(country: str) -> int:
    """Return the weekday with which weeks begin in an ISO 3166 country; Monday where nobody knows."""
    try:
        return int(Locale.parse(f"und_{country}").first_week_day)
    except (UnknownLocaleError, ValueError):
        return MONDAY


def _days(first: date, count: int) -> list[date]:
    return [first + DAY * number for number in range(count)]
