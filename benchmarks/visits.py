"""`make bench`: visits as a CRM sends them: 1,000 in one request, each with a new contact and a reminder.

- *made*: the request that makes them, from the first byte to the answer;
- *again*: the same request once more, which finds every visit as it is sent;
- *renamed*: the same visits with another title;
- *contacts*, *events*: as many contacts or events with alarms, each tenth a series of three, made and changed;
- *closed*: the request that makes a closure which many visits of series meet, all with reminders: they are skipped;
- *applied*: from then on until a worker has applied it to all of them.
"""

import argparse
import importlib
import statistics

from django.core.management import call_command

from benchmarks.outbox import database

LIMIT = 10  # seconds


def main() -> None:
    """Print medians of several rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=1000, help="visits in the request (default 1000)")
    parser.add_argument("--closed", type=int, default=10_000, help="visits that a closure meets (default 10000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts (default 3)")
    options = parser.parse_args()
    with database():
        call_command("migrate", verbosity=0)
        # It imports models, so it comes after Django's set-up.
        crm = importlib.import_module("benchmarks.visits_measurement")
        rounds = [crm.measured(options.visits) for _ in range(options.rounds)]
        closed = crm.closed(options.closed)
    print(
        f"One request with {options.visits:,} rows, visits with contacts and reminders, median of {options.rounds}:\n"
    )
    for name in rounds[0]:
        target = f" (target {LIMIT})" if name == "made" else ""
        print(f"  {name:16} {statistics.median(one[name] for one in rounds):6.2f} s{target}")
    print(f"\nA closure that {options.closed:,} visits with reminders meet, once:\n")
    for name, seconds in closed.items():
        print(f"  {name:7} {seconds:6.2f} s")


if __name__ == "__main__":
    main()
