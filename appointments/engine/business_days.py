"""Count back over the days on which a clinic is open. Plain Python."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache

from appointments.engine import work_hours
from appointments.engine.availability import ZoneClock, seconds
from calendars.engine.closure_decision import OpeningTimes

ONE = timedelta(days=1)
FARTHEST = 366


def days_before(begins: date, number: int, *, is_open: Callable[[date], bool]) -> int:
    """Return how many calendar days one goes back from a day to pass so many open days, itself not counted.

    Where the clinic stays closed for a year, it is a year.
    """
    day = begins
    while number and (begins - day).days < FARTHEST:
        day -= ONE
        number -= is_open(day)
    return (begins - day).days


def opened_days(opening: OpeningTimes) -> Callable[[date], bool]:
    """Return the function that says whether a clinic is open at all on a day: hours less closures and holidays.

    A clinic without hours is open each day; a closure of some hours leaves its day a business day.
    """

    @cache
    def is_open(day: date) -> bool:
        noon = seconds(datetime.combine(day, time(12), tzinfo=opening.zone))
        return bool(work_hours.opened(ZoneClock(opening.zone, noon, noon), [day], opening))

    return is_open
