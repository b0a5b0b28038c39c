"""Fixtures that every app's tests share: standing people, the clock, clients."""

from datetime import timedelta

import psycopg2
import pytest
from django.db import connections
from django.test import Client
from django.test.utils import teardown_databases

from accounts import database_scope, tenancy
from accounts.services import signin
from config.kernel import database_roles
from tests import database_clock, factories, migrated_database
from tests.clients import client_of, start_session
from tests.factories import NOW
from tests.saved_rows import SavedRows
from tests.unrestricted import UNRESTRICTED

pytest_plugins = ["tests.chromium"]
# The tests of signing in use the page.
Client.force_login = start_session  # type: ignore[method-assign]


# Without the wall one may do to rows of all organizations what the application may do to one's.
AS_THE_APPLICATION = f"""
DO $$
DECLARE granted record;
BEGIN
    FOR granted IN
        SELECT c.oid::regclass AS name, kind FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) kind
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
            AND has_table_privilege('{database_roles.APPLICATION}', c.oid, kind)
    LOOP
        EXECUTE format('GRANT %s ON %s TO {database_roles.UNRESTRICTED}', granted.kind, granted.name);
    END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_modify_db_settings, django_db_blocker):
    """Make the test database as the owner's role; `default` is the application's role in it."""
    with django_db_blocker.unblock():
        made = migrated_database.setup()
        with connections["owner"].cursor() as cursor:
            cursor.execute(AS_THE_APPLICATION)
        database_clock.run()
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        teardown_databases(made, verbosity=0)


@pytest.fixture(autouse=True)
def unrestricted():
    """Let a test see and change the rows of all organizations wherever it entered no other scope."""
    with database_scope.entered(UNRESTRICTED):
        yield


class Clock:
    """The database clock of a test, standing still until it is moved."""

    def __init__(self, at):
        self.set(at)

    def set(self, at):
        """Let it be that instant."""
        self.at = at
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT set_config('punctual.now', %s, false)", [at.isoformat()])

    def forward(self, **span):
        """Let time pass: `forward(hours=2)`."""
        self.set(self.at + timedelta(**span))


@pytest.fixture
def clock(db):
    """Return the clock, standing at NOW."""
    held = Clock(NOW)
    yield held
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT set_config('punctual.now', '', false)")


# What migrations put there stays; everything else is emptied after a test that commits.
SEEDED = {"django_migrations", "django_content_type", "auth_permission", "calendars_rule", "contacts_globalcontacttype"}


@pytest.fixture(scope="session")
def empty_tables(django_db_setup):
    """Return a function that waits for what others write, then deletes all rows but the seeded ones.

    TRUNCATE would cost several times as much: it makes new files for hundreds of tables and indexes, and all
    connections forget what they know of these tables.
    """
    params = connections["default"].get_connection_params()
    cleaner = psycopg2.connect(**params | {"dbname": connections["default"].settings_dict["NAME"]})
    with cleaner, cleaner.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [table for (table,) in cursor.fetchall() if table not in SEEDED]
    statements = f"""
        SET LOCAL ROLE {database_roles.CLEANER}; SET LOCAL lock_timeout = '60s';
        SET LOCAL session_replication_role = replica;
        LOCK TABLE {", ".join(tables)} IN EXCLUSIVE MODE;
        {"; ".join(f"DELETE FROM {table}" for table in tables)}
    """

    def empty():
        with cleaner, cleaner.cursor() as cursor:
            cursor.execute(statements)

    yield empty
    cleaner.close()


@pytest.fixture
def committed(transactional_db, empty_tables):
    """Let rows be seen by other connections; every table but the seeded ones is emptied afterwards."""
    yield
    empty_tables()


RIVERSIDE = SavedRows(lambda: factories.world("Riverside", region="US", time_zone="America/New_York"))
LAKESIDE = SavedRows(lambda: factories.world("Lakeside", region="FR", time_zone="Europe/Paris", language="fr"))


@pytest.fixture
def world(db):
    """Return a clinic with its people: organization, clinic, owner, staff, viewer, calendar, gateways."""
    return RIVERSIDE.restore()


@pytest.fixture
def other(db):
    """Return a second clinic, the stranger."""
    return LAKESIDE.restore()


@pytest.fixture
def inside(world):
    """Work as the first clinic's organization."""
    with tenancy.tenant(world.organization.pk):
        yield world


@pytest.fixture
def principals_kept(monkeypatch):
    """Look each Authorization header up once, in a test that sends hundreds of requests of the same few principals."""
    find, found = signin.principal_from_header, {}

    def principal_from_header(header, organization, *, request):
        key = header, organization
        if key not in found:
            found[key] = find(header, organization, request=request)
        return found[key]

    monkeypatch.setattr(signin, "principal_from_header", principal_from_header)


@pytest.fixture
def api(world):
    """Return an API client of the first clinic's owner."""
    return client_of(world.owner)


@pytest.fixture
def stranger_api(other):
    """Return an API client of the other clinic's owner."""
    return client_of(other.owner)
