"""Closures, holidays and opening hours that a worker applies to an organization's events: how far that is."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.migrations._wall import wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_tracking"),
        ("calendars", "0012_partial_change_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClosureRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("state", models.CharField(db_default="done", default="done", max_length=10)),
                ("total", models.PositiveIntegerField(blank=True, null=True)),
                ("done", models.PositiveIntegerField(db_default=0, default=0)),
                ("error", models.CharField(blank=True, db_default="", max_length=300)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("fence", models.PositiveIntegerField(db_default=0, default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("last_event", models.PositiveBigIntegerField(db_default=0, default=0)),
                ("changed", models.PositiveIntegerField(db_default=0, default=0)),
                (
                    "requested_at",
                    models.DateTimeField(
                        db_default=models.Func(
                            function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                        )
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organization",), name="closurerun_once")],
            },
        ),
        wall({"calendars_closurerun": {}}, {"calendars_closurerun": "SELECT"}),
    ]
