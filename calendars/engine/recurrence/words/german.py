"""Recurrence in German: „jeden zweiten Dienstag bis zum 3. Mai 2027“. Plain Python."""

from collections.abc import Sequence
from datetime import date

from calendars.engine.recurrence.words.phrases import LISTED, Phrases, Places, numbers

DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
# Each one (accusative), the ending of its ordinal, one, several.
UNITS = {
    "YEARLY": ("jedes", "e", "Jahr", "Jahre"),
    "MONTHLY": ("jeden", "en", "Monat", "Monate"),
    "WEEKLY": ("jede", "e", "Woche", "Wochen"),
    "DAILY": ("jeden", "en", "Tag", "Tage"),
    "HOURLY": ("jede", "e", "Stunde", "Stunden"),
    "MINUTELY": ("jede", "e", "Minute", "Minuten"),
    "SECONDLY": ("jede", "e", "Sekunde", "Sekunden"),
}
STEMS = ("", "erst", "zweit", "dritt", "viert", "fünft")


class German(Phrases):
    """Days stand in the dative after “am”, in the accusative after “jeden”; ordinals end alike in both."""

    conjunction, alternative = "und", "oder"

    def until(self, day: date) -> str:
        return f"bis zum {_day(day)}"

    def times_in_all(self, count: int) -> str:
        return f"{count}-mal" if count > 1 else "einmal"

    def on_dates(self, dates: Sequence[date]) -> str:
        return self.listed(f"am {_day(at)}" for at in dates) if len(dates) <= LISTED else f"an {len(dates)} Tagen"

    def also(self, dates: Sequence[date]) -> str:
        return f"auch {self.on_dates(dates)}"

    def excluding(self, dates: Sequence[date]) -> str:
        return f"außer {self.on_dates(dates)}"

    def every(self, frequency: str, interval: int) -> str:
        each, ending, one, many = UNITS[frequency]
        if interval == 1:
            return f"{each} {one}"
        return f"{each} {STEMS[interval]}{ending} {one}" if interval <= 3 else f"alle {interval} {many}"

    def every_weekday(self, days: Places) -> str:
        return f"jeden {self.listed(DAYS[day] for day in days)}"

    def every_workday(self) -> str:
        return "jeden Werktag (Montag bis Freitag)"

    def every_nth_weekday(self, interval: int, day: int) -> str:
        return f"jeden {STEMS[interval]}en {DAYS[day]}"

    def monthly(self, days: str, interval: int) -> str:
        return f"{days} jedes Monats" if interval == 1 else f"{self.every('MONTHLY', interval)} {days}"

    def on_weekdays(self, days: Places) -> str:
        return f"am {self.listed(DAYS[day] for day in days)}"

    def on_days(self, places: Places) -> str:
        return self.listed(f"am {_place(place)}" for place in places)

    def on_days_if(self, places: Places, days: Places) -> str:
        named = self.listed((f"am {_place(place)}" for place in places), self.alternative)
        return f"{named}, {self.if_weekday(days)},"

    def on_counted(self, pairs: Sequence[tuple[int, int]]) -> str:
        return self.listed(
            f"am {_nth(place)} {DAYS[day]}" if place else f"an jedem {DAYS[day]}" for day, place in pairs
        )

    def on_positions(self, places: Places, days: Places) -> str:
        named = self.listed((DAYS[day] for day in days), self.alternative)
        return f"am {self.listed(map(_nth, places))} {named}"

    def on_work_positions(self, places: Places) -> str:
        return f"am {self.listed(map(_nth, places))} Werktag (Montag bis Freitag)"

    def on_such_days(self) -> str:
        return "an den Tagen"

    def of_the_month(self, places: Places) -> str:
        return f"{self.on_days(places)} des Monats"

    def of_months(self, days: str, months: Places, *, are_dates: bool) -> str:
        if are_dates and len(months) == 1:
            return f"{days} {MONTHS[months[0] - 1]}"
        return f"{days} {self.in_months(months)}"

    def of_each_month(self, days: str) -> str:
        return f"{days} jedes Monats"

    def of_the_year(self, days: str) -> str:
        return f"{days} des Jahres"

    def on_date(self, day: int, month: int) -> str:
        return f"am {day}. {MONTHS[month - 1]}"

    def in_months(self, months: Places) -> str:
        return f"im {self.listed(MONTHS[month - 1] for month in months)}"

    def in_weeks(self, places: Places) -> str:
        counted = [place for place in places if place > 0]
        named = [f"in Kalenderwoche {self.listed(numbers(counted))}"] if counted else []
        return self.listed([*named, *(f"in der {_nth(place)} Woche" for place in places if place < 0)])

    def on_year_days(self, places: Places) -> str:
        return f"{self.listed(f'am {_nth(place)} Tag' for place in places)} des Jahres"

    def if_weekday(self, days: Places) -> str:
        return f"wenn es ein {self.listed((DAYS[day] for day in days), self.alternative)} ist"

    def around_easter(self, offsets: Places) -> str:
        return self.listed(map(_easter, offsets))

    def at_times(self, times: Sequence[str]) -> str:
        return f"um {self.listed(times)} Uhr" if len(times) <= LISTED else f"zu {len(times)} Uhrzeiten am Tag"

    def from_to(self, begin: str, end: str) -> str:
        return f"von {begin} bis {end} Uhr"

    def in_hours(self, hours: Places) -> str:
        return f"in den Stunden {self.listed(numbers(hours))}"

    def at_minutes(self, minutes: Places) -> str:
        return f"in {'Minute' if len(minutes) == 1 else 'den Minuten'} {self.listed(numbers(minutes))}"

    def at_seconds(self, seconds: Places) -> str:
        return f"in {'Sekunde' if len(seconds) == 1 else 'den Sekunden'} {self.listed(numbers(seconds))}"

    def only(self, places: Places, frequency: str) -> str:
        named = self.listed(f"der {_nth(place, ending='e')}" for place in places)
        return f"nur {named} davon pro {UNITS[frequency][2]}"


def _day(at: date) -> str:
    return f"{at.day}. {MONTHS[at.month - 1]} {at.year}"


def _nth(place: int, ending: str = "en") -> str:
    """Return ersten, 20., letzten, vorletzten, drittletzten, 6.-letzten."""
    if place in (-1, -2):
        return f"{'vor' if place == -2 else ''}letzt{ending}"
    if place < 0:
        return f"{STEMS[-place] if -place < len(STEMS) else f'{-place}.-'}letzt{ending}"
    return f"{STEMS[place]}{ending}" if place < len(STEMS) else f"{place}."


def _place(place: int) -> str:
    """Return a day of the month: 1., or letzten Tag."""
    return f"{_nth(place)} Tag" if place < 0 else f"{place}."


def _easter(days: int) -> str:
    if not days:
        return "am Ostersonntag"
    number = abs(days)
    return f"{number} Tag{'e' if number > 1 else ''} {'nach' if days > 0 else 'vor'} Ostersonntag"
