"""The third layer of the wall: PostgreSQL shows nobody's rows, and to a tenant its own only."""

import io

import psycopg2
import pytest
from django.apps import apps
from django.db import NotSupportedError, ProgrammingError, connection, connections, transaction

from accounts import database_scope, tenancy, wall
from accounts.checks import tenant_tables_are_guarded
from accounts.models import Clinic, Membership, User
from config.kernel import database_roles
from contacts.models import Contact
from notifications.models import Delivery
from tests import factories
from tests.admin_rows import create_rows

pytestmark = pytest.mark.django_db

TABLES = sorted(model._meta.db_table for model in apps.get_models() if wall.is_tenant(model))


def count(table, where="true"):
    """Count what PostgreSQL shows, past Django."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE {where}")
        return cursor.fetchone()[0]


@pytest.fixture
def full(world):
    """A clinic with a row of every kind."""
    create_rows(world)
    return world


def test_every_table_has_rows_and_nobody_sees_one(full):
    assert [table for table in TABLES if not count(table)] == []
    with database_scope.entered(database_scope.NOBODY):
        assert {table: count(table) for table in TABLES} == dict.fromkeys(TABLES, 0)


def test_a_tenant_sees_its_own_rows_only(full, other):
    with tenancy.tenant(full.organization.pk):
        assert [table for table in TABLES if not count(table)] == []
        assert [table for table in TABLES if count(table, f"organization_id <> {full.organization.pk}")] == []


def test_an_empty_or_unset_setting_shows_nothing(committed, world):
    settings = connections["default"].get_connection_params()
    wanted = {name: settings[name] for name in ("user", "host", "port", "password") if settings.get(name)}
    name = connections["default"].settings_dict["NAME"]
    with psycopg2.connect(dbname=name, **wanted) as plain, plain.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('punctual.organization', '', true)")
        cursor.execute("SELECT count(*) FROM accounts_clinic")
        assert cursor.fetchone() == (0,)
    plain.close()
    assert found == dict.fromkeys(TABLES, 0)


def test_rows_of_another_organization_can_be_neither_written_nor_deleted(world, other):
    with tenancy.tenant(world.organization.pk):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Clinic._base_manager.create(organization=other.organization, number=7, name="Annexe", time_zone="UTC")
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Clinic._base_manager.filter(pk=world.clinic.pk).update(organization=other.organization)
        assert Clinic._base_manager.filter(pk=other.clinic.pk).update(name="Ours") == 0
        assert Contact._base_manager.filter(organization=other.organization).delete()[0] == 0
    other.clinic.refresh_from_db()
    assert other.clinic.name != "Ours"


def test_scope_follows_every_turn_of_a_transaction(world, other):
    mine, theirs = world.organization.pk, other.organization.pk
    with tenancy.tenant(mine), transaction.atomic():
        assert count("accounts_clinic") == 1
        with transaction.atomic(), tenancy.tenant(theirs):
            assert count("accounts_clinic", f"organization_id = {theirs}") == 1
            transaction.set_rollback(True)
        assert count("accounts_clinic", f"organization_id = {mine}") == 1
        with tenancy.system():
            assert count("accounts_clinic") == 2
        assert count("accounts_clinic") == 1
    with database_scope.entered(database_scope.NOBODY):
        assert count("accounts_clinic") == 0


def test_postgresql_is_told_once_in_a_transaction_and_again_after_a_way_back(world):
    def told(cursor, text="SELECT 1"):
        cursor.execute(text)
        return b"set_config" in cursor.query

    with tenancy.tenant(world.organization.pk), transaction.atomic(), connection.cursor() as cursor:
        first = [told(cursor), told(cursor)]
        with transaction.atomic():
            inner = [told(cursor), told(cursor)]
            transaction.set_rollback(True)
        assert (first, inner, [told(cursor), told(cursor)]) == ([True, False], [True, False], [True, False])


def test_what_was_never_sent_told_nothing(world, other):
    with tenancy.tenant(world.organization.pk), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        with tenancy.tenant(other.organization.pk), pytest.raises(IndexError):
            cursor.cursor.execute("SELECT %s, %s", [1])
        with tenancy.tenant(other.organization.pk):
            assert count("accounts_clinic", f"organization_id = {other.organization.pk}") == 1


def test_what_passes_by_the_scope_is_refused(world, other):
    told = "COPY (SELECT count(*) FROM accounts_clinic) TO STDOUT"
    with tenancy.tenant(world.organization.pk), transaction.atomic(), connection.cursor() as cursor:
        with tenancy.system():
            assert count("accounts_clinic") == 2
        with pytest.raises(NotSupportedError):
            cursor.copy_expert(told, io.StringIO())
        with pytest.raises(NotSupportedError):
            cursor.callproc("punctual_now")


def test_scope_is_that_of_the_moment_of_reading(world, other):
    with tenancy.tenant(world.organization.pk):
        lazy = Clinic.objects.all()
    with tenancy.tenant(other.organization.pk):
        assert list(lazy) == []


def test_many_statements_at_once_keep_the_scope(world, other):
    with tenancy.tenant(world.organization.pk), connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE accounts_clinic SET name = %s WHERE id = %s", [("A", world.clinic.pk), ("B", other.clinic.pk)]
        )
    world.clinic.refresh_from_db()
    other.clinic.refresh_from_db()
    assert (world.clinic.name, other.clinic.name == "B") == ("A", False)


def test_a_failed_statement_leaves_the_way_back_open(world):
    with tenancy.tenant(world.organization.pk), transaction.atomic():
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column FROM accounts_clinic")
        assert count("accounts_clinic") == 1


def test_a_connection_carries_no_tenant_into_its_next_use(committed, world):
    with tenancy.tenant(world.organization.pk):
        assert count("accounts_clinic") == 1
    with database_scope.entered(database_scope.NOBODY), connection.cursor() as cursor:
        cursor.execute("SELECT current_user, coalesce(current_setting('punctual.organization', true), '')")
        assert cursor.fetchone() == (database_roles.APPLICATION, "")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_user SET is_superuser = true",
        "UPDATE accounts_membership SET role = 'owner'",
        "DELETE FROM contacts_contact",
        "DELETE FROM notifications_delivery",
        "UPDATE contacts_contact SET last_name = ''",
        "INSERT INTO accounts_organization (name) VALUES ('x')",
        "SELECT * FROM django_session",
        "SELECT * FROM contacts_retentionpolicy",
    ],
)
def test_the_system_role_is_narrow(world, statement):
    refused = pytest.raises(ProgrammingError, match="permission denied")
    with refused, transaction.atomic(), tenancy.system(), connection.cursor() as cursor:
        cursor.execute(statement)


RIGHTS = """
SELECT table_name, string_agg(kind, ' ' ORDER BY kind) FROM information_schema.tables,
    unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS kind
