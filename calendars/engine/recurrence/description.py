"""Says when a series happens, in several languages: “every second Tuesday until 3 May 2027”. Plain Python."""

from datetime import date, datetime
from itertools import product

from calendars.engine.recurrence import words
from calendars.engine.recurrence.recurrence_set import RecurrenceSet, wall
from calendars.engine.recurrence.rule_parser import RecurrenceRule, named
from calendars.engine.recurrence.words.phrases import Phrases, forward

WORKDAYS = tuple((day, 0) for day in range(5))
WEEK = 7


def describe(series: RecurrenceSet, language: str = "en") -> str:
    """Return one phrase for a whole series; the time of day is told only where it is not that of the start."""
    say = words.of(language)
    texts = [_Teller(say, rule, series.root).phrase(_until(rule, series)) for rule in series.rules]
    if not texts:
        return say.on_dates([series.root.date(), *sorted(start.date() for start in series.extra)])
    parts = [f" {say.conjunction} ".join(texts)]
    if series.extra:
        parts.append(say.also(sorted(start.date() for start in series.extra)))
    excluded = {start.date() for start in series.excluded} | series.excluded_days
    if excluded:
        parts.append(say.excluding(sorted(excluded)))
    return ", ".join(parts)


def describe_named(frequency: str, params: str | None, language: str = "en") -> str:
    """Return the phrase for a named rule alone, whose days and times may come with the start of a series."""
    rule = named(frequency, params)
    return _Teller(words.of(language), rule, None).phrase(rule.until.moment.date() if rule.until else None)


def _until(rule: RecurrenceRule, series: RecurrenceSet) -> date | None:
    until = [wall(series.last, series.zone)] if series.last else []
    if rule.until:
        moment = rule.until.moment
        until.append(wall(moment, series.zone) if moment.tzinfo else moment)
    return min(until).date() if until else None


