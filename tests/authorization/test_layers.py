"""The layers below the views: what the database refuses, what a body cannot set, and the checks of the wall."""

import json

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, ProgrammingError, connection, models, transaction

from accounts import database_scope, tenancy, wall
from accounts.checks import tenant_models_are_owned
from tests import routes
from tests.authorization import foreign_values, inspections, two_clinics
from tests.unrestricted import OWNER

RELATIONS = [(model, field) for model in two_clinics.tenants() for field in wall.relations(model)]
# Unique without the organization, and why nobody learns anything by that.
GLOBAL = {
    "accounts_apikey.prefix": "random, never chosen by anybody",
    "calendars_calendarfeed.secret_hash": "the hash of a random secret",
    "notifications_gateway.hook_hash": "the hash of a random secret",
    "notifications_attempt.token_hash": "the hash of a random secret",
    "notifications_attempt.delivery_id": "a row of the same organization: its composite key",
    "appointments_appointment.event_id": "a row of the same organization: its composite key",
    "calendars_alarmrequest.attempt_id": "a row of the same organization: its composite key",
    "calendars_calendaruserprofile.user_id": "a row of the same organization: its composite key",
    "contacts_erasure.contact_id": "a row of the same organization: its composite key",
    "calendars_event.contact_id,end,id,start": "holds the primary key",
}
UNIQUE = """
SELECT c.relname || '.' || string_agg(a.attname, ',' ORDER BY a.attname) FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int[])
WHERE c.relname = ANY (%s) AND c.relnamespace = 'public'::regnamespace AND i.indisunique AND NOT i.indisprimary
GROUP BY c.relname, i.indexrelid HAVING NOT bool_or(a.attname = 'organization_id') ORDER BY 1
"""


def test_every_unique_rule_names_the_organization_or_has_a_reason(db):
    tables = [model._meta.db_table for model in two_clinics.tenants()]
    with connection.cursor() as cursor:
        cursor.execute(UNIQUE, [tables])
        assert {name for (name,) in cursor.fetchall()} - GLOBAL.keys() == set()


def test_every_text_of_theirs_has_a_canary(clinics):
    bare = []
    with connection.cursor() as cursor:
        for model in two_clinics.tenants():
            for field in two_clinics.texts(model):
                cursor.execute(
                    f"SELECT EXISTS (SELECT FROM {model._meta.db_table} WHERE organization_id = %s "
                    f"AND {field.column}::text LIKE %s)",
                    [clinics.theirs.organization.pk, f"%{two_clinics.CANARY}%"],
                )
                bare += [] if cursor.fetchone()[0] else [f"{model.__name__}.{field.name}"]
    assert bare == []


def test_no_table_shows_their_rows_to_us(clinics):
    assert two_clinics.tables_shown(clinics.ours.organization.pk, clinics.theirs.organization.pk) == []


def test_no_relation_can_be_saved_across_organizations(clinics):
    accepted = [f"{model.__name__}.{field.name}" for model, field in RELATIONS if crosses(clinics, model, field)]
    assert accepted == []
    assert len(RELATIONS) > 40


def crosses(clinics, model, field):
    """Save a row of ours that refers to theirs, past every check of ours; say whether the database took it."""
    theirs = foreign_values.number_of(field.related_model, clinics.theirs)
    row = model._base_manager.filter(pk__in=routes.numbers_of(model, clinics.ours)).earliest("pk")
    setattr(row, field.attname, theirs)
    try:
        with tenancy.tenant(clinics.ours.organization.pk), transaction.atomic():
            models.Model.save_base(row, raw=True, force_update=True, update_fields=[field.name])
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except (IntegrityError, ProgrammingError):
        return False
    return True


CHANGING = [
    route
    for route in routes.everything()
    if routes.is_rest(route) and "partial_update" in getattr(route.view, "actions", {}).values()
]
# Any change computes these anew.
COMPUTED = {"updated_date", "version", "revision", "local_start", "due_at", "useful_until"}


