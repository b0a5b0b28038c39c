"""Alarms know the step of a reminder plan that made them, and whether confirmed events need them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calendars", "0016_keys_of_users")]

    operations = [
        migrations.AddField("alarm", "plan_step", models.PositiveBigIntegerField(blank=True, null=True)),
        migrations.AddField("alarm", "only_unconfirmed", models.BooleanField(db_default=False, default=False)),
    ]