class _Teller:
    """Tells one rule; `root` is the start of its series on the wall clock, None for a rule that has none yet."""

    def __init__(self, say: Phrases, rule: RecurrenceRule, root: datetime | None) -> None:
        self.say, self.rule, self.root = say, rule, root
        self.weekdays = [day for day, _place in rule.byweekday]
        self.every = say.every(rule.frequency, rule.interval)

    def phrase(self, until: date | None) -> str:
        """Return the whole phrase."""
        text = _joined(self._days(), self._times(), self._positions())
        if self.rule.count:
            text += f", {self.say.times_in_all(self.rule.count)}"
        return _joined(text, self.say.until(until) if until else "")

    def _days(self) -> str:
        match self.rule.frequency:
            case "YEARLY" if self._names_days():
                return self._yearly()
            case "MONTHLY" if self._names_days():
                return _joined(self.say.monthly(self._of_month(), self.rule.interval), self._in_months())
            case "WEEKLY":
                return _joined(self._weekly(), self._month_days(), self._in_months())
            case "YEARLY" | "MONTHLY":
                return _joined(self.every, self._in_months())
            case "DAILY" if self.rule.interval == 1 and self.rule.byweekday and not self.rule.bymonthday:
                return _joined(self._weekly(), self._in_months())
        return _joined(self.every, self._month_days(), self._on_weekdays(), self._rarer(), self._in_months())

    def _names_days(self) -> bool:
        rule = self.rule
        return bool(rule.bymonthday or rule.byweekday or rule.byyearday or rule.byweekno or rule.byeaster)

    def _weekly(self) -> str:
        rule, say = self.rule, self.say
        if not rule.byweekday:
            return _joined(self.every, self._rarer())
        if rule.interval == 1:
            if len(rule.byweekday) == WEEK:
                return say.every("DAILY", 1)
            return say.workday if rule.byweekday == WORKDAYS else say.every_weekday(self.weekdays)
        if len(rule.byweekday) == 1 and rule.interval <= 3:
            return say.every_nth_weekday(rule.interval, self.weekdays[0])
        return _joined(self.every, self._on_weekdays())

    def _of_month(self) -> str:
        """Return what a monthly rule chooses in its month."""
        rule, say = self.rule, self.say
        days = forward(rule.bymonthday)
        if days:
            return say.on_days_if(days, self.weekdays) if rule.byweekday else say.on_days(days)
        if rule.byweekday and rule.bysetpos:
            places = forward(rule.bysetpos)
            is_work = rule.byweekday == WORKDAYS
            return say.on_work_positions(places) if is_work else say.on_positions(places, self.weekdays)
        if rule.byweekday:
            return say.on_counted(sorted(rule.byweekday, key=lambda pair: (pair[1] <= 0, pair[1], pair[0])))
        return _joined(say.such_days, self._rarer())

    def _yearly(self) -> str:
        rule, say = self.rule, self.say
        if rule.byeaster:
            return _joined(self.every, say.around_easter(rule.byeaster))
        if rule.byweekno:
            return _joined(self.every, say.in_weeks(forward(rule.byweekno)), self._on_weekdays(), self._in_months())
        if rule.byyearday:
            text = _joined(self.every, say.on_year_days(forward(rule.byyearday)))
            return f"{text}, {say.if_weekday(self.weekdays)}" if rule.byweekday else text
        return _joined(self.every, self._in_year())

    def _in_year(self) -> str:
        """Return what a yearly rule chooses by days of months."""
        rule, say = self.rule, self.say
        are_dates = bool(rule.bymonthday) and not rule.byweekday and min(rule.bymonthday) > 0
        if are_dates and len(rule.bymonth) == len(rule.bymonthday) == 1:
            return say.on_date(rule.bymonthday[0], rule.bymonth[0])
        if rule.bymonth:
            return say.of_months(self._of_month(), rule.bymonth, are_dates=are_dates)
        return say.of_each_month(self._of_month()) if rule.bymonthday else say.of_the_year(self._of_month())

    def _month_days(self) -> str:
        return self.say.of_the_month(forward(self.rule.bymonthday)) if self.rule.bymonthday else ""

    def _on_weekdays(self) -> str:
        return self.say.on_weekdays(self.weekdays) if self.weekdays else ""

    def _in_months(self) -> str:
        return self.say.in_months(self.rule.bymonth) if self.rule.bymonth else ""

    def _rarer(self) -> str:
        rule, say = self.rule, self.say
        return _joined(
            say.on_year_days(forward(rule.byyearday)) if rule.byyearday else "",
            say.in_weeks(forward(rule.byweekno)) if rule.byweekno else "",
            say.around_easter(rule.byeaster) if rule.byeaster else "",
        )

    def _times(self) -> str:
        rule, root = self.rule, self.root
        if rule.frequency in ("HOURLY", "MINUTELY", "SECONDLY") or not root:
            return self._limits()
        if (rule.byhour, rule.byminute, rule.bysecond) == ((root.hour,), (root.minute,), (root.second,)):
            return ""
        times = product(rule.byhour, rule.byminute, rule.bysecond)
        return self.say.at_times(
            [f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "") for hour, minute, second in times]
        )

    def _limits(self) -> str:
        """Return hours, minutes and seconds of a rule that is more than daily, where the start does not tell them."""
        rule, root, found = self.rule, self.root, []
        if rule.byhour:
            is_run = rule.byhour == tuple(range(rule.byhour[0], rule.byhour[-1] + 1))
            span = self.say.from_to(f"{rule.byhour[0]:02}:00", f"{rule.byhour[-1]:02}:59")
            found.append(span if is_run else self.say.in_hours(rule.byhour))
        if rule.byminute and not (root and rule.frequency == "HOURLY" and rule.byminute == (root.minute,)):
            found.append(self.say.at_minutes(rule.byminute))
        if rule.bysecond and not (root and rule.bysecond == (root.second,)):
            found.append(self.say.at_seconds(rule.bysecond))
        return " ".join(found)

    def _positions(self) -> str:
        rule = self.rule
        is_monthly = rule.frequency in ("MONTHLY", "YEARLY")
        is_told = is_monthly and rule.byweekday and not rule.bymonthday and not rule.byyearday
        if not rule.bysetpos or (is_told and not rule.byweekno):
            return ""
        return f"({self.say.only(rule.bysetpos, rule.frequency)})"


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