WHERE table_schema = 'public' AND has_table_privilege(%s, format('public.%%I', table_name), kind) GROUP BY table_name
"""


def test_what_the_system_role_may_write_is_this():
    with connection.cursor() as cursor:
        cursor.execute(RIGHTS, [database_roles.SYSTEM])
        assert dict(cursor.fetchall()) == {
            "accounts_idempotentrequest": "DELETE",
            "appointments_slothold": "DELETE",
            "appointments_appointmentnotification": "UPDATE",
            "calendars_alarm": "INSERT UPDATE",
            "calendars_alarmrequest": "INSERT UPDATE",
            "calendars_event": "INSERT UPDATE",
            "notifications_attempt": "INSERT UPDATE",
            "notifications_delivery": "INSERT UPDATE",
            "notifications_gateway": "UPDATE",
            "notifications_staffitem": "INSERT UPDATE",
            "notifications_suppression": "INSERT",
        }


def test_no_role_can_bypass_the_policies():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = ANY(%s) ORDER BY 1",
            [[database_roles.APPLICATION, database_roles.OWNER, database_roles.SYSTEM]],
        )
        assert cursor.fetchall() == [
            (database_roles.APPLICATION, False, False, True),
            (database_roles.OWNER, False, False, True),
            (database_roles.SYSTEM, False, False, False),
        ]


def test_unscoped_needs_somebody(world):
    with database_scope.entered(database_scope.NOBODY), pytest.raises(tenancy.NoTenant):
        Membership.objects.unscoped()


def test_every_tenant_table_is_guarded():
    assert tenant_tables_are_guarded(databases=["default"]) == []
    assert len(TABLES) > 25


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY {}_tenant ON {}",
        "ALTER POLICY {}_tenant ON {} USING (true)",
        "CREATE POLICY another ON {} USING (true)",
    ],
)
@pytest.mark.django_db(databases=["default", "owner"])
def test_a_table_without_its_guard_is_named(change):
    with connections["owner"].cursor() as cursor, transaction.atomic(using="owner"):
        cursor.execute(change.format(*["contacts_contact"] * change.count("{}")))
        assert [found.msg for found in tenant_tables_are_guarded(databases=["owner"])] == [
            "contacts.Contact lacks its policies."
        ]
        transaction.set_rollback(True, using="owner")


def test_a_person_is_found_before_the_tenant_is(world):
    with tenancy.system():
        user = User.objects.get(pk=world.owner.pk)
        assert Membership.objects.unscoped().filter(user=user).count() == 1
        assert list(Delivery.objects.unscoped()) == []


def test_rows_made_behind_the_wall_are_real(world, other):
    factories.contact(other)
    with tenancy.tenant(world.organization.pk):
        assert Contact.objects.count() == 0
    with tenancy.tenant(other.organization.pk):
        assert Contact.objects.count() == 1
