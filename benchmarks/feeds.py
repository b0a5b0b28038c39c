"""`make bench`: calendars as files, out of and into the database, beside the `icalendar` library, in one run.

- *feed*: a calendar of 10,000 visits read from the database and written, as a subscribed app gets it; beside it, what
  `icalendar` takes to write the same events, which it has in memory already;
- *nothing new*: how long a calendar app waits that has the newest version (304);
- *import*: the same visits as a file taken in, looked at first by whole batches, stored, and remembered for taking
  back; beside it, what `icalendar` takes to parse that file, and do nothing with it;
- *memory*: what a feed and an import of a half, and of all, hold at their peak.
"""

import argparse
import importlib
import statistics

from django.core.management import call_command

from benchmarks.outbox import database

LIMITS = {"feed": 100_000, "nothing new": 5, "import": 1}


def main() -> None:
    """Print medians of several rounds, and how they compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000, help="visits in the calendar (default 10000)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts (default 5)")
    options = parser.parse_args()
    with database():
        call_command("migrate", verbosity=0)
        # It imports models, so it comes after Django's set-up.
        desk = importlib.import_module("benchmarks.calendar_files").CalendarFileBenchmark(options.events)
        rounds = [desk.round() for _ in range(options.rounds)]
        memory = {number: desk.memory(number) for number in (options.events // 2, options.events)}
    figures = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    print(f"A calendar of {options.events:,} visits, median of {options.rounds} rounds, visits a second:\n")
    written, parsed = figures["written"], figures["parsed"]
    print(f"  feed              {figures['feed']:10,.0f} (target {LIMITS['feed']:,})")
    print(f"  icalendar writes  {written:10,.0f}   feed against it: {figures['feed'] / written:.1f} times")
    print(f"  import            {figures['import']:10,.0f}")
    print(f"  icalendar parses  {parsed:10,.0f}   import against it: {figures['import'] / parsed:.1f} times (target 1)")
    print(f"\n  nothing new       {figures['304']:10,.1f} ms (target {LIMITS['nothing new']})\n")
    for number, (feed, taken) in memory.items():
        print(f"  peak memory, {number:7,} visits: feed {feed:6,.1f} MB, import {taken:6,.1f} MB")


if __name__ == "__main__":
    main()
