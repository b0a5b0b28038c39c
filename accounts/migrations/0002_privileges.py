"""Let the application's role read and write rows, and own nothing."""

from django.conf import settings
from django.db import migrations


def grant(apps, schema_editor):
    """Grant rows, present and future, to the role of the `default` connection."""
    role = settings.DATABASES["default"].get("USER")
    if not role or role == schema_editor.connection.settings_dict.get("USER"):
        return
    quoted = schema_editor.quote_name(role)
    rights = "SELECT, INSERT, UPDATE, DELETE"
    schema_editor.execute(f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO {quoted}")
    schema_editor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON TABLES TO {quoted}")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
