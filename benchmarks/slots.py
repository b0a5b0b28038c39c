"""`make bench`: free times of a month of 20 providers beside 100,000 visits, and beside ten times as many.

- *request*: `GET /rest-api/slots/`, from the first byte to the answer;
- *found*: the look for free times alone;
- *plain*: the same by minutes, as a test computes it, for one provider and a week: the baseline.
"""

import argparse
import importlib
import statistics

from django.core.management import call_command

from benchmarks.outbox import database

LIMIT = 100  # milliseconds


def main() -> None:
    """Print medians of several rounds, for each number of visits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, nargs="+", default=[100_000, 1_000_000], help="numbers of visits")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts (default 5)")
    options = parser.parse_args()
    with database():
        call_command("migrate", verbosity=0)
        # It imports models, so it comes after Django's set-up.
        slots = importlib.import_module("benchmarks.slots_measurement")
        for number in options.visits:
            clinic = slots.furnish(number)
            rounds = [slots.measured(clinic) for _ in range(options.rounds)]
            print(f"A month of 20 providers with {number:,} visits, {clinic.found:,} free times:")
            for name in rounds[0]:
                target = f" (target {LIMIT})" if name == "request" else ""
                print(f"  {name:8} {statistics.median(one[name] for one in rounds):8.1f} ms{target}")


if __name__ == "__main__":
    main()
