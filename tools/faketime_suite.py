"""`python -m tools.faketime_suite`: runs the test suite as on a machine with another time and in another zone.

Drawn by a seed that it prints, or, with `--all`, at every hour of a day, on clock changes, a leap day, the last day of
a year and a Sunday. With `--all --share 1/3` the suite is dealt to each three of these times: each test runs at one
of the three, and the next three deal anew. What it fakes is the machine's clock, by libfaketime (`apt-get install
faketime`); the clock of the test database begins at the same instant every time.
"""

import argparse
import os
import random
import shutil
import subprocess  # nosec B404 # starts pytest, with arguments of its own
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[1]
ZONES = (
    "UTC",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Paris",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
)
# Two minutes before the hour, so that the hour, the date, the year or the clock changes while tests run.
SPECIAL = (
    ("2027-03-28 01:58", "Europe/Paris"),
    ("2027-10-31 02:58", "Europe/Paris"),
    ("2027-03-14 01:58", "America/New_York"),
    ("2027-11-07 01:58", "America/New_York"),
    ("2027-03-14 12:00", "UTC"),
    ("2028-02-29 12:00", "Europe/Paris"),
    ("2028-02-29 23:58", "America/St_Johns"),
    ("2026-12-31 23:58", "UTC"),
    ("2026-12-31 23:58", "Pacific/Auckland"),
    ("2027-01-03 10:30", "America/New_York"),
)
DAY = datetime(2027, 6, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Machine:
    """What a machine's clock shows when the suite begins (wall-clock time), and its zone."""

    time: str
    zone: str


def every() -> list[Machine]:
    """Return each hour of a day, in all zones by turns, then the special moments."""
    hours = [(DAY.replace(hour=hour, minute=58), ZONES[hour % len(ZONES)]) for hour in range(24)]
    return [Machine(f"{at:%Y-%m-%d %H:%M}", zone) for at, zone in hours] + [Machine(*given) for given in SPECIAL]


@dataclass(frozen=True)
class Run:
    """A run of the suite: on which machine, and which part of the tests that a seed deals out."""

    machine: Machine
    share: Fraction
    seed: int
    part: int = 0

    @property
    def options(self) -> list[str]:
        """Return the options of pytest that choose the same tests again."""
        return ["--share", str(self.share), "--share-seed", str(self.seed), "--share-part", str(self.part)]


def dealt(machines: list[Machine], share: Fraction, seed: int) -> list[Run]:
    """Return the runs on such machines, of which each 1 / `share` have all tests among them, each test once."""
    parts = round(1 / share)
    return [
        Run(machine, Fraction(1, parts), seed + number // parts, number % parts)
        for number, machine in enumerate(machines)
    ]


def drawn(seed: int) -> Machine:
    """Return the machine of a seed: one of the special moments, or any minute of some years in any of the zones."""
    dice = random.Random(seed)  # noqa: S311 # nosec B311 # a choice of tests, no secret
    if dice.random() < 0.5:
        return Machine(*dice.choice(SPECIAL))
    zone = dice.choice(ZONES)
    at = (DAY + timedelta(minutes=dice.randrange(4 * 365 * 24 * 60))).astimezone(ZoneInfo(zone))
    return Machine(f"{at:%Y-%m-%d %H:%M}", zone)


def command(run: Run, arguments: list[str]) -> list[str]:
    """Return how pytest is started for a run."""
    # The monotonic clock is faked along: without, libfaketime 0.9.10 breaks Python's sleep.
    faked = ["faketime", run.machine.time, sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup"]
    return [*faked, *run.options, *arguments]


def environment(machine: Machine, folder: Path) -> dict[str, str]:
    """Return the variables of such a machine, with an empty folder for its database.

    PostgreSQL keeps the real time: while it waits, libfaketime 0.9.10 gives its signal handlers the real clock, and a
    lock_timeout or statement_timeout of a server in the future never ends.
    """
    shutil.rmtree(folder, ignore_errors=True)
    return {**os.environ, "TZ": machine.zone, "DATA_DIR": str(folder), "FAKETIME_SKIP_CMDS": "postgres,pg_ctl"}


def main(arguments: list[str]) -> int:
    """Run what the command line asks for; return how many runs failed."""
    asked, rest = _parser().parse_known_args(arguments)
    if not shutil.which("faketime"):
        print("There is no faketime on the PATH: apt-get install faketime")
        return 1
    folder = Path(os.environ.get("DATA_DIR") or ROOT / ".data").resolve() / "faketime"
    began, runs, failed = time.monotonic(), _runs(asked), []
    for run in runs:
        machine = run.machine
        again = f"--time '{machine.time}' --zone {machine.zone} --seed {run.seed} --share {run.share} --part {run.part}"
        print(f"A machine at {machine.time} in {machine.zone}: python -m tools.faketime_suite {again}", flush=True)
        line, variables = command(run, rest), environment(machine, folder)
        if subprocess.run(line, cwd=ROOT, env=variables, check=False).returncode:  # noqa: S603 # nosec B603
            failed.append(again)
    if asked.all:
        _sum_up(runs, failed, time.monotonic() - began)
    return len(failed)


def _sum_up(runs: list[Run], failed: list[str], seconds: float) -> None:
    """Print what all the runs came to."""
    times = len(runs) * runs[0].share
    each = f"{int(times)} of them" if times == int(times) else f"{int(times)} or {int(times) + 1} of them"
    print(f"{len(runs)} machines in {seconds / 60:.0f} minutes; each test ran on {each}; {len(failed)} failed:")
    print("".join(f"  python -m tools.faketime_suite {again}\n" for again in failed) or "  none", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.faketime_suite", epilog="What else is given goes to pytest.")
    parser.add_argument("--all", action="store_true", help="run at every hour and at all special moments")
    parser.add_argument("--time", help="such as '2027-03-14 12:00', in place of a drawn one")
    parser.add_argument("--zone", default="UTC", help="the zone of --time")
    parser.add_argument("--share", type=Fraction, default=Fraction(1), help="how many of the tests run, drawn: 1/10")
    parser.add_argument("--part", type=int, default=0, help="which of the shares of the seed runs, from 0")
    seed = random.SystemRandom().randrange(10**6)
    parser.add_argument("--seed", type=int, default=seed, help="draws the time, the zone and the tests again")
    return parser


def _runs(asked: argparse.Namespace) -> list[Run]:
    if asked.all:
        return dealt(every(), asked.share, asked.seed)
    machine = Machine(asked.time, asked.zone) if asked.time else drawn(asked.seed)
    return [Run(machine, asked.share, asked.seed, asked.part)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
