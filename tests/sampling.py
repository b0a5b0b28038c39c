"""Options of pytest that run a drawn share of the tests: `--share 1/10 --share-seed 7`.

The tests of a seed are drawn without putting any back: with `--share 1/3` the parts 0, 1 and 2 are all of them, each
once.
"""

import random
from fractions import Fraction

import pytest


def fraction(text):
    """Return the number of a fraction, written as 1/3 or 0.1."""
    return float(Fraction(text))


def pytest_addoption(parser):
    """Declare the options."""
    parser.addoption("--share", type=fraction, default=1.0, help="how many of the tests run, drawn: 1/10 or 0.1")
    parser.addoption("--share-seed", type=int, default=0, help="draws the same tests again")
    parser.addoption("--share-part", type=int, default=0, help="which of the shares of that seed runs, from 0")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Deselect the tests that are not drawn; each process of pytest-xdist draws the same."""
    share = config.getoption("--share")
    if share < 1:
        dice = random.Random(config.getoption("--share-seed"))
        names = sorted(item.nodeid for item in items)
        dice.shuffle(names)
        part = config.getoption("--share-part")
        chosen = set(names[round(len(names) * share * part) : round(len(names) * share * (part + 1))])
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in chosen])
        items[:] = [item for item in items if item.nodeid in chosen]
