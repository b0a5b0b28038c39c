"""The clock of the test database, for every connection: it begins at NOW, whatever the machine's hour, date and zone.

`punctual_now()` is replaced by the same function with another source of time, so that web servers, workers and threads
which a test starts read it too. A connection with the setting `punctual.now` still has a time of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg2
from django.db import connections

from config.kernel import clock
from tests.factories import NOW

MACHINE = "clock_timestamp()"


def run(start: datetime = NOW) -> None:
    """Let the clock go on from an instant, as fast as the machine's."""
    _replace(f"{MACHINE} + (SELECT timestamptz '{start.isoformat()}' - timestamptz %s)")


@contextmanager
def standing(at: datetime = NOW) -> Iterator[None]:
    """Let the clock stand at an instant until the block ends, then go on from NOW."""
    _replace(f"timestamptz '{at.isoformat()}'")
    try:
        yield
    finally:
        run()


def _replace(source: str) -> None:
    """Give the function another source of time; `%s` in it is the machine's present time."""
    before, after = clock.CREATE.split(MACHINE)
    params = connections["owner"].get_connection_params()
    owner = psycopg2.connect(**params | {"dbname": connections["default"].settings_dict["NAME"]})
    with owner, owner.cursor() as cursor:
        cursor.execute(f"SELECT {MACHINE}")
        cursor.execute(before + source.replace("%s", f"'{cursor.fetchone()[0].isoformat()}'") + after)
    owner.close()
