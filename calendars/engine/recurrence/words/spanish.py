"""Recurrence in Spanish: “cada dos martes hasta el 3 de mayo de 2027”. Plain Python."""

from collections.abc import Sequence
from datetime import date

from calendars.engine.recurrence.words.phrases import LISTED, Phrases, Places, numbers

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
    weekdays = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
    months = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
    workday, such_days = "cada día laborable (de lunes a viernes)", "los días"
    until_day, counted, many_dates = "hasta el {}", ("una vez", "{} veces"), "en {} fechas"
    also_on, except_on, on_each = "también {}", "excepto {}", "el {}"
    month, each_month, year = "{} del mes", "{} de cada mes", "{} del año"
    month_date, within_months, weekday_condition = "el {} de {}", "en {}", "si es {}"
    many_times, span, hours = "en {} momentos del día", "de {} a {}", "en las horas {}"
    minutes, seconds = ("en el minuto {}", "en los minutos {}"), ("en el segundo {}", "en los segundos {}")
    easter = "el domingo de Pascua"
    before_easter = ("{} día antes del domingo de Pascua", "{} días antes del domingo de Pascua")
    after_easter = ("{} día después del domingo de Pascua", "{} días después del domingo de Pascua")

    def day(self, at: date) -> str:
        return f"{at.day} de {self.months[at.month - 1]} de {at.year}"

    def every(self, frequency: str, interval: int) -> str:
        one, many = UNITS[frequency]
        return f"cada {one}" if interval == 1 else f"cada {_number(interval)} {many}"

    def every_weekday(self, days: Places) -> str:
        return f"cada {self.named_days(days)}"

    def every_nth_weekday(self, interval: int, day: int) -> str:
        weekday = self.weekdays[day]
        return f"cada {_number(interval)} {weekday if weekday.endswith('s') else f'{weekday}s'}"

    def place(self, place: int) -> str:
        return _nth(place, "día") if place < 0 else str(place)

    def on_counted(self, pairs: Sequence[tuple[int, int]]) -> str:
        days = self.weekdays
        return self.listed(f"el {_nth(place, days[day])}" if place else f"cada {days[day]}" for day, place in pairs)

    def on_positions(self, places: Places, days: Places) -> str:
        named = self.named_days(days, self.alternative)
        return self.listed(f"el {_nth(place, named)}" for place in places)

    def on_work_positions(self, places: Places) -> str:
        return self.listed(f"el {_nth(place, 'día laborable (de lunes a viernes)')}" for place in places)

    def of_months(self, days: str, months: Places, *, are_dates: bool) -> str:
        return f"{days} de {self.named_months(months)}"

    def in_weeks(self, places: Places) -> str:
        counted = [place for place in places if place > 0]
        named = [f"en {'la semana' if len(counted) == 1 else 'las semanas'} {self.listed(numbers(counted))}"]
        last = [f"en la {_nth(place, 'semana', female=True)}" for place in places if place < 0]
        return self.listed([*(named if counted else []), *last])

    def on_year_days(self, places: Places) -> str:
        named = (f"el {_nth(place, 'día')}" if place < 0 else f"el día {place}" for place in places)
        return self.year.format(self.listed(named))

    def at_times(self, times: Sequence[str]) -> str:
        if len(times) > LISTED:
            return self.many_times.format(len(times))
        # One o'clock is one thing, the other hours are several.
        return self.listed(f"{'a la' if time.startswith('01:') else 'a las'} {time}" for time in times)

    def only(self, places: Places, frequency: str) -> str:
        return f"solo {self.listed(f'el {_nth(place)}' for place in places)} de ellos por {UNITS[frequency][0]}"


def _number(interval: int) -> str:
    return NUMBERS[interval] if interval < len(NUMBERS) else str(interval)


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
