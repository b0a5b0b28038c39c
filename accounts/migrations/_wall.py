"""The tenancy wall as the first migrations built it. It stays as it is, whatever becomes of `accounts.wall`."""

from django.conf import settings
from django.db import migrations

SYSTEM = "punctual_system"
# Told by each statement's message; without one it is NULL, and nothing is seen.
TENANT = "organization_id = nullif(current_setting('punctual.organization', true), '')::bigint"
COMPOSITE = (
    'ALTER TABLE {table} ADD CONSTRAINT "{table}_{column}_own" FOREIGN KEY (organization_id, {column}) '
    "REFERENCES {target} (organization_id, id) DEFERRABLE INITIALLY DEFERRED"
)


def wall(references, system_rights):
    """Return the operation that guards tables.

    `references` has the tenant tables, each with its references to others as {column: table}; `system_rights` the
    tables with what the system role may do there.
    """

    def forwards(apps, schema_editor):
        owner = schema_editor.connection.settings_dict["USER"]
        roles = {"tenant": (application(schema_editor), TENANT), "system": (SYSTEM, "true"), "owner": (owner, "true")}
        for table in references:
            schema_editor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{table}_id_own" UNIQUE (organization_id, id)')
        for table, columns in references.items():
            for column, target in columns.items():
                schema_editor.execute(COMPOSITE.format(table=table, column=column, target=target))
            schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            schema_editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            for name, (role, condition) in roles.items():
                if role:
                    policy = f'CREATE POLICY "{table}_{name}" ON {table} TO "{role}" USING ({condition})'
                    schema_editor.execute(policy)
        for table, rights in system_rights.items():
            schema_editor.execute(f'GRANT {rights} ON {table} TO "{SYSTEM}"')

    return migrations.RunPython(forwards, migrations.RunPython.noop)


def application(schema_editor):
    """Return the role of the application, which owns no table; empty where the owner does its work."""
    role = settings.DATABASES["default"].get("USER") or ""
    return "" if role == schema_editor.connection.settings_dict.get("USER") else role
