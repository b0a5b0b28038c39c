"""What a key is narrowed to, how often it may ask, and the secret that a rotation leaves valid."""

import django.core.validators
from django.db import migrations, models

import accounts.models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_tallies"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="previous_hash",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="apikey",
            name="previous_until",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="apikey",
            name="rate",
            field=models.PositiveIntegerField(
                default=600,
                help_text="Requests a minute; more are refused.",
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="scopes",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Narrows what the role may, such as desk:read; none: everything that the role may.",
                validators=[accounts.models.validate_scopes],
            ),
        ),
    ]
