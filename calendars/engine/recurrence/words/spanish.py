"""Recurrence in Spanish: “cada dos martes hasta el 3 de mayo de 2027”. Plain Python."""

from collections.abc import Sequence
from datetime import date

from calendars.engine.recurrence.words.phrases import LISTED, Phrases, Places, numbers

DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
UNITS = {
    "YEARLY": ("año", "años"),
    "MONTHLY": ("mes", "meses"),
    "WEEKLY": ("semana", "semanas"),
    "DAILY": ("día", "días"),
    "HOURLY": ("hora", "horas"),
    "MINUTELY": ("minuto", "minutos"),
    "SECONDLY": ("segundo", "segundos"),
}
NUMBERS = ("", "", "dos", "tres")
ORDINALS = ("", "primero", "segundo", "tercero", "cuarto", "quinto")
FROM_THE_END = {-1: "último", -2: "penúltimo", -3: "antepenúltimo"}


class Spanish(Phrases):
    """“Primero” and “tercero” lose their o before a noun; months and weekdays are written small."""

    conjunction, alternative = "y", "o"

    def until(self, day: date) -> str:
        return f"hasta el {_day(day)}"

    def times_in_all(self, count: int) -> str:
        return f"{count} veces" if count > 1 else "una vez"

    def on_dates(self, dates: Sequence[date]) -> str:
        return self.listed(f"el {_day(at)}" for at in dates) if len(dates) <= LISTED else f"en {len(dates)} fechas"

    def also(self, dates: Sequence[date]) -> str:
        return f"también {self.on_dates(dates)}"

    def excluding(self, dates: Sequence[date]) -> str:
        return f"excepto {self.on_dates(dates)}"

    def every(self, frequency: str, interval: int) -> str:
        one, many = UNITS[frequency]
        return f"cada {one}" if interval == 1 else f"cada {_number(interval)} {many}"

    def every_weekday(self, days: Places) -> str:
        return f"cada {self.listed(DAYS[day] for day in days)}"

    def every_workday(self) -> str:
        return "cada día laborable (de lunes a viernes)"

    def every_nth_weekday(self, interval: int, day: int) -> str:
        return f"cada {_number(interval)} {_many(DAYS[day])}"

    def monthly(self, days: str, interval: int) -> str:
        return f"{days} de cada mes" if interval == 1 else f"{self.every('MONTHLY', interval)} {days}"

    def on_weekdays(self, days: Places) -> str:
        return self.listed(f"el {DAYS[day]}" for day in days)

    def on_days(self, places: Places) -> str:
        return self.listed(f"el {_place(place)}" for place in places)

    def on_days_if(self, places: Places, days: Places) -> str:
        named = self.listed((f"el {_place(place)}" for place in places), self.alternative)
        return f"{named}, {self.if_weekday(days)},"

    def on_counted(self, pairs: Sequence[tuple[int, int]]) -> str:
        return self.listed(f"el {_nth(place, DAYS[day])}" if place else f"cada {DAYS[day]}" for day, place in pairs)

    def on_positions(self, places: Places, days: Places) -> str:
        named = self.listed((DAYS[day] for day in days), self.alternative)
        return self.listed(f"el {_nth(place, named)}" for place in places)

    def on_work_positions(self, places: Places) -> str:
        return self.listed(f"el {_nth(place, 'día laborable (de lunes a viernes)')}" for place in places)

    def on_such_days(self) -> str:
        return "los días"

    def of_the_month(self, places: Places) -> str:
        return f"{self.on_days(places)} del mes"

    def of_months(self, days: str, months: Places, *, are_dates: bool) -> str:
        return f"{days} de {self.listed(MONTHS[month - 1] for month in months)}"

    def of_each_month(self, days: str) -> str:
        return f"{days} de cada mes"

    def of_the_year(self, days: str) -> str:
        return f"{days} del año"

    def on_date(self, day: int, month: int) -> str:
        return f"el {day} de {MONTHS[month - 1]}"

    def in_months(self, months: Places) -> str:
        return f"en {self.listed(MONTHS[month - 1] for month in months)}"

    def in_weeks(self, places: Places) -> str:
        counted = [place for place in places if place > 0]
        named = [f"en {'la semana' if len(counted) == 1 else 'las semanas'} {self.listed(numbers(counted))}"]
        last = [f"en la {_nth(place, 'semana', female=True)}" for place in places if place < 0]
        return self.listed([*(named if counted else []), *last])

    def on_year_days(self, places: Places) -> str:
        named = (f"el {_nth(place, 'día')}" if place < 0 else f"el día {place}" for place in places)
        return f"{self.listed(named)} del año"

    def if_weekday(self, days: Places) -> str:
        return f"si es {self.listed((DAYS[day] for day in days), self.alternative)}"

    def around_easter(self, offsets: Places) -> str:
        return self.listed(map(_easter, offsets))

    def at_times(self, times: Sequence[str]) -> str:
        if len(times) > LISTED:
            return f"en {len(times)} momentos del día"
        # One o'clock is one thing, the other hours are several.
        return self.listed(f"{'a la' if time.startswith('01:') else 'a las'} {time}" for time in times)

    def from_to(self, begin: str, end: str) -> str:
        return f"de {begin} a {end}"

    def in_hours(self, hours: Places) -> str:
        return f"en las horas {self.listed(numbers(hours))}"

    def at_minutes(self, minutes: Places) -> str:
        return f"en {'el minuto' if len(minutes) == 1 else 'los minutos'} {self.listed(numbers(minutes))}"

    def at_seconds(self, seconds: Places) -> str:
        return f"en {'el segundo' if len(seconds) == 1 else 'los segundos'} {self.listed(numbers(seconds))}"

    def only(self, places: Places, frequency: str) -> str:
        return f"solo {self.listed(f'el {_nth(place)}' for place in places)} de ellos por {UNITS[frequency][0]}"


def _day(at: date) -> str:
    return f"{at.day} de {MONTHS[at.month - 1]} de {at.year}"


def _number(interval: int) -> str:
    return NUMBERS[interval] if interval < len(NUMBERS) else str(interval)


def _many(weekday: str) -> str:
    return weekday if weekday.endswith("s") else f"{weekday}s"


def _nth(place: int, noun: str = "", *, female: bool = False) -> str:
    """Return primer martes, 20.º martes, último martes, cuarto martes contando desde el final."""
    if place < -3:
        return f"{_nth(-place, noun, female=female)} contando desde el final"
    if place >= len(ORDINALS):
        return f"{place}.{'ª' if female else 'º'} {noun}".rstrip()
    word = ORDINALS[place] if place > 0 else FROM_THE_END[place]
    if female:
        word = f"{word[:-1]}a"
    elif noun and place in (1, 3):
        word = word[:-1]
    return f"{word} {noun}".rstrip()


def _place(place: int) -> str:
    """Return a day of the month: 1, or último día."""
    return _nth(place, "día") if place < 0 else str(place)


def _easter(days: int) -> str:
    if not days:
        return "el domingo de Pascua"
    number = abs(days)
    return f"{number} día{'s' if number > 1 else ''} {'después' if days > 0 else 'antes'} del domingo de Pascua"
