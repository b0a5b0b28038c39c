"""The five rules of the older module, under their numbers (3 was never there)."""

from django.db import migrations

SEEDED = [
    (1, "Monthly", "will repeat every month", "MONTHLY", None),
    (2, "Weekly (Monday-Friday) R-10", "will repeat on weekdays, ten times", "WEEKLY", "count:10;byweekday:0,1,2,3,4"),
    (4, "Weekly (Monday-Friday)", "will repeat on weekdays", "WEEKLY", "byweekday:0,1,2,3,4"),
    (5, "Yearly", "will repeat every year", "YEARLY", None),
    (6, "Daily", "will repeat every day", "DAILY", None),
]


def seed(apps, schema_editor):
    """Insert the rules, and let new ones be numbered after them."""
    rows = apps.get_model("calendars", "Rule").objects.using(schema_editor.connection.alias)
    rows.bulk_create(
        [
            rows.model(id=pk, name=name, description=description, frequency=frequency, params=params)
            for pk, name, description, frequency, params in SEEDED
        ],
        ignore_conflicts=True,
    )
    schema_editor.execute("ALTER TABLE calendars_rule ALTER COLUMN id RESTART WITH 7")


class Migration(migrations.Migration):
    dependencies = [("calendars", "0001_initial")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
