"""An organization says which of its roles need a second factor; codes are counted like passwords."""

from django.db import migrations, models

import accounts.models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_row_security"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="second_factor_roles",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Members in these roles sign in with a second factor, and not by Basic.",
                validators=[accounts.models.validate_roles],
            ),
        ),
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
                ],
                max_length=10,
            ),
        ),
    ]
