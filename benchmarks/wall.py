"""`make bench`: what the wall between the clinics costs, over HTTP, beside the same program without it.

Both sides serve the same list and the same detail of one clinic's 20,000 contacts from gunicorn, under the settings of
production, with the same sign-in by key. The bare side has no filtering manager (layer 1), a copy of the database
without composite keys (2) and without row-level security, asked as a role that no policy binds (3 and 4). Requests
alternate between the two, so that whatever else the machine does falls on both.
"""

import argparse
import contextlib
import http.client
import importlib
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django
import psycopg2
from django.core.management import call_command

from config.kernel import database_roles
from demo.local import embedded_postgres

BARE = "punctual_bare"
LIMITS = {"list": 1.2, "detail": 1.4}
# Takes layers 2 and 3 out of a copy of the database.
UNWALLED = """
DO $$
DECLARE row record;
BEGIN
    FOR row IN SELECT oid::regclass AS name FROM pg_class WHERE relrowsecurity LOOP
        EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', row.name);
    END LOOP;
    FOR row IN SELECT conrelid::regclass AS name, conname FROM pg_constraint WHERE conname LIKE '%\\_own'
        ORDER BY contype LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', row.name, row.conname);
    END LOOP;
END $$
"""


@contextlib.contextmanager
def database() -> Iterator[embedded_postgres.Server]:
    """Run on an embedded server of its own."""
    server = embedded_postgres.start(Path(os.environ.get("DATA_DIR") or ".data").resolve() / "bench-wall")
    os.environ.update(server.environment())
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    try:
        django.setup()
        yield server
    finally:
        server.stop()


def copy(server: embedded_postgres.Server) -> None:
    """Make the copy without a wall, and count both for the planner."""
    for name, statements in {
        "postgres": [f"DROP DATABASE IF EXISTS {BARE}", f"CREATE DATABASE {BARE} TEMPLATE punctual"],
        # The list's order has an index on both sides, there without the organization.
        BARE: [UNWALLED, "CREATE INDEX by_name ON contacts_contact (last_name, first_name, id)", "VACUUM ANALYZE"],
        "punctual": ["VACUUM ANALYZE"],
    }.items():
        connection = psycopg2.connect(server.dsn(database=name))
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)
        connection.close()


class Side:
    """One of the two programs: a connection that stays open, and the times of its answers."""

    def __init__(self, address: str, key: str) -> None:
        self.connection = http.client.HTTPConnection(address.removeprefix("http://"))
        self.headers = {"Authorization": f"Token {key}"}
        self.times: dict[str, list[float]] = {"list": [], "detail": []}

    def ask(self, kind: str, path: str) -> Any:
        """Ask once and keep how long it took; return the answer."""
        began = time.perf_counter()
        self.connection.request("GET", path, headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        self.times[kind].append(time.perf_counter() - began)
        assert answer.status == 200, body
        return json.loads(body)

    def median(self, kind: str) -> float:
        """Return the median in milliseconds, the first tenth left out as warming up."""
        times = self.times[kind]
        return 1000 * statistics.median(times[len(times) // 10 :])


def measure(sides: list[Side], number: int) -> None:
    """Ask both sides in turns: one list, four details."""
    rows = [side.ask("list", "/rest-api/contact/?limit=50")["results"] for side in sides]
    paths = ["/" + row["url"].split("/", 3)[3] for row in rows[0]]
    assert [row["last_name"] for row in rows[0]] == [row["last_name"] for row in rows[1]]
    for count in range(number):
        for kind, path in [("list", "/rest-api/contact/?limit=50"), *[("detail", paths[count % 50])] * 4]:
            for side in sides if count % 2 else reversed(sides):
                side.ask(kind, path)


def main() -> int:
    """Print the medians and their ratio; return 1 when the wall costs more than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--number", type=int, default=200, help="lists per side; details are four times as many")
    options = parser.parse_args()
    with database() as server, TemporaryDirectory() as folder:
        call_command("migrate", database="owner", verbosity=0)
        # It imports models, so it comes after Django's set-up.
        clinic = importlib.import_module("benchmarks.wall_servers")
        key = clinic.fill(options.contacts)
        copy(server)
        with (
            clinic.serve(
                server.url(database_roles.APPLICATION), folder, "walled", "config.settings.production"
            ) as walled,
            clinic.serve(server.url("postgres", BARE), folder, "bare", "benchmarks.settings_without_wall") as bare,
        ):
            sides = [Side(walled, key), Side(bare, key)]
            measure(sides, options.number)
    print(f"{options.contacts:,} contacts over HTTP, medians, milliseconds:\n")
    return report(*sides)


def report(walled: Side, bare: Side) -> int:
    """Print the figures; return 1 when a ratio is beyond its limit."""
    print("             wall    bare   ratio   limit")
    worst = 0
    for kind, limit in LIMITS.items():
        ratio = walled.median(kind) / bare.median(kind)
        print(f"  {kind:<8}{walled.median(kind):7.2f} {bare.median(kind):7.2f} {ratio:7.2f} {limit:7.2f}")
        worst = max(worst, int(ratio > limit))
    return worst


if __name__ == "__main__":
    sys.exit(main())
