"""An organization and its clinics say whose public holidays they keep."""

from django.db import migrations, models

import accounts.models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_tally_of_feeds"),
    ]

    operations = [
        migrations.AddField(
            model_name="clinic",
            name="public_holidays",
            field=models.CharField(
                blank=True,
                help_text="Country, or its part, such as DE-BY, whose public holidays count here. "
                "Empty: the organization's.",
                max_length=10,
                validators=[accounts.models.validate_holidays],
            ),
        ),
        migrations.AddField(
            model_name="organization",
            name="public_holidays",
            field=models.CharField(
                blank=True,
                help_text="Country on whose public holidays it is closed, such as US, or with its part, DE-BY. "
                "Empty: none.",
                max_length=10,
                validators=[accounts.models.validate_holidays],
            ),
        ),
    ]
