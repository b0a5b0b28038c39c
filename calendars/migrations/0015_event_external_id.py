"""The id of an event in the system it came from: each is one event's in its organization."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_tracking"),
        ("calendars", "0014_cheaper_key_checks"),
        ("contacts", "0007_customer_ids"),
    ]

    operations = [
        migrations.AddField(
            "event", "external_id", models.CharField(blank=True, db_default="", default="", max_length=100)
        ),
        migrations.AddConstraint(
            "event",
            models.UniqueConstraint(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=("organization", "external_id"),
                name="event_external_id",
            ),
        ),
    ]
