"""A calendar setting may be without survey and voice gateway: only calls need them."""

import django.db.models.deletion
from django.db import migrations, models

OPTIONAL = {"blank": True, "null": True, "on_delete": django.db.models.deletion.PROTECT, "related_name": "+"}


class Migration(migrations.Migration):
    """Both columns can be empty."""

    dependencies = [
        ("calendars", "0004_tracking"),
        ("notifications", "0003_triggers"),
        ("surveys", "0002_wall"),
    ]
    operations = [
        migrations.AlterField(
            "calendarsetting", "aleg_gateway", models.ForeignKey(to="notifications.gateway", **OPTIONAL)
        ),
        migrations.AlterField("calendarsetting", "survey", models.ForeignKey(to="surveys.survey", **OPTIONAL)),
    ]
