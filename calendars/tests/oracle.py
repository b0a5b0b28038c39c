"""An independent oracle of recurrence rules: python-dateutil, kept from walking to the year 9999."""

import datetime as dates
import random
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from dateutil import rrule as dateutil_rrule

from calendars.engine.recurrence.recurrence_set import parse
from calendars.engine.recurrence.rule_parser import FREQUENCIES

ORDINALS = {"MONTHLY": ["3", "-2"], "YEARLY": ["1", "-1", "20", "53", "-53"]}
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
UTC_ZONE = ZoneInfo("UTC")
# How far a comparison reaches, in hours, by frequency.
REACH = {
    "YEARLY": 12 * 8766,
    "MONTHLY": 3 * 8766,
    "WEEKLY": 9000,
    "DAILY": 3000,
    "HOURLY": 150,
    "MINUTELY": 8,
    "SECONDLY": 0.2,
}


@contextmanager
def last_year(year):
    """Let dateutil give up after a year; it looks for matches until `datetime.MAXYEAR`."""
    kept = dateutil_rrule.datetime
    dateutil_rrule.datetime = SimpleNamespace(**{**vars(dates), "MAXYEAR": year})
    try:
        yield
    finally:
        dateutil_rrule.datetime = kept


def expected(text, root, end):
    """Return what dateutil finds after the root up to an end; COUNT here counts the root, whatever the rule says."""
    parts = dict(part.split("=") for part in text.split(";"))
    count = int(parts.pop("COUNT", 10**9))
    bare = ";".join(f"{name}={value}" for name, value in parts.items())
    found = []
    with last_year(end.year):
        try:
            for hit in dateutil_rrule.rrulestr(bare, dtstart=root):
                if hit > end or len(found) >= count - 1:
                    break
                if hit > root:
                    found.append(hit)
        except ValueError as error:
            # It refuses what it finds to be impossible.
            if "empty" not in str(error):
                raise
    return found


def disagreements(seeds):
    """Return what differs among many random rules, the first few of them."""
    return [found for found in map(disagreement, seeds) if found][:5]


def disagreement(seed):
    """Compare one random rule, from its start and from a later moment; return what differs, or an empty text."""
    chance = random.Random(seed)
    frequency = chance.choice(FREQUENCIES)
    year = datetime.fromisoformat(f"{chance.randint(2015, 2027)}-01-01")
    root = year + timedelta(minutes=15 * chance.randrange(35_000))
    text = random_rule(chance, frequency, root)
    if frequency == "WEEKLY" and "BYSETPOS" in text:
        # dateutil counts in the first week from its start on only, the RFC in the whole week: begin with a whole one.
        root -= timedelta(days=(root.weekday() - WEEKDAYS.index(text.split("WKST=")[1][:2])) % 7)
    reach = timedelta(hours=REACH[frequency] * max(1, int(text.split("INTERVAL=")[1].split(";")[0])) ** 0.5)
    end = root + reach
    wanted = expected(text, root, end)
    series = parse(root=root, zone=UTC_ZONE, text=text)
    later = root + reach * chance.random()
    if list(series.between(root, end)) != wanted:
        return f"{root} {text}: {list(series.between(root, end))[:9]} is not {wanted[:9]}"
    if list(series.between(later, end)) != [hit for hit in wanted if hit > later]:
        return f"{root} {text}, from {later}"
    return ""


def random_rule(chance, frequency, root):
    """Return a rule of any parts that RFC 5545 allows together and dateutil reads in the same way."""
    makers = _makers(chance, frequency, root)
    parts = {"FREQ": frequency, "INTERVAL": _interval(chance, frequency), "WKST": chance.choice(WEEKDAYS)}
    most = 1 if frequency == "SECONDLY" else len(makers)
    names = chance.sample(sorted(makers), min(most, chance.choice([0, 1, 1, 2, 2, 3, 4])))
    for name in names:
        parts[name] = makers[name]()
    if any(part.strip("-")[:2] in ("20", "53") for part in str(parts.get("BYDAY", "")).split(",")):
        parts.pop("BYMONTH", None)  # in a month, dateutil fails on the 20th Monday
    if "BYWEEKNO" in parts:
        # A week belongs to one year here; dateutil cuts it at New Year, and takes all of its days without BYDAY.
        parts["INTERVAL"] = 1
        parts["BYDAY"] = ",".join(_some(chance, WEEKDAYS))
    elif names and chance.random() < 0.2:
        parts["BYSETPOS"] = ",".join(_some(chance, [1, -1] if frequency in FREQUENCIES[5:] else [1, 2, 3, -1, -2, 7]))
    ending = chance.random()
    if ending < 0.15:
        parts["COUNT"] = chance.choice([1, 2, 5, 30])
    elif ending < 0.3:
        parts["UNTIL"] = f"{root + timedelta(hours=REACH[frequency] * chance.random()):%Y%m%dT%H%M%S}"
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _interval(chance, frequency):
    big = {"HOURLY": [5, 7, 24, 30], "MINUTELY": [7, 45, 90, 1500], "SECONDLY": [7, 90, 4000]}.get(frequency, [4, 9])
    return chance.choice([1, 1, 1, 2, 3, chance.choice(big)])


def _makers(chance, frequency, root):
    # dateutil looks at every second of a day that does not match: let rules of seconds match where they begin.
    fine = frequency == "SECONDLY"
    near = [(root.month + ahead - 1) % 12 + 1 for ahead in (0, 0, 1)] if frequency in FREQUENCIES[3:] else range(1, 13)
    day = root.timetuple().tm_yday
    month_days = [root.day] if fine else [root.day, 1, 13, 29, 30, 31, -1, -3, -31]
    year_days = [day] if fine else [day, day + 1 if day < 366 else 1, 1, 60, 366, -1, -366]
    makers = {
        "BYMONTH": lambda: ",".join(_some(chance, [root.month] if fine else near)),
        "BYDAY": lambda: WEEKDAYS[root.weekday()] if fine else _weekdays(chance, frequency),
        "BYHOUR": lambda: ",".join(_some(chance, [root.hour, *range(0, 24, 3)])),
        "BYMINUTE": lambda: ",".join(_some(chance, [root.minute, *range(0, 60, 5)])),
        "BYSECOND": lambda: ",".join(_some(chance, [0, 15, 30, 59])),
    }
    if frequency != "WEEKLY":
        makers["BYMONTHDAY"] = lambda: ",".join(_some(chance, month_days))
    if frequency in ("YEARLY", "HOURLY", "MINUTELY", "SECONDLY"):
        makers["BYYEARDAY"] = lambda: ",".join(_some(chance, year_days))
    if frequency == "YEARLY":
        makers["BYWEEKNO"] = lambda: ",".join(_some(chance, [1, 2, 20, 51, -1, -51]))
        makers["BYEASTER"] = lambda: ",".join(_some(chance, [0, -2, 1, 39, 50]))
    return makers


def _weekdays(chance, frequency):
    ordinals = [""]
    if frequency in ("YEARLY", "MONTHLY"):
        ordinals = chance.choice([[""], ["1", "2", "-1", "5", "-5"], ORDINALS[frequency]])
    return ",".join(chance.choice(ordinals) + day for day in _some(chance, WEEKDAYS))


def _some(chance, values):
    pool = list(values)
    return [str(value) for value in chance.sample(pool, min(len(pool), chance.choice([1, 1, 2, 3])))]
