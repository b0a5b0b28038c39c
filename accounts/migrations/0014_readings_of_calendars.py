"""Readings of calendars stand in the audit trail, too; how often is counted."""

from django.db import migrations, models

VIA = [
    ("session", "signed in"),
    ("basic", "Basic"),
    ("key", "API key"),
    ("jwt", "trusted issuer"),
    ("support", "support access"),
    ("feed", "calendar feed"),
    ("patient", "patient"),
    ("task", "by itself"),
    ("command", "command"),
    ("nobody", "not signed in"),
]
KIND = [
    ("account", "wrong passwords for a name"),
    ("address", "wrong passwords from an address"),
    ("key", "requests of an API key"),
    ("code", "wrong codes of a second factor"),
    ("spent", "a code that was used"),
    ("audit", "refusals that were written down"),
    ("feed", "requests of a calendar feed"),
    ("reading", "readings that were written down"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_public_holidays"),
    ]

    operations = [
        migrations.AlterField(model_name="auditentry", name="via", field=models.CharField(choices=VIA, max_length=10)),
        migrations.AlterField(
            model_name="platformentry", name="via", field=models.CharField(choices=VIA, max_length=10)
        ),
        migrations.AlterField(model_name="tally", name="kind", field=models.CharField(choices=KIND, max_length=10)),
    ]
