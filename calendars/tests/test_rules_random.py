"""Random rules against an independent oracle; RULES=1000000 asks for more of them, over all cores."""

import os
import random
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context

import pytest

from calendars.engine.recurrence.recurrence_set import parse
from calendars.tests.oracle import REACH, UTC_ZONE, disagreements, random_rule

RULES = int(os.environ.get("RULES", "2000"))
SHARD = 500
YEARS = timedelta(days=13 * 365)


def test_random_rules_equal_the_oracle():
    shards = [range(first, min(first + SHARD, RULES)) for first in range(0, RULES, SHARD)]
    with ProcessPoolExecutor(mp_context=get_context("forkserver")) as pool:
        assert [found for shard in pool.map(disagreements, shards) for found in shard] == []


@pytest.mark.parametrize("frequency", ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"])
def test_what_begins_in_the_middle_equals_the_plain_expansion_from_the_start(frequency):
    """Thirteen years back; what lies between is walked by nothing but the expansion from the start."""
    chance = random.Random(frequency)
    root = datetime.fromisoformat("2013-11-23T09:00")
    for _ in range(RULES // 1000 if frequency == "HOURLY" else RULES // 200):
        text = random_rule(chance, frequency, root).split(";UNTIL")[0]
        series = parse(root=root, zone=UTC_ZONE, text=text)
        after, end = root + YEARS, root + YEARS + timedelta(hours=REACH[frequency])
        plain = [start for start in series.between(root, end) if start > after]
        assert list(series.between(after, end)) == plain, text
