"""Recurrence in English: “every second Tuesday until 3 May 2027”. Plain Python."""

from collections.abc import Sequence
from datetime import date

from calendars.engine.recurrence.words.phrases import LISTED, Phrases, Places, numbers

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
    """Ordinals in words up to the fifth; one preposition for a whole list."""

    conjunction, alternative = "and", "or"
    weekdays = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    months = "January February March April May June July August September October November December".split()
    workday, such_days = "every weekday (Monday to Friday)", "on the days"
    until_day, counted, many_dates = "until {}", ("once", "{} times"), "on {} dates"
    also_on, except_on, on_each = "also {}", "except {}", "{}"
    month, each_month, year = "{} of the month", "{} of each month", "{} of the year"
    month_date, within_months, weekday_condition = "on {} {}", "in {}", "if it is a {}"
    many_times, span, hours = "at {} times of the day", "from {} to {}", "in the hours {}"
    minutes, seconds = ("at minute {}",) * 2, ("at second {}",) * 2
    easter = "on Easter Sunday"
    before_easter = ("{} day before Easter Sunday", "{} days before Easter Sunday")
    after_easter = ("{} day after Easter Sunday", "{} days after Easter Sunday")

    def day(self, at: date) -> str:
        return f"{at.day} {self.months[at.month - 1]} {at.year}"

    def on_dates(self, dates: Sequence[date]) -> str:
        found = super().on_dates(dates)
        return found if len(dates) > LISTED else f"on {found}"

    def every(self, frequency: str, interval: int) -> str:
        unit = UNITS[frequency]
        if interval == 1:
            return f"every {unit}"
        return f"every {ORDINALS[interval]} {unit}" if interval <= 3 else f"every {interval} {unit}s"

    def every_weekday(self, days: Places) -> str:
        return f"every {self.named_days(days)}"

    def every_nth_weekday(self, interval: int, day: int) -> str:
        return f"every {ORDINALS[interval]} {self.weekdays[day]}"

    def monthly(self, days: str, interval: int) -> str:
        return f"{days} of {self.every('MONTHLY', interval)}"

    def place(self, place: int) -> str:
        return f"{_nth(place)} day" if place < 0 else _th(place)

    def on_weekdays(self, days: Places) -> str:
        return f"on {self.named_days(days)}"

    def on_days(self, places: Places, last: str = "") -> str:
        return f"on the {super().on_days(places, last)}"

    def on_counted(self, pairs: Sequence[tuple[int, int]]) -> str:
        days = self.weekdays
        named = (f"the {_nth(place)} {days[day]}" if place else f"each {days[day]}" for day, place in pairs)
        return f"on {self.listed(named)}"

    def on_positions(self, places: Places, days: Places) -> str:
        return f"on the {self.listed(map(_nth, places))} {self.named_days(days, self.alternative)}"

    def on_work_positions(self, places: Places) -> str:
        return f"on the {self.listed(map(_nth, places))} weekday (Monday to Friday)"

    def of_months(self, days: str, months: Places, *, are_dates: bool) -> str:
        return f"{days} of {self.named_months(months)}"

    def in_weeks(self, places: Places) -> str:
        counted = [place for place in places if place > 0]
        named = [f"week {self.listed(numbers(counted))}"] if counted else []
        return f"in {self.listed([*named, *(f'the {_nth(place)} week' for place in places if place < 0)])}"

    def on_year_days(self, places: Places) -> str:
        named = (f"the {self.place(place)}" if place < 0 else f"day {place}" for place in places)
        return f"on {self.listed(named)} of the year"

    def at_times(self, times: Sequence[str]) -> str:
        return f"at {self.listed(times)}" if len(times) <= LISTED else self.many_times.format(len(times))

    def only(self, places: Places, frequency: str) -> str:
        return f"only the {self.listed(map(_nth, places))} of these in each {UNITS[frequency]}"


def _nth(place: int) -> str:
    """Return first, 20th, last, second to last."""
    if place < 0:
        return "last" if place == -1 else f"{_nth(-place)} to last"
    return ORDINALS[place] if place < len(ORDINALS) else _th(place)


def _th(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
