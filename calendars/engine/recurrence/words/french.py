"""Recurrence in French: “tous les deux mardis jusqu'au 3 mai 2027”. Plain Python."""

from collections.abc import Sequence
from datetime import date

from calendars.engine.recurrence.words.phrases import LISTED, Phrases, Places, numbers

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
    weekdays = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
    months = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
    workday, such_days = "tous les jours ouvrés (du lundi au vendredi)", "les jours"
    until_day, counted, many_dates = "jusqu'au {}", ("une fois", "{} fois"), "à {} dates"
    also_on, except_on, on_each = "et aussi {}", "sauf {}", "le {}"
    month, each_month, year = "{} du mois", "{} de chaque mois", "{} de l'année"
    month_date, within_months, weekday_condition = "le {} {}", "en {}", "si c'est un {}"
    many_times, span, hours = "à {} moments de la journée", "de {} à {}", "aux heures {}"
    minutes, seconds = ("à la minute {}", "aux minutes {}"), ("à la seconde {}", "aux secondes {}")
    easter = "le dimanche de Pâques"
    before_easter = ("{} jour avant le dimanche de Pâques", "{} jours avant le dimanche de Pâques")
    after_easter = ("{} jour après le dimanche de Pâques", "{} jours après le dimanche de Pâques")

    def day(self, at: date) -> str:
        return f"{self.place(at.day)} {self.months[at.month - 1]} {at.year}"

    def every(self, frequency: str, interval: int) -> str:
        all_, many, _one = UNITS[frequency]
        return f"{all_} {many}" if interval == 1 else f"{all_} {_number(interval)} {many}"

    def every_weekday(self, days: Places) -> str:
        return f"tous les {self.listed(f'{self.weekdays[day]}s' for day in days)}"

    def every_nth_weekday(self, interval: int, day: int) -> str:
        return f"tous les {_number(interval)} {self.weekdays[day]}s"

    def place(self, place: int) -> str:
        if place < 0:
            return _nth(place, "jour")
        return "1er" if place == 1 else str(place)

    def on_days(self, places: Places, last: str = "") -> str:
        return self.listed((_the(self.place(place)) for place in places), last)

    def on_counted(self, pairs: Sequence[tuple[int, int]]) -> str:
        days = self.weekdays
        return self.listed(_the(_nth(place, days[day])) if place else f"chaque {days[day]}" for day, place in pairs)

    def on_positions(self, places: Places, days: Places) -> str:
        named = self.named_days(days, self.alternative)
        return self.listed(_the(_nth(place, named)) for place in places)

    def on_work_positions(self, places: Places) -> str:
        return self.listed(_the(_nth(place, "jour ouvré (du lundi au vendredi)")) for place in places)

    def of_months(self, days: str, months: Places, *, are_dates: bool) -> str:
        if not are_dates:
            return f"{days} {self.listed(_of(self.months[month - 1]) for month in months)}"
        return f"{days} {self.named_months(months) if len(months) == 1 else self.in_months(months)}"

    def on_date(self, day: int, month: int) -> str:
        return f"le {self.place(day)} {self.months[month - 1]}"

    def in_weeks(self, places: Places) -> str:
        counted = [place for place in places if place > 0]
        named = [f"{'la semaine' if len(counted) == 1 else 'les semaines'} {self.listed(numbers(counted))}"]
        last = [_the(_nth(place, "semaine", female=True), "la") for place in places if place < 0]
        return self.listed([*(named if counted else []), *last])

    def on_year_days(self, places: Places) -> str:
        named = (_the(_nth(place, "jour")) if place < 0 else f"le jour {place}" for place in places)
        return self.year.format(self.listed(named))

    def at_times(self, times: Sequence[str]) -> str:
        return f"à {self.listed(times)}" if len(times) <= LISTED else self.many_times.format(len(times))

    def only(self, places: Places, frequency: str) -> str:
        named = self.listed(_the(_nth(place)) for place in places)
        return f"seulement {named} d'entre eux par {UNITS[frequency][2]}"


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
