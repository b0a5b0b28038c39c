"""Starts the embedded PostgreSQL before Django reads its settings, unless DATABASE_URL names a server.

Under pytest-xdist the controller starts it; the workers inherit its address and make a database and a folder each.
"""

import gc
import os
from pathlib import Path

import psycopg2
import pytest

# What imports and the collection make stays.
gc.disable()
DATA_DIR = Path(os.environ.get("DATA_DIR") or Path(__file__).resolve().parents[1] / ".data")
DATA_DIR /= os.environ.get("PYTEST_XDIST_WORKER", "test")
os.environ["DATA_DIR"] = str(DATA_DIR)
# Importing `config` makes the Celery application, which would choose the settings of development.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"


def widen(server):
    """Ask for more connections than a crowd of fifty threads takes; return whether that needs another start."""
    connection = psycopg2.connect(server.dsn())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET max_connections = 250")
        cursor.execute("SELECT current_setting('max_connections')::int < 250")
        needs_start = cursor.fetchone()[0]
    connection.close()
    return needs_start


_server = None
if not os.environ.get("DATABASE_URL"):
    from demo.local import embedded_postgres

    _server = embedded_postgres.start(DATA_DIR / "pg", durable=False, create_databases=True)
    if widen(_server):
        _server.stop()
        _server = embedded_postgres.start(DATA_DIR / "pg", durable=False, create_databases=True)
    os.environ.update(_server.environment(), SERVER_LOG=str(_server.folder / "log"))

HEAVY = {"chromium", "live_server", "committed", "schema"}
# Groups that take ten seconds and more, the longest first: none is left for the end of a run, when the other
# worker would have nothing to do. The tests of a folder share what they start.
LONGEST = (
    "tests/end_to_end/test_kills.py",
    "tests/contract/",
    "tests/browser/",
    "demo/tests/local/test_launcher.py",
    "tests/end_to_end/test_demo.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keep what shares browsers, servers and workers in one process (`--dist loadgroup`), and begin with it."""
    turns = {}
    for item in items:
        if item.get_closest_marker("slow") or HEAVY & set(item.fixturenames):
            group = next(filter(item.nodeid.startswith, LONGEST), item.nodeid.split("::")[0])
            item.add_marker(pytest.mark.xdist_group(group))
            turns[item] = LONGEST.index(group) if group in LONGEST else len(LONGEST)
    items.sort(key=lambda item: turns.get(item, len(LONGEST) + 1))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop():
    """Spare the collector what stays until the end, and have it look less often: it took a sixth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """Stop the server that this run started."""
    if _server:
        _server.stop()
