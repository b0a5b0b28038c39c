"""The tenancy wall's second and third layer: what the database itself refuses.

Composite keys: every tenant table has UNIQUE (organization_id, id), and each of its references to a tenant table is
FOREIGN KEY (organization_id, x_id) REFERENCES other (organization_id, id); where many rows are written, it stands in
place of Django's own (`db_constraint=False`), which would only be checked a second time.
Row-level security, forced: the application's role sees the rows of the organization that its transaction was told
(accounts.postgres tells it), the system role what `SystemMay` granted it, the owner everything, for migrations.
A migration that makes a tenant model or a relation between two ends with `Wall(app)`; the checks `accounts.E001`,
`accounts.E003` and `accounts.E004` name whatever lacks its part of the wall.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

from config.kernel import database_roles

OWNER = "organization"

# Told by each statement's message; without one it is NULL, and nothing is seen.
TENANT = "organization_id = nullif(current_setting('punctual.organization', true), '')::bigint"

EXISTING = "SELECT conname FROM pg_constraint WHERE conname = ANY(%s)"


def is_tenant(model: Any) -> bool:
    """Return whether a model (present or historical) is owned by an organization."""
    field = next((field for field in model._meta.local_fields if field.name == OWNER), None)
    return field is not None and field.is_relation and field.related_model._meta.label == "accounts.Organization"


def relations(model: Any) -> Iterator[models.ForeignKey]:
    """Yield a model's references to tenant tables."""
    for field in model._meta.local_fields:
        if field.is_relation and field.name != OWNER and is_tenant(field.related_model):
            yield field


def unchecked_references(model: Any) -> Iterator[models.ForeignKey]:
    """Yield a model's references without a key of their own for which no composite key stands in."""
    covered = list(relations(model)) if is_tenant(model) else []
    if not all(field.null for field in covered):
        covered.append(model._meta.get_field(OWNER))
    for field in model._meta.local_fields:
        # What nothing deletes with its target is meant to outlive it.
        outlives = field.is_relation and field.remote_field.on_delete is models.DO_NOTHING
        if field.is_relation and not field.db_constraint and not outlives and field not in covered:
            yield field


def tenant_constraints(model: Any) -> dict[str, str]:
    """Return what a tenant table needs: constraint names and their SQL."""
    table = model._meta.db_table
    needed = {_name(table, "id", "own"): "UNIQUE (organization_id, id)"}
    for field in relations(model):
        needed[_name(table, field.column, "own")] = (
            f"FOREIGN KEY (organization_id, {field.column}) "
            f"REFERENCES {field.related_model._meta.db_table} (organization_id, id) DEFERRABLE INITIALLY DEFERRED"
        )
    return needed


def missing_constraints(names: list[str], connection: Any) -> list[str]:
    """Return those of some constraints that a database lacks."""
    with connection.cursor() as cursor:
        cursor.execute(EXISTING, [names])
        there = {name for (name,) in cursor.fetchall()}
    return [name for name in names if name not in there]


def policies(table: str, owner: str) -> dict[str, str]:
    """Return what forced row-level security needs: policy names and their SQL."""
    granted = {
        "tenant": (application_role(), TENANT),
        "system": (database_roles.SYSTEM, "true"),
        "owner": (owner, "true"),
    }
    return {
        f"{table}_{name}": f'TO "{role}" USING ({condition})' for name, (role, condition) in granted.items() if role
    }


UNPROTECTED = """
SELECT c.relname FROM pg_class c
WHERE c.relname = ANY(%s) AND c.relnamespace = 'public'::regnamespace AND NOT (
    c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (
        SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = c.relname || '_tenant' AND p.polpermissive
            AND pg_get_expr(p.polqual, p.polrelid) LIKE '%%punctual.organization%%' AND p.polcmd = '*'
    ) AND NOT EXISTS (
        SELECT FROM pg_policy p WHERE p.polrelid = c.oid
            AND p.polname <> ALL (ARRAY[c.relname || '_tenant', c.relname || '_system', c.relname || '_owner'])
    )
)
"""


def unprotected_tables(tables: list[str], connection: Any) -> list[str]:
    """Return those of some tables whose rows the application's role could see without being told an organization."""
    with connection.cursor() as cursor:
        cursor.execute(UNPROTECTED, [tables])
        return sorted(name for (name,) in cursor.fetchall())


def application_role() -> str:
    """Return the name of the application's role; empty where none is configured, as when only SQL is drawn."""
    return str(settings.DATABASES["default"].get("USER") or "")


def _name(table: str, column: str, kind: str) -> str:
    """Return a constraint's name: readable, and within PostgreSQL's 63 characters for all our tables."""
    return f"{table}_{column}_{kind}"


class Wall(Operation):
    """Gives every tenant table of an app its composite keys and policies; those that are there already stay."""

    reduces_to_sql = False
    reversible = True

    def __init__(self, app: str) -> None:
        self.app = app

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing that Django's models know."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Add what is missing: the unique keys first, then the references to them."""
        apps = to_state.apps
        tenants = [model for model in apps.get_app_config(self.app).get_models() if is_tenant(model)]
        wanted = [
            (model._meta.db_table, name, sql) for model in tenants for name, sql in tenant_constraints(model).items()
        ]
        absent = set(missing_constraints([name for _, name, _ in wanted], schema_editor.connection))
        for table, name, sql in sorted(wanted, key=lambda row: not row[2].startswith("UNIQUE")):
            if name in absent:
                schema_editor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {sql}')
        for model in tenants:
            _enable_row_security(model._meta.db_table, schema_editor)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Leave keys and policies: they fall with their tables and columns."""

    def describe(self) -> str:
        """Say what it does."""
        return f"Composite keys and policies for every tenant table of {self.app}"


def _enable_row_security(table: str, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if not _exists(database_roles.SYSTEM, schema_editor.connection):
        raise ImproperlyConfigured(f"There is no role “{database_roles.SYSTEM}”: run `manage.py setup_roles` first.")
    schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    schema_editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for name, sql in policies(table, schema_editor.connection.settings_dict["USER"]).items():
        schema_editor.execute(f'DROP POLICY IF EXISTS "{name}" ON {table}')
        schema_editor.execute(f'CREATE POLICY "{name}" ON {table} {sql}')


def _exists(role: str, connection: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role])
        return bool(cursor.fetchone()[0])


class SystemMay(Operation):
    """Grants the system role rights on some tables: `SystemMay("SELECT, UPDATE", "notifications_gateway")`."""

    reduces_to_sql = False
    reversible = True

    def __init__(self, rights: str, *tables: str) -> None:
        self.rights, self.tables = rights, tables

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing that Django's models know."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Grant; what was granted before stays."""
        schema_editor.execute(f'GRANT {self.rights} ON {", ".join(self.tables)} TO "{database_roles.SYSTEM}"')

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Take the rights back."""
        schema_editor.execute(f'REVOKE {self.rights} ON {", ".join(self.tables)} FROM "{database_roles.SYSTEM}"')

    def describe(self) -> str:
        """Say what it does."""
        return f"The system role may {self.rights} on {', '.join(self.tables)}"
