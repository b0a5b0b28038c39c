"""Rights of the application's role, and the wall around the tenant tables."""

from django.db import migrations

from accounts.migrations._wall import application, wall

REFERENCES = {
    "accounts_apikey": {},
    "accounts_auditentry": {},
    "accounts_clinic": {},
    "accounts_idempotentrequest": {},
    "accounts_membership": {},
    "accounts_supportaccess": {},
    "accounts_trustedissuer": {},
}
# What scans across organizations read and write.
SYSTEM_RIGHTS = {
    "accounts_apikey": "SELECT",
    "accounts_auditentry": "SELECT",
    "accounts_clinic": "SELECT",
    "accounts_idempotentrequest": "SELECT, DELETE",
    "accounts_membership": "SELECT",
    "accounts_organization": "SELECT",
    "accounts_supportaccess": "SELECT",
    "accounts_trustedissuer": "SELECT",
    "accounts_user": "SELECT",
}


def grant(apps, schema_editor):
    """Let the application's role read and write rows, present and future, and own nothing."""
    role, rights = application(schema_editor), "SELECT, INSERT, UPDATE, DELETE"
    if role:
        schema_editor.execute(f'GRANT {rights} ON ALL TABLES IN SCHEMA public TO "{role}"')
        schema_editor.execute(f'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON TABLES TO "{role}"')


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop), wall(REFERENCES, SYSTEM_RIGHTS)]
