"""Requests of a calendar feed are counted, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_allowed_regions"),
    ]

    operations = [
        migrations.AlterField(
            model_name="tally",
            name="kind",
            field=models.CharField(
                choices=[
                    ("account", "wrong passwords for a name"),
                    ("address", "wrong passwords from an address"),
                    ("key", "requests of an API key"),
                    ("code", "wrong codes of a second factor"),
                    ("spent", "a code that was used"),
                    ("audit", "refusals that were written down"),
                    ("feed", "requests of a calendar feed"),
                ],
                max_length=10,
            ),
        ),
    ]
