"""The second layer of the wall: the database refuses relations across organizations."""

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, connection, transaction

from accounts import checks, tenancy, wall
from accounts.checks import references_are_keys, tenant_tables_have_keys
from config.kernel import database_roles
from tests import factories

pytestmark = pytest.mark.django_db

TENANTS = [model for model in apps.get_models() if wall.is_tenant(model)]
RELATIONS = [(model, field) for model in TENANTS for field in wall.relations(model)]


ABSENT = 2**40
LAST = "UPDATE {0} SET {1} = %s WHERE id = (SELECT max(id) FROM {0})"


def is_refused(statement, *values):
    """Run a statement past Django, and say whether the database refuses it for a composite key."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except IntegrityError as error:
        return "_own" in str(error)
    return False


def cross(model, field, theirs):
    """Insert a row whose relation points into the other organization, past Django, and let the database look."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} SET {field.column} = %s WHERE organization_id <> %s",
            [theirs.pk, theirs.organization_id],
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_every_tenant_table_has_its_keys():
    assert tenant_tables_have_keys(databases=["default"]) == []
    assert len(RELATIONS) > 30


def test_table_without_a_key_is_named(world):
    name = wall._name("contacts_contactphone", "contact_id", "own")
    expected = list(wall.tenant_constraints(apps.get_model("contacts", "ContactPhone")))
    assert wall.missing_constraints([*expected, "no_such_key"], connection) == ["no_such_key"]
    assert name in expected


@pytest.mark.parametrize(
    ("module", "name", "broken", "code"),
    [
        (wall, "missing_constraints", lambda *args: ["no_such_key"], "accounts.E001"),
        (checks, "TenantOwned", type("Other", (), {}), "accounts.E002"),
        (wall, "unprotected_tables", lambda *args: ["contacts_contact"], "accounts.E003"),
        (wall, "unchecked_references", lambda model: [model._meta.pk], "accounts.E004"),
    ],
)
def test_checks_are_part_of_the_command(world, monkeypatch, module, name, broken, code):
    call_command("check", databases=["default"])
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(SystemCheckError, match=code):
        call_command("check", databases=["default"])


@pytest.mark.parametrize(
    ("label", "name"),
    [("calendars.Event", "calendar"), ("calendars.Event", "creator"), ("calendars.CalendarUserProfile", "user")],
)
def test_database_refuses_a_relation_to_another_organization(world, other, label, name):
    factories.event(world)
    model = apps.get_model(label)
    field = model._meta.get_field(name)
    theirs = field.related_model._base_manager.filter(organization=other.organization).first()
    with pytest.raises(IntegrityError, match="_own|_key"):
        cross(model, field, theirs)


def test_database_refuses_what_is_not_there(world):
    root = factories.event(world)
    child = factories.event(world, parent_event=root, recurrence_id="20261201T090000")
    factories.alarm(world, child)
    alone = [(model, field) for model, field in RELATIONS if not field.db_constraint and model._base_manager.exists()]
    alone += [(model, model._meta.get_field(wall.OWNER)) for model in {model for model, _ in alone}]
    places = [(model._meta.db_table, field.column) for model, field in alone]
    let_through = [place for place in places if not is_refused(LAST.format(*place), ABSENT)]
    assert let_through == []
    assert {table for table, _ in places} >= {"calendars_alarm", "calendars_event"}


@pytest.mark.parametrize("table", ["calendars_calendar", "calendars_event", "notifications_smstemplate"])
def test_database_keeps_what_is_referred_to(world, table):
    factories.alarm(world, factories.event(world, contact=factories.contact(world)))
    assert is_refused(f"DELETE FROM {table}")


@pytest.mark.parametrize(("label", "name"), [("calendars.Event", "rule"), ("contacts.Contact", "organization")])
def test_reference_without_any_key_is_named(monkeypatch, label, name):
    assert references_are_keys() == []
    monkeypatch.setattr(apps.get_model(label)._meta.get_field(name), "db_constraint", False)
    assert [(found.id, found.msg.split()[0]) for found in references_are_keys()] == [
        ("accounts.E004", f"{label}.{name}")
    ]


def test_relation_inside_the_organization_holds(world):
    event = factories.event(world, contact=factories.contact(world))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with tenancy.tenant(world.organization.pk):
        event.contact.delete()
        event.refresh_from_db()
    assert event.contact is None


def test_migration_without_the_system_role_says_what_to_run(monkeypatch):
    monkeypatch.setattr(database_roles, "SYSTEM", "no_such_role")
    with connection.schema_editor(collect_sql=True) as editor, pytest.raises(ImproperlyConfigured, match="setup_roles"):
        wall._enable_row_security("contacts_contact", editor)
