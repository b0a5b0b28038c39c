"""The tenancy wall's second layer: composite keys, so that the database refuses relations across organizations.

Every tenant table has UNIQUE (organization_id, id), and each of its references to a tenant table is, besides Django's
own, FOREIGN KEY (organization_id, x_id) REFERENCES other (organization_id, id). A migration that makes a tenant model
or a relation between two ends with `Wall(app)`; the check `accounts.E001` names whatever lacks its key.
"""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

OWNER = "organization"

EXISTING = "SELECT conname FROM pg_constraint WHERE conname = ANY(%s)"


def is_tenant(model: Any) -> bool:
    """Say whether a model (present or historical) is owned by an organization."""
    field = next((field for field in model._meta.local_fields if field.name == OWNER), None)
    return field is not None and field.is_relation and field.related_model._meta.label == "accounts.Organization"


def relations(model: Any) -> Iterator[models.ForeignKey]:
    """Yield a model's references to tenant tables."""
    for field in model._meta.local_fields:
        if field.is_relation and field.name != OWNER and is_tenant(field.related_model):
            yield field


def keys(model: Any) -> dict[str, str]:
    """Return what a tenant table needs: constraint names and their SQL."""
    table = model._meta.db_table
    needed = {_name(table, "id", "own"): "UNIQUE (organization_id, id)"}
    for field in relations(model):
        needed[_name(table, field.column, "own")] = (
            f"FOREIGN KEY (organization_id, {field.column}) "
            f"REFERENCES {field.related_model._meta.db_table} (organization_id, id) DEFERRABLE INITIALLY DEFERRED"
        )
    return needed


def missing(names: list[str], connection: Any) -> list[str]:
    """Return those of some constraints that a database lacks."""
    with connection.cursor() as cursor:
        cursor.execute(EXISTING, [names])
        there = {name for (name,) in cursor.fetchall()}
    return [name for name in names if name not in there]


def _name(table: str, column: str, kind: str) -> str:
    """Return a constraint's name: readable, and within PostgreSQL's 63 characters for all our tables."""
    return f"{table}_{column}_{kind}"


class Wall(Operation):
    """Gives every tenant table of an app its composite keys; those that are there already stay."""

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
        wanted = [(model._meta.db_table, name, sql) for model in tenants for name, sql in keys(model).items()]
        absent = set(missing([name for _, name, _ in wanted], schema_editor.connection))
        for table, name, sql in sorted(wanted, key=lambda row: not row[2].startswith("UNIQUE")):
            if name in absent:
                schema_editor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {sql}')

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Leave the keys: they fall with their tables and columns."""

    def describe(self) -> str:
        """Say what it does."""
        return f"Composite keys for every tenant table of {self.app}"