@pytest.mark.parametrize("route", CHANGING, ids=lambda route: route.name)
def test_a_body_cannot_set_what_is_not_offered(clinics, route):
    row = routes.row_of(route, clinics.ours)
    fixed, before = fixed_of(route), stored(row)
    hostile = {name: hostile_value(clinics, row._meta.get_field(name)) for name in fixed}
    body = {**hostile, "organization_id": clinics.theirs.organization.pk, "is_superuser": True, "role": "owner"}
    answer = inspections.ask_once(
        clinics["owner"], route, "PATCH", route.address_of(row), json.dumps(offered(route, body))
    )
    assert answer.status_code in (200, 400, 405, 409, 415), answer.content
    with inspections.rolled_back():
        clinics["owner"].visit(route, "PATCH", route.address_of(row), json.dumps(offered(route, body)))
        after = stored(row)
    assert [name for name in fixed if after[name] != before[name] and name not in COMPUTED] == []
    assert [name for name in COMPUTED & hostile.keys() if str(after[name]).startswith(str(hostile[name])[:10])] == []


def fixed_of(route):
    """Return the columns of a route's model that its serializer does not take."""
    view = route.view.cls(action="partial_update", swagger_fake_view=True, request=None, format_kwarg=None)
    fields = view.get_serializer_class()().fields.values()
    taken = {(field.source or "").partition(".")[0] for field in fields if not field.read_only}
    taken |= {name for field in fields for name in (field.field_name,) if not field.read_only}
    return [field.name for field in route.model._meta.local_fields if field.name not in taken]


def offered(route, body):
    """Leave out what the serializer takes, so that the rest alone is tried."""
    fixed = set(fixed_of(route)) | {"organization_id", "is_superuser"}
    return {name: value for name, value in body.items() if name in fixed}


def hostile_value(clinics, field):
    """Return a value that would be an attack, in the field's own kind."""
    if field.is_relation:
        return foreign_values.number_of(field.related_model, clinics.theirs) or 1
    if isinstance(field, models.BooleanField):
        return True
    if isinstance(field, models.DateTimeField):
        return "2001-01-01T00:00:00Z"
    return 999 if isinstance(field, models.IntegerField) else "hostile"


def stored(row):
    """Return a row as the database has it."""
    return type(row)._base_manager.filter(pk=row.pk).values().get() | {
        field.name: getattr(type(row)._base_manager.get(pk=row.pk), field.attname) for field in row._meta.local_fields
    }


@pytest.fixture
def bare_model(db):
    """Add a tenant model by hand, and its table without the wall."""
    meta = type("Meta", (), {"app_label": "accounts", "db_table": "accounts_baremodel"})
    model = type("BareModel", (tenancy.TenantOwned,), {"__module__": "accounts.models", "Meta": meta})
    with database_scope.entered(OWNER), connection.schema_editor() as editor:
        editor.create_model(model)
    yield model
    del apps.all_models["accounts"]["baremodel"]
    apps.clear_cache()


def test_a_tenant_model_without_its_wall_fails_the_checks(bare_model):
    with pytest.raises(SystemCheckError) as refused:
        call_command("check", databases=["default"])
    assert "accounts.E001" in str(refused.value)
    assert "accounts.E003" in str(refused.value)
    assert "BareModel lacks its policies" in str(refused.value)


def test_the_wall_of_a_migration_is_all_that_it_lacks(bare_model):
    with database_scope.entered(OWNER), connection.schema_editor() as editor:
        for name, sql in wall.tenant_constraints(bare_model).items():
            editor.execute(f'ALTER TABLE accounts_baremodel ADD CONSTRAINT "{name}" {sql}')
        wall._enable_row_security("accounts_baremodel", editor)
    call_command("check", databases=["default"])


def test_a_model_with_an_organization_that_is_not_tenant_owned_is_named(db):
    meta = type("Meta", (), {"app_label": "accounts"})
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, related_name="+")
    fields = {"__module__": "accounts.models", "Meta": meta, "organization": organization}
    type("UnownedModel", (models.Model,), fields)
    try:
        assert [found.id for found in tenant_models_are_owned()] == ["accounts.E002"]
    finally:
        del apps.all_models["accounts"]["unownedmodel"]
        apps.clear_cache()
    assert tenant_models_are_owned() == []
