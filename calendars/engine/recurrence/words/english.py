"""Recurrence in English: “every second Tuesday until 3 May 2027”. Plain Python."""

from collections.abc import Sequence
from datetime import date

from calendars.engine.recurrence.words.phrases import LISTED, Phrases, Places, numbers

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
UNITS = {
    "YEARLY": "year",
    "MONTHLY": "month",
    "WEEKLY": "week",
    "DAILY": "day",
    "HOURLY": "hour",
    "MINUTELY": "minute",
    "SECONDLY": "second",
}
ORDINALS = ("", "first", "second", "third", "fourth", "fifth")


class English(Phrases):
    """Ordinals in words up to the fifth."""

    conjunction, alternative = "and", "or"

    def until(self, day: date) -> str:
        return f"until {_day(day)}"

    def times_in_all(self, count: int) -> str:
        return f"{count} times" if count > 1 else "once"

    def on_dates(self, dates: Sequence[date]) -> str:
        return f"on {self.listed(map(_day, dates))}" if len(dates) <= LISTED else f"on {len(dates)} dates"

    def also(self, dates: Sequence[date]) -> str:
        return f"also {self.on_dates(dates)}"

    def excluding(self, dates: Sequence[date]) -> str:
        return f"except {self.on_dates(dates)}"

    def every(self, frequency: str, interval: int) -> str:
        unit = UNITS[frequency]
        if interval == 1:
            return f"every {unit}"
        return f"every {ORDINALS[interval]} {unit}" if interval <= 3 else f"every {interval} {unit}s"

    def every_weekday(self, days: Places) -> str:
        return f"every {self._weekdays(days)}"

    def every_workday(self) -> str:
        return "every weekday (Monday to Friday)"

    def every_nth_weekday(self, interval: int, day: int) -> str:
        return f"every {ORDINALS[interval]} {DAYS[day]}"

    def monthly(self, days: str, interval: int) -> str:
        return f"{days} of {self.every('MONTHLY', interval)}"

    def on_weekdays(self, days: Places) -> str:
        return f"on {self._weekdays(days)}"

    def on_days(self, places: Places) -> str:
        return f"on the {self.listed(map(_place, places))}"

    def on_days_if(self, places: Places, days: Places) -> str:
        named = self.listed(map(_place, places), self.alternative)
        return f"on the {named}, {self.if_weekday(days)},"

    def on_counted(self, pairs: Sequence[tuple[int, int]]) -> str:
        named = (f"the {_nth(place)} {DAYS[day]}" if place else f"each {DAYS[day]}" for day, place in pairs)
        return f"on {self.listed(named)}"

    def on_positions(self, places: Places, days: Places) -> str:
        return f"on the {self.listed(map(_nth, places))} {self._weekdays(days, self.alternative)}"

    def on_work_positions(self, places: Places) -> str:
        return f"on the {self.listed(map(_nth, places))} weekday (Monday to Friday)"

    def on_such_days(self) -> str:
        return "on the days"

    def of_the_month(self, places: Places) -> str:
        return f"{self.on_days(places)} of the month"

    def of_months(self, days: str, months: Places, *, are_dates: bool) -> str:
        return f"{days} of {self._months(months)}"

    def of_each_month(self, days: str) -> str:
        return f"{days} of each month"

    def of_the_year(self, days: str) -> str:
        return f"{days} of the year"

    def on_date(self, day: int, month: int) -> str:
        return f"on {day} {MONTHS[month - 1]}"

    def in_months(self, months: Places) -> str:
        return f"in {self._months(months)}"

    def in_weeks(self, places: Places) -> str:
        counted = [place for place in places if place > 0]
        named = [f"week {self.listed(numbers(counted))}"] if counted else []
        return f"in {self.listed([*named, *(f'the {_nth(place)} week' for place in places if place < 0)])}"

    def on_year_days(self, places: Places) -> str:
        named = (f"the {_place(place)}" if place < 0 else f"day {place}" for place in places)
        return f"on {self.listed(named)} of the year"

    def if_weekday(self, days: Places) -> str:
        return f"if it is a {self._weekdays(days, self.alternative)}"

    def around_easter(self, offsets: Places) -> str:
        return self.listed(map(_easter, offsets))

    def at_times(self, times: Sequence[str]) -> str:
        return f"at {self.listed(times)}" if len(times) <= LISTED else f"at {len(times)} times of the day"

    def from_to(self, begin: str, end: str) -> str:
        return f"from {begin} to {end}"

    def in_hours(self, hours: Places) -> str:
        return f"in the hours {self.listed(numbers(hours))}"

    def at_minutes(self, minutes: Places) -> str:
        return f"at minute {self.listed(numbers(minutes))}"

    def at_seconds(self, seconds: Places) -> str:
        return f"at second {self.listed(numbers(seconds))}"

    def only(self, places: Places, frequency: str) -> str:
        return f"only the {self.listed(map(_nth, places))} of these in each {UNITS[frequency]}"

    def _weekdays(self, days: Places, last: str = "") -> str:
        return self.listed((DAYS[day] for day in days), last)

    def _months(self, months: Places) -> str:
        return self.listed(MONTHS[month - 1] for month in months)


def _day(at: date) -> str:
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def _nth(place: int) -> str:
    """Return first, 20th, last, second to last."""
    if place < 0:
        return "last" if place == -1 else f"{_nth(-place)} to last"
    return ORDINALS[place] if place < len(ORDINALS) else _th(place)


def _place(place: int) -> str:
    """Return a day of the month: 1st, or last day."""
    return f"{_nth(place)} day" if place < 0 else _th(place)


def _th(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _easter(days: int) -> str:
    if not days:
        return "on Easter Sunday"
    number = abs(days)
    return f"{number} day{'s' if number > 1 else ''} {'after' if days > 0 else 'before'} Easter Sunday"
