"""Recurrence in German: „jeden zweiten Dienstag bis zum 3. Mai 2027“. Plain Python."""

from collections.abc import Sequence
from datetime import date

from calendars.engine.recurrence.words.phrases import LISTED, Phrases, Places, numbers

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
    weekdays = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
    months = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
    workday, such_days = "jeden Werktag (Montag bis Freitag)", "an den Tagen"
    until_day, counted, many_dates = "bis zum {}", ("einmal", "{}-mal"), "an {} Tagen"
    also_on, except_on, on_each = "auch {}", "außer {}", "am {}"
    month, each_month, year = "{} des Monats", "{} jedes Monats", "{} des Jahres"
    month_date, within_months, weekday_condition = "am {}. {}", "im {}", "wenn es ein {} ist"
    many_times, span, hours = "zu {} Uhrzeiten am Tag", "von {} bis {} Uhr", "in den Stunden {}"
    minutes, seconds = ("in Minute {}", "in den Minuten {}"), ("in Sekunde {}", "in den Sekunden {}")
    easter = "am Ostersonntag"
    before_easter = ("{} Tag vor Ostersonntag", "{} Tage vor Ostersonntag")
    after_easter = ("{} Tag nach Ostersonntag", "{} Tage nach Ostersonntag")

    def day(self, at: date) -> str:
        return f"{at.day}. {self.months[at.month - 1]} {at.year}"

    def every(self, frequency: str, interval: int) -> str:
        each, ending, one, many = UNITS[frequency]
        if interval == 1:
            return f"{each} {one}"
        return f"{each} {STEMS[interval]}{ending} {one}" if interval <= 3 else f"alle {interval} {many}"

    def every_weekday(self, days: Places) -> str:
        return f"jeden {self.named_days(days)}"

    def every_nth_weekday(self, interval: int, day: int) -> str:
        return f"jeden {STEMS[interval]}en {self.weekdays[day]}"

    def place(self, place: int) -> str:
        return f"{_nth(place)} Tag" if place < 0 else f"{place}."

    def on_weekdays(self, days: Places) -> str:
        return f"am {self.named_days(days)}"

    def on_counted(self, pairs: Sequence[tuple[int, int]]) -> str:
        days = self.weekdays
        return self.listed(
            f"am {_nth(place)} {days[day]}" if place else f"an jedem {days[day]}" for day, place in pairs
        )

    def on_positions(self, places: Places, days: Places) -> str:
        return f"am {self.listed(map(_nth, places))} {self.named_days(days, self.alternative)}"

    def on_work_positions(self, places: Places) -> str:
        return f"am {self.listed(map(_nth, places))} Werktag (Montag bis Freitag)"

    def of_months(self, days: str, months: Places, *, are_dates: bool) -> str:
        is_one = are_dates and len(months) == 1
        return f"{days} {self.named_months(months) if is_one else self.in_months(months)}"

    def in_weeks(self, places: Places) -> str:
        counted = [place for place in places if place > 0]
        named = [f"in Kalenderwoche {self.listed(numbers(counted))}"] if counted else []
        return self.listed([*named, *(f"in der {_nth(place)} Woche" for place in places if place < 0)])

    def on_year_days(self, places: Places) -> str:
        return self.year.format(self.listed(f"am {_nth(place)} Tag" for place in places))

    def at_times(self, times: Sequence[str]) -> str:
        return f"um {self.listed(times)} Uhr" if len(times) <= LISTED else self.many_times.format(len(times))

    def only(self, places: Places, frequency: str) -> str:
        named = self.listed(f"der {_nth(place, ending='e')}" for place in places)
        return f"nur {named} davon pro {UNITS[frequency][2]}"


def _nth(place: int, ending: str = "en") -> str:
    """Return ersten, 20., letzten, vorletzten, drittletzten, 6.-letzten."""
    if place in (-1, -2):
        return f"{'vor' if place == -2 else ''}letzt{ending}"
    if place < 0:
        return f"{STEMS[-place] if -place < len(STEMS) else f'{-place}.-'}letzt{ending}"
    return f"{STEMS[place]}{ending}" if place < len(STEMS) else f"{place}."
