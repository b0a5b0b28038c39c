"""Recurrence in French: “tous les deux mardis jusqu'au 3 mai 2027”. Plain Python."""

from collections.abc import Sequence
from datetime import date

from calendars.engine.recurrence.words.phrases import LISTED, Phrases, Places, numbers

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
# All of it, and one of it.
UNITS = {
    "YEARLY": ("tous les", "ans", "an"),
    "MONTHLY": ("tous les", "mois", "mois"),
    "WEEKLY": ("toutes les", "semaines", "semaine"),
    "DAILY": ("tous les", "jours", "jour"),
    "HOURLY": ("toutes les", "heures", "heure"),
    "MINUTELY": ("toutes les", "minutes", "minute"),
    "SECONDLY": ("toutes les", "secondes", "seconde"),
}
NUMBERS = ("", "", "deux", "trois")
ORDINALS = ("", "premier", "deuxième", "troisième", "quatrième", "cinquième")
VOWELS = "aeiouyhâàéèêîôûœ"


class French(Phrases):
    """The first of a month is “le 1er”; months and weekdays are written small."""

    conjunction, alternative = "et", "ou"

    def until(self, day: date) -> str:
        return f"jusqu'au {_day(day)}"

    def times_in_all(self, count: int) -> str:
        return f"{count} fois" if count > 1 else "une fois"

    def on_dates(self, dates: Sequence[date]) -> str:
        return self.listed(f"le {_day(at)}" for at in dates) if len(dates) <= LISTED else f"à {len(dates)} dates"

    def also(self, dates: Sequence[date]) -> str:
        return f"et aussi {self.on_dates(dates)}"

    def excluding(self, dates: Sequence[date]) -> str:
        return f"sauf {self.on_dates(dates)}"

    def every(self, frequency: str, interval: int) -> str:
        all_, many, _one = UNITS[frequency]
        return f"{all_} {many}" if interval == 1 else f"{all_} {_number(interval)} {many}"

    def every_weekday(self, days: Places) -> str:
        return f"tous les {self.listed(f'{DAYS[day]}s' for day in days)}"

    def every_workday(self) -> str:
        return "tous les jours ouvrés (du lundi au vendredi)"

    def every_nth_weekday(self, interval: int, day: int) -> str:
        return f"tous les {_number(interval)} {DAYS[day]}s"

    def monthly(self, days: str, interval: int) -> str:
        return f"{days} de chaque mois" if interval == 1 else f"{self.every('MONTHLY', interval)} {days}"

    def on_weekdays(self, days: Places) -> str:
        return self.listed(f"le {DAYS[day]}" for day in days)

    def on_days(self, places: Places) -> str:
        return self.listed(_the(_place(place)) for place in places)

    def on_days_if(self, places: Places, days: Places) -> str:
        named = self.listed((_the(_place(place)) for place in places), self.alternative)
        return f"{named}, {self.if_weekday(days)},"

    def on_counted(self, pairs: Sequence[tuple[int, int]]) -> str:
        return self.listed(_the(_nth(place, DAYS[day])) if place else f"chaque {DAYS[day]}" for day, place in pairs)

    def on_positions(self, places: Places, days: Places) -> str:
        named = self.listed((DAYS[day] for day in days), self.alternative)
        return self.listed(_the(_nth(place, named)) for place in places)

    def on_work_positions(self, places: Places) -> str:
        return self.listed(_the(_nth(place, "jour ouvré (du lundi au vendredi)")) for place in places)

    def on_such_days(self) -> str:
        return "les jours"

    def of_the_month(self, places: Places) -> str:
        return f"{self.on_days(places)} du mois"

    def of_months(self, days: str, months: Places, *, are_dates: bool) -> str:
        if not are_dates:
            return f"{days} {self.listed(_of(MONTHS[month - 1]) for month in months)}"
        return f"{days} {MONTHS[months[0] - 1]}" if len(months) == 1 else f"{days} {self.in_months(months)}"

    def of_each_month(self, days: str) -> str:
        return f"{days} de chaque mois"

    def of_the_year(self, days: str) -> str:
        return f"{days} de l'année"

    def on_date(self, day: int, month: int) -> str:
        return f"le {_place(day)} {MONTHS[month - 1]}"

    def in_months(self, months: Places) -> str:
        return f"en {self.listed(MONTHS[month - 1] for month in months)}"

    def in_weeks(self, places: Places) -> str:
        counted = [place for place in places if place > 0]
        named = [f"{'la semaine' if len(counted) == 1 else 'les semaines'} {self.listed(numbers(counted))}"]
        last = [_the(_nth(place, "semaine", female=True), "la") for place in places if place < 0]
        return self.listed([*(named if counted else []), *last])

    def on_year_days(self, places: Places) -> str:
        named = (_the(_nth(place, "jour")) if place < 0 else f"le jour {place}" for place in places)
        return f"{self.listed(named)} de l'année"

    def if_weekday(self, days: Places) -> str:
        return f"si c'est un {self.listed((DAYS[day] for day in days), self.alternative)}"

    def around_easter(self, offsets: Places) -> str:
        return self.listed(map(_easter, offsets))

    def at_times(self, times: Sequence[str]) -> str:
        return f"à {self.listed(times)}" if len(times) <= LISTED else f"à {len(times)} moments de la journée"

    def from_to(self, begin: str, end: str) -> str:
        return f"de {begin} à {end}"

    def in_hours(self, hours: Places) -> str:
        return f"aux heures {self.listed(numbers(hours))}"

    def at_minutes(self, minutes: Places) -> str:
        return f"{'à la minute' if len(minutes) == 1 else 'aux minutes'} {self.listed(numbers(minutes))}"

    def at_seconds(self, seconds: Places) -> str:
        return f"{'à la seconde' if len(seconds) == 1 else 'aux secondes'} {self.listed(numbers(seconds))}"

    def only(self, places: Places, frequency: str) -> str:
        named = self.listed(_the(_nth(place)) for place in places)
        return f"seulement {named} d'entre eux par {UNITS[frequency][2]}"


def _day(at: date) -> str:
    return f"{_place(at.day)} {MONTHS[at.month - 1]} {at.year}"


def _number(interval: int) -> str:
    return NUMBERS[interval] if interval < len(NUMBERS) else str(interval)


def _of(word: str) -> str:
    return f"d'{word}" if word[0] in VOWELS else f"de {word}"


def _the(words: str, article: str = "le") -> str:
    return f"l'{words}" if words[0] in VOWELS else f"{article} {words}"


def _nth(place: int, noun: str = "", *, female: bool = False) -> str:
    """Return premier mardi, 20e mardi, dernier mardi, avant-dernier mardi, troisième mardi en partant de la fin."""
    if place in (-1, -2):
        last = "dernière" if female else "dernier"
        return f"{'avant-' if place == -2 else ''}{last} {noun}".rstrip()
    if place < 0:
        return f"{_nth(-place, noun, female=female)} en partant de la fin"
    if place == 1:
        return f"{'première' if female else 'premier'} {noun}".rstrip()
    return f"{ORDINALS[place] if place < len(ORDINALS) else f'{place}e'} {noun}".rstrip()


def _place(place: int) -> str:
    """Return a day of the month: 1er, 2, or dernier jour."""
    if place < 0:
        return _nth(place, "jour")
    return "1er" if place == 1 else str(place)


def _easter(days: int) -> str:
    if not days:
        return "le dimanche de Pâques"
    number = abs(days)
    return f"{number} jour{'s' if number > 1 else ''} {'après' if days > 0 else 'avant'} le dimanche de Pâques"
