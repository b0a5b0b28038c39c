"""Says in English when a series happens: “every second Tuesday until 3 May 2027”. Plain Python."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import product

from calendars.engine.recurrence.recurrence_set import RecurrenceSet, wall
from calendars.engine.recurrence.rules import Rule, named

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
UNITS = {"YEARLY": "year", "MONTHLY": "month", "WEEKLY": "week", "DAILY": "day", "HOURLY": "hour",
         "MINUTELY": "minute", "SECONDLY": "second"}  # fmt: skip
ORDINALS = ("", "first", "second", "third", "fourth", "fifth")
WORKDAYS = tuple((day, 0) for day in range(5))
WEEK = 7
# More than so many dates or times are counted instead of listed.
LISTED = 4


def describe(series: RecurrenceSet) -> str:
    """Return one phrase for a whole series; the time of day is told only where it is not that of the start."""
    texts = [_rule(rule, series.root) + _until(rule, series) for rule in series.rules]
    if not texts:
        return "on " + _dates([series.root.date(), *sorted(start.date() for start in series.extra)])
    text = " and ".join(texts)
    if series.extra:
        text += f", also on {_dates(sorted(start.date() for start in series.extra))}"
    excluded = {start.date() for start in series.excluded} | series.excluded_days
    if excluded:
        text += f", except on {_dates(sorted(excluded))}"
    return text


def describe_named(frequency: str, params: str | None) -> str:
    """Return the phrase for a named rule alone, whose days and times may come with the start of a series."""
    rule = named(frequency, params)
    until = f" until {day(rule.until.moment)}" if rule.until else ""
    return _rule(rule, None) + until


def day(at: date) -> str:
    """Return a date as it is spoken: 3 May 2027."""
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def _rule(rule: Rule, root: datetime | None) -> str:
    parts = [_days(rule), _times(rule, root), _positions(rule)]
    text = " ".join(part for part in parts if part)
    if rule.count:
        text += f", {rule.count} times" if rule.count > 1 else ", once"
    return text


def _until(rule: Rule, series: RecurrenceSet) -> str:
    until = [wall(series.last, series.zone)] if series.last else []
    if rule.until:
        moment = rule.until.moment
        until.append(wall(moment, series.zone) if moment.tzinfo else moment)
    return f" until {day(min(until))}" if until else ""


def _days(rule: Rule) -> str:
    match rule.frequency:
        case "YEARLY" if _names_days(rule):
            return _yearly(rule)
        case "MONTHLY" if _names_days(rule):
            return f"on {_of_month(rule)} of {_every(rule)}{_in_months(rule)}"
        case "WEEKLY":
            return _weekly(rule) + _month_days(rule) + _in_months(rule)
        case "YEARLY" | "MONTHLY":
            return _every(rule) + _in_months(rule)
    weekdays = f" on {_weekdays(rule)}" if rule.byweekday else ""
    if rule.frequency == "DAILY" and rule.interval == 1 and rule.byweekday and not rule.bymonthday:
        return _weekly(rule) + _in_months(rule)
    return _every(rule) + _month_days(rule) + weekdays + _rarer(rule) + _in_months(rule)


def _names_days(rule: Rule) -> bool:
    return bool(rule.bymonthday or rule.byweekday or rule.byyearday or rule.byweekno or rule.byeaster)


def _weekly(rule: Rule) -> str:
    if not rule.byweekday:
        return _every(rule) + _rarer(rule)
    if len(rule.byweekday) == WEEK and rule.interval == 1:
        return "every day"
    if rule.byweekday == WORKDAYS and rule.interval == 1:
        return "every weekday (Monday to Friday)"
    if rule.interval == 1:
        return f"every {_weekdays(rule)}"
    if len(rule.byweekday) == 1 and rule.interval <= 3:
        return f"every {ORDINALS[rule.interval]} {_weekdays(rule)}"
    return f"{_every(rule)} on {_weekdays(rule)}"


def _of_month(rule: Rule) -> str:
    """Return what a monthly rule chooses in its month."""
    days = _forward(rule.bymonthday)
    if days and rule.byweekday:
        return f"the {_list(map(_place, days), 'or')}, if it is a {_weekdays(rule, 'or')},"
    if days:
        return f"the {_list(map(_place, days))}"
    if rule.byweekday and rule.bysetpos:
        named = "weekday (Monday to Friday)" if rule.byweekday == WORKDAYS else _weekdays(rule, "or")
        return f"the {_list(map(_nth, _forward(rule.bysetpos)))} {named}"
    return _counted(rule) if rule.byweekday else "the days" + _rarer(rule)


def _yearly(rule: Rule) -> str:
    every, months = _every(rule), _in_months(rule)
    if rule.byeaster:
        return f"{every} {_list(map(_easter, rule.byeaster))}"
    if rule.byweekno:
        weeks = _list(str(week) if week > 0 else f"{_nth(week)} week" for week in rule.byweekno)
        return f"{every} in week {weeks}" + (f" on {_weekdays(rule)}" if rule.byweekday else "") + months
    if rule.byyearday:
        days = _list(f"the {_place(place)}" if place < 0 else f"day {place}" for place in _forward(rule.byyearday))
        return f"{every} on {days} of the year" + (f", if it is a {_weekdays(rule, 'or')}" if rule.byweekday else "")
    if rule.bymonthday and not rule.byweekday and len(rule.bymonth) == len(rule.bymonthday) == 1 <= rule.bymonthday[0]:
        return f"{every} on {rule.bymonthday[0]} {MONTHS[rule.bymonth[0] - 1]}"
    named = _list(MONTHS[month - 1] for month in rule.bymonth) or ("each month" if rule.bymonthday else "the year")
    return f"{every} on {_of_month(rule)} of {named}"


def _forward(places: tuple[int, ...]) -> list[int]:
    """Put what counts from the end behind the rest."""
    return sorted(places, key=lambda place: (place < 0, place))


def _counted(rule: Rule) -> str:
    return _list(
        f"the {_nth(ordinal)} {DAYS[weekday]}" if ordinal else f"each {DAYS[weekday]}"
        for weekday, ordinal in sorted(rule.byweekday, key=lambda pair: (pair[1] <= 0, pair[1], pair[0]))
    )


def _weekdays(rule: Rule, last: str = "and") -> str:
    return _list((DAYS[weekday] for weekday, _ in rule.byweekday), last)


def _month_days(rule: Rule) -> str:
    return f" on the {_list(map(_place, _forward(rule.bymonthday)))} of the month" if rule.bymonthday else ""


def _in_months(rule: Rule) -> str:
    return f" in {_list(MONTHS[month - 1] for month in rule.bymonth)}" if rule.bymonth else ""


def _rarer(rule: Rule) -> str:
    named = (("day", rule.byyearday, "of the year"), ("week", rule.byweekno, ""), ("Easter day", rule.byeaster, ""))
    return "".join(f" on {name} {_list(map(str, values))} {of}".rstrip() for name, values, of in named if values)


def _times(rule: Rule, root: datetime | None) -> str:
    if rule.frequency in ("HOURLY", "MINUTELY", "SECONDLY"):
        return _limits(rule, root)
    times = [f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "")
             for hour, minute, second in product(rule.byhour, rule.byminute, rule.bysecond)]  # fmt: skip
    if not root:
        return _limits(rule, root)
    if (rule.byhour, rule.byminute, rule.bysecond) == ((root.hour,), (root.minute,), (root.second,)):
        return ""
    return f"at {_list(times)}" if len(times) <= LISTED else f"at {len(times)} times of the day"


def _limits(rule: Rule, root: datetime | None) -> str:
    """Return the hours, minutes and seconds of a rule that is more than daily, where the start does not tell them."""
    found = []
    if rule.byhour:
        found.append(f"from {rule.byhour[0]:02}:00 to {rule.byhour[-1]:02}:59" if _is_run(rule.byhour)
                     else f"in the hours {_list(map(str, rule.byhour))}")  # fmt: skip
    if rule.byminute and not (root and rule.frequency == "HOURLY" and rule.byminute == (root.minute,)):
        found.append(f"at minute {_list(map(str, rule.byminute))}")
    if rule.bysecond and not (root and rule.bysecond == (root.second,)):
        found.append(f"at second {_list(map(str, rule.bysecond))}")
    return " ".join(found)


def _positions(rule: Rule) -> str:
    is_told = rule.frequency in ("MONTHLY", "YEARLY") and rule.byweekday and not rule.bymonthday and not rule.byyearday
    if not rule.bysetpos or (is_told and not rule.byweekno):
        return ""
    return f"(only the {_list(map(_nth, rule.bysetpos))} of these in each {UNITS[rule.frequency]})"


def _every(rule: Rule) -> str:
    unit = UNITS[rule.frequency]
    if rule.interval == 1:
        return f"every {unit}"
    return f"every {ORDINALS[rule.interval]} {unit}" if rule.interval <= 3 else f"every {rule.interval} {unit}s"


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


def _is_run(values: tuple[int, ...]) -> bool:
    return values == tuple(range(values[0], values[-1] + 1))


def _dates(dates: list[date]) -> str:
    return _list(map(day, dates)) if len(dates) <= LISTED else f"{len(dates)} dates"


def _list(words: Iterable[str], last: str = "and") -> str:
    found = list(words)
    return f" {last} ".join(filter(None, [", ".join(found[:-1]), *found[-1:]]))
