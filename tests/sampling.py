"""Options of pytest that run a drawn share of the tests: `--share 0.1 --share-seed 7`."""

import random

import pytest


def pytest_addoption(parser):
    """Declare the options."""
    parser.addoption("--share", type=float, default=1.0, help="how many of the tests run, drawn: 0.1 is a tenth")
    parser.addoption("--share-seed", type=int, default=0, help="draws the same tests again")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Deselect the tests that are not drawn; each process of pytest-xdist draws the same."""
    share = config.getoption("--share")
    if share < 1:
        dice = random.Random(config.getoption("--share-seed"))
        names = sorted(item.nodeid for item in items)
        chosen = set(dice.sample(names, round(len(names) * share)))
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in chosen])
        items[:] = [item for item in items if item.nodeid in chosen]
