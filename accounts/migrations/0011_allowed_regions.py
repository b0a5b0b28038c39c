"""An organization says to which countries' numbers messages may go."""

from django.db import migrations, models

import accounts.models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_second_factor_roles")]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="allowed_regions",
            field=models.CharField(
                blank=True,
                help_text="Countries to whose numbers messages may go, such as US, CA. Empty: the region's only.",
                max_length=1000,
                validators=[accounts.models.validate_regions],
            ),
        ),
    ]
