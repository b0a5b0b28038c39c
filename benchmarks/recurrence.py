"""`make bench`: recurrence beside plain dateutil, and 10,000 mixed series expanded into the database, in one run.

- *rules*: the next 30 days of rules that started 1, 5 and 13 years ago, each hit resolved to UTC; the rule is read
  once on either side;
- *expansion*: children and their alarms written, in batches whose number of queries does not grow with the series.
"""

import argparse
import importlib
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from django.core.management import call_command

from benchmarks.outbox import database
from calendars.engine.recurrence.recurrence_set import parse, resolve_all

ZONE = ZoneInfo("America/New_York")
NOW = datetime.fromisoformat("2026-11-23T09:00")
WINDOW = timedelta(days=30)
YEARS = (1, 5, 13)
RULES = {
    "daily": "FREQ=DAILY",
    "weekly on Mo, We, Fr": "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "second Tuesday monthly": "FREQ=MONTHLY;BYDAY=2TU",
    "last weekday monthly": "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "every 4 hours": "FREQ=HOURLY;INTERVAL=4",
    "hourly": "FREQ=HOURLY",
}
TARGETS = {5: 25, 13: 60}


def microseconds(work: Callable[[], list], times: int) -> float:
    """Return the median of several runs."""
    spans = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spans.append(time.perf_counter() - began)
    return statistics.median(spans) * 1e6


def compare(text: str, years: int) -> tuple[float, float]:
    """Return what a rule costs here and with dateutil, in microseconds; both find the same."""
    root = NOW.replace(year=NOW.year - years)
    series, plain = parse(root=root, zone=ZONE, text=text), rrulestr(text, dtstart=root)

    def own() -> list[datetime]:
        return list(resolve_all(series.between(NOW, NOW + WINDOW), ZONE))

    def theirs() -> list[datetime]:
        hits = plain.between(NOW, NOW + WINDOW, inc=True)
        return [hit.replace(tzinfo=ZONE).astimezone(UTC) for hit in hits if hit > NOW]

    assert own() == theirs()
    return microseconds(own, 50), microseconds(theirs, 3)


def rules() -> None:
    """Print each rule's cost, and the geometric mean of the ratios."""
    print(f"Next {WINDOW.days} days in UTC, microseconds (median):\n")
    print(f"  {'rule':24} {'years':>5} {'here':>9} {'dateutil':>11} {'times':>7}")
    ratios: dict[int, list[float]] = {years: [] for years in YEARS}
    costs: dict[str, list[float]] = {name: [] for name in RULES}
    for name, text in RULES.items():
        for years in YEARS:
            own, theirs = compare(text, years)
            ratios[years].append(theirs / own)
            costs[name].append(own)
            print(f"  {name:24} {years:5} {own:9,.0f} {theirs:11,.0f} {theirs / own:7,.1f}")
    print()
    for years, found in ratios.items():
        target = f" (target {TARGETS[years]})" if years in TARGETS else ""
        print(f"  {years:2} years: {statistics.geometric_mean(found):.1f} times, geometric mean{target}")
    growth = {name: found[-1] / found[0] for name, found in costs.items()}
    worst = max(growth, key=lambda name: growth[name])
    print(f"  13 years against 1, the worst: {growth[worst]:.2f} ({worst}; target at most 1.2)\n")


def expansion(number: int, rounds: int) -> None:
    """Print how fast series become rows."""
    with database():
        call_command("migrate", verbosity=0)
        # It imports models, so it comes after Django's set-up.
        measure = importlib.import_module("benchmarks.recurrence_measurement").measure
        found = [measure(number) for _ in range(rounds)]
    figures = {name: statistics.median(one[name] for one in found) for name in found[0]}
    print(f"{number:,} mixed series with an alarm each, one expander, median of {rounds} rounds:\n")
    print(f"  rows made              {figures['made']:10,.0f}")
    print(f"  series a second        {figures['series']:10,.0f}")
    print(f"  rows a second          {figures['rows']:10,.0f} (target 20,000)")
    print(f"  queries for 50 or 400  {figures['queries']:10,.0f}")


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=10_000, help="series to expand (default 10000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts (default 3)")
    options = parser.parse_args()
    rules()
    expansion(options.series, options.rounds)


if __name__ == "__main__":
    main()
