"""Health checks of what Punctual depends on, with a sentence for each finding."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from celery import current_app
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import KombuError

MIGRATIONS_SECONDS = 60  # counting them reads every migration file
CLOCK_TOLERANCE = 5  # seconds between this machine's clock and the database's


@dataclass(frozen=True)
class Finding:
    """The result of one check: topic, whether it is well, and a sentence to act upon."""

    topic: str
    is_well: bool
    sentence: str


def check_readiness() -> Finding:
    """Check that this process can serve requests: the database answers and has every migration."""
    try:
        waiting = _unapplied()
    except DatabaseError:
        return Finding("database", False, "The database does not answer.")
    if waiting:
        return Finding("migrations", False, f"{waiting} migrations are not applied: run `manage.py migrate`.")
    return Finding("database", True, "The database answers and has every migration.")


def check_all() -> Iterator[Finding]:
    """Check database, roles, clocks, broker and public address."""
    state = check_readiness()
    yield state
    if state.topic == "migrations" or state.is_well:
        yield from _roles()
        yield _clocks()
    yield _broker()
    yield _address()


def _unapplied() -> int:
    """Count the migrations that wait; once there are none, only ask whether the database answers."""
    if cache.get("migrated"):
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
        return 0
    executor = MigrationExecutor(connections["default"])
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    cache.set("migrated", waiting == 0, MIGRATIONS_SECONDS)
    return waiting


_ROLE = """
SELECT current_user, r.rolsuper OR r.rolbypassrls,
       (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relowner = r.oid)
  FROM pg_roles r WHERE r.rolname = session_user
"""


def _roles() -> Iterator[Finding]:
    with connections["default"].cursor() as cursor:
        cursor.execute(_ROLE)
        name, bypasses, owned = cursor.fetchone()
    if bypasses:
        yield Finding("role", False, f"The role “{name}” can bypass row-level security: run `manage.py setup_roles`.")
    if owned:
        yield Finding(
            "role", False, f"The role “{name}” owns {owned} tables: give migrations their own DATABASE_OWNER_URL."
        )
    if not bypasses and not owned:
        yield Finding("role", True, f"The role “{name}” owns nothing and cannot bypass row-level security.")


def _clocks() -> Finding:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        machine = datetime.now(tz=UTC)  # noqa: TID251 - this machine's clock is what is compared
        skew = abs((cursor.fetchone()[0] - machine).total_seconds())
    if skew > CLOCK_TOLERANCE:
        return Finding("clock", False, f"This machine's clock and the database's differ by {skew:.0f} s: check NTP.")
    return Finding("clock", True, "This machine's clock and the database's agree.")


def _broker() -> Finding:
    shown = current_app.connection_for_write().as_uri()
    try:
        with current_app.connection_for_write(connect_timeout=3) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0)
    except (OSError, KombuError):
        return Finding("broker", False, f"The broker {shown} does not answer; reminders wait until a worker wakes.")
    return Finding("broker", True, f"The broker {shown} answers.")


def _address() -> Finding:
    address = settings.PUBLIC_URL
    if not apps.is_installed("simulator") and not address.startswith("https://"):
        return Finding("address", False, f"PUBLIC_URL is {address}: providers and patients need an https:// address.")
    return Finding("address", True, f"Providers and patients reach this installation at {address}.")
