"""`python -m tools.faketime_suite`: runs the test suite as on a machine with another time and in another zone.

Drawn by a seed that it prints, or, with `--all`, at every hour of a day, on clock changes, a leap day, the last day of
a year and a Sunday. What it fakes is the machine's clock, by libfaketime (`apt-get install faketime`); the clock of
the test database begins at the same instant every time.
"""

import argparse
import os
import random
import shutil
import subprocess  # nosec B404 # starts pytest, with arguments of its own
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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


def drawn(seed: int) -> Machine:
    """Return the machine of a seed: one of the special moments, or any minute of some years in any of the zones."""
    dice = random.Random(seed)  # noqa: S311 # nosec B311 # a choice of tests, no secret
    if dice.random() < 0.5:
        return Machine(*dice.choice(SPECIAL))
    zone = dice.choice(ZONES)
    at = (DAY + timedelta(minutes=dice.randrange(4 * 365 * 24 * 60))).astimezone(ZoneInfo(zone))
    return Machine(f"{at:%Y-%m-%d %H:%M}", zone)


def command(machine: Machine, *, share: float, seed: int, arguments: list[str]) -> list[str]:
    """Return how pytest is started on such a machine, with that share of its tests."""
    # The monotonic clock is faked along: without, libfaketime 0.9.10 breaks Python's sleep.
    faked = ["faketime", machine.time, sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup"]
    return [*faked, "--share", str(share), "--share-seed", str(seed), *arguments]


def environment(machine: Machine, folder: Path) -> dict[str, str]:
    """Return the variables of such a machine, with an empty folder for its database."""
    shutil.rmtree(folder, ignore_errors=True)
    return {**os.environ, "TZ": machine.zone, "DATA_DIR": str(folder)}


def main(arguments: list[str]) -> int:
    """Run what the command line asks for; return how many runs failed."""
    asked, rest = _parser().parse_known_args(arguments)
    if not shutil.which("faketime"):
        print("There is no faketime on the PATH: apt-get install faketime")
        return 1
    folder = Path(os.environ.get("DATA_DIR") or ROOT / ".data").resolve() / "faketime"
    failed = 0
    for machine in _machines(asked):
        again = f"--time '{machine.time}' --zone {machine.zone} --seed {asked.seed} --share {asked.share}"
        print(f"A machine at {machine.time} in {machine.zone}: python -m tools.faketime_suite {again}", flush=True)
        line = command(machine, share=asked.share, seed=asked.seed, arguments=rest)
        variables = environment(machine, folder)
        failed += subprocess.run(line, cwd=ROOT, env=variables, check=False).returncode != 0  # noqa: S603 # nosec B603
    return failed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.faketime_suite", epilog="What else is given goes to pytest.")
    parser.add_argument("--all", action="store_true", help="run at every hour and at all special moments")
    parser.add_argument("--time", help="such as '2027-03-14 12:00', in place of a drawn one")
    parser.add_argument("--zone", default="UTC", help="the zone of --time")
    parser.add_argument("--share", type=float, default=1.0, help="how many of the tests run, drawn: 0.1 is a tenth")
    seed = random.SystemRandom().randrange(10**6)
    parser.add_argument("--seed", type=int, default=seed, help="draws the time, the zone and the tests again")
    return parser


def _machines(asked: argparse.Namespace) -> list[Machine]:
    if asked.all:
        return every()
    return [Machine(asked.time, asked.zone) if asked.time else drawn(asked.seed)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
