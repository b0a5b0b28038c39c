"""Running the suite at other times: which times, which tests, and how to run the same again."""

import subprocess
from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from tests import sampling
from tools import faketime_suite as suite


def start(machine):
    return datetime.fromisoformat(machine.time).replace(tzinfo=ZoneInfo(machine.zone))


def test_soak_takes_every_hour_every_zone_and_the_special_days():
    machines = suite.every()
    assert {start(machine).hour for machine in machines[:24]} == set(range(24))
    assert {machine.zone for machine in machines[:24]} == set(suite.ZONES)
    days = {machine.time[:10] for machine in machines[24:]}
    assert {"2028-02-29", "2026-12-31"} < days
    assert any(start(machine).weekday() == 6 for machine in machines)


@pytest.mark.parametrize("machine", suite.every()[24:28], ids=lambda machine: machine.time)
def test_clocks_change_while_the_suite_runs(machine):
    later = (start(machine).timestamp(), start(machine).timestamp() + 240)
    before, after = (datetime.fromtimestamp(at, ZoneInfo(machine.zone)).utcoffset() for at in later)
    assert abs(after - before) == timedelta(hours=1)


def test_a_seed_draws_the_same_time_again_and_others_draw_others():
    machines = [suite.drawn(seed) for seed in range(200)]
    assert machines == [suite.drawn(seed) for seed in range(200)]
    assert set(suite.SPECIAL) < {(machine.time, machine.zone) for machine in machines}
    assert len({machine.time for machine in machines}) > 90


@pytest.mark.parametrize("seed", range(50))
def test_drawn_time_exists_on_the_wall_clock_of_its_zone(seed):
    at = start(suite.drawn(seed))
    assert datetime.fromtimestamp(at.timestamp(), at.tzinfo).replace(tzinfo=None) == at.replace(tzinfo=None)


@pytest.fixture
def ran(monkeypatch, tmp_path):
    """Return the programs that were started; every second one fails."""
    started = []

    def run(line, **options):
        started.append((line, options["env"]))
        return subprocess.CompletedProcess(line, len(started) % 2)

    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(suite.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(suite.subprocess, "run", run)
    return started


def test_what_it_prints_runs_the_same_again(ran, capsys):
    assert suite.main(["--seed", "7", "--share", "0.1"]) == 1
    printed = capsys.readouterr().out.split("tools.faketime_suite ")[1].split()
    again = [part.strip("'") for part in printed]
    # The time is one word of the command line, with a blank in it.
    suite.main([again[0], f"{again[1]} {again[2]}", *again[3:], "-x"])
    assert ran[1] == ([*ran[0][0], "-x"], ran[0][1])
    assert (ran[0][0][1], ran[0][1]["TZ"]) == (suite.drawn(7).time, suite.drawn(7).zone)


def test_soak_counts_the_runs_that_failed(ran, capsys):
    assert suite.main(["--all", "--seed", "7"]) == len(suite.every()) / 2
    assert [line[1] for line, _ in ran] == [machine.time for machine in suite.every()]
    told = capsys.readouterr().out.partition("34 machines in 0 minutes; each test ran on 34 of them; 17 failed:\n")[2]
    first = "--time '2027-06-09 00:58' --zone UTC --seed 7 --share 1 --part 0"
    assert (told.splitlines()[0], len(told.splitlines())) == (f"  python -m tools.faketime_suite {first}", 18)


def test_soak_deals_the_tests_to_each_three_machines(ran, capsys):
    suite.main(["--all", "--seed", "7", "--share", "1/3"])
    options = [dict(zip(line[7::2], line[8::2], strict=True)) for line, _ in ran]
    assert [each["--share-part"] for each in options] == (["0", "1", "2"] * 12)[:34]
    assert [each["--share-seed"] for each in options] == [str(7 + number // 3) for number in range(34)]
    assert {each["--share"] for each in options} == {"1/3"}
    assert "34 machines in 0 minutes; each test ran on 11 or 12 of them; 17 failed:" in capsys.readouterr().out


def test_missing_faketime_is_told_and_fails(monkeypatch, capsys):
    monkeypatch.setattr(suite.shutil, "which", lambda name: None)
    assert suite.main([]) == 1
    assert capsys.readouterr().out == "There is no faketime on the PATH: apt-get install faketime\n"


def kept(count, share, **options):
    """Return the numbers of the tests that stay, and of those that are deselected."""
    items, gone = [SimpleNamespace(nodeid=f"{number}") for number in range(count)], []
    hook = SimpleNamespace(pytest_deselected=lambda items: gone.extend(items))
    given = {"--share": sampling.fraction(share), "--share-seed": 3, "--share-part": 0}
    config = SimpleNamespace(hook=hook, getoption=(given | options).get)
    sampling.pytest_collection_modifyitems(config, items)
    return [int(item.nodeid) for item in items], [int(item.nodeid) for item in gone]


def test_a_tenth_of_the_tests_is_drawn_in_their_order_and_drawn_again():
    drawn, gone = kept(200, "0.1")
    assert (len(drawn), sorted(drawn), sorted(drawn + gone)) == (20, drawn, list(range(200)))
    assert kept(200, "1/10")[0] == drawn
    assert kept(200, "0.1", **{"--share-seed": 4})[0] != drawn


@pytest.mark.parametrize(("count", "parts"), [(200, 3), (5390, 7), (2, 3)])
def test_parts_of_a_seed_are_all_tests_each_once(count, parts):
    found = [kept(count, str(Fraction(1, parts)), **{"--share-part": part})[0] for part in range(parts)]
    assert Counter(number for part in found for number in part) == Counter(range(count))
    assert max(map(len, found)) - min(map(len, found)) <= 1


def test_without_a_share_every_test_runs():
    assert kept(5, "1") == ([0, 1, 2, 3, 4], [])
