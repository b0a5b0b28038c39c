"""`make bench`: how fast reminders leave, beside a task per reminder, on this machine and in one run.

Both send the same texts to the same carrier, which answers at once, through the same table, in one process:

- *plan*: alarms that fall due become deliveries;
- *dispatch*: claim, intent, call, outcome and the alarm's state, as in production;
- *baseline*: for each reminder one read, one HTTP call and one commit, as the older systems' task per reminder does
  (without the queue's own cost, which would make it slower).
"""

import argparse
import importlib
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command

from demo.local import embedded_postgres

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def database() -> Iterator[None]:
    """Run on an embedded server of its own, with fsync on, as the demo's."""
    server = embedded_postgres.start(Path(os.environ.get("DATA_DIR") or ".data").resolve() / "bench")
    os.environ.update(server.environment())
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    try:
        django.setup()
        yield
    finally:
        server.stop()


@contextmanager
def carrier() -> Iterator[str]:
    """Run the carrier in a process of its own; the value is its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.carrier"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        yield re.search(r"http://[\d.:]+", process.stdout.readline())[0]
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Print medians of several rounds, and how they compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=5000, help="reminders per round (default 5000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts (default 3)")
    options = parser.parse_args()
    with database(), carrier() as address:
        call_command("migrate", verbosity=0)
        # It imports models, so it comes after Django's set-up.
        measure = importlib.import_module("benchmarks.outbox_measurement").measure
        rounds = [measure(address, options.number) for _ in range(options.rounds)]
    figures = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    whole = 1 / (1 / figures["plan"] + 1 / figures["dispatch"])
    print(f"{options.number} reminders, one process, median of {options.rounds} rounds, reminders a second:\n")
    print(f"  plan                     {figures['plan']:10,.0f}")
    print(f"  dispatch, full contract  {figures['dispatch']:10,.0f}")
    print(f"  both                     {whole:10,.0f}")
    print(f"  a task per reminder      {figures['baseline']:10,.0f}")
    print(f"\n  both against a task per reminder: {whole / figures['baseline']:.1f} times")


if __name__ == "__main__":
    main()
