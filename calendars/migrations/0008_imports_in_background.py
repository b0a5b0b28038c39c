"""A file is imported by a worker: how far it is, and its bytes until then."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts.migrations._wall import wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_triggers"),
        ("calendars", "0007_event_private_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportedPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
            ],
        ),
        migrations.AddField(
            model_name="calendarimport",
            name="batches",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="calendarimport",
            name="done",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="calendarimport",
            name="error",
            field=models.CharField(blank=True, db_default="", max_length=300),
        ),
        migrations.AddField(
            model_name="calendarimport",
            name="fence",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="calendarimport",
            name="finished_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="calendarimport",
            name="language",
            field=models.CharField(blank=True, db_default="", max_length=10),
        ),
        migrations.AddField(
            model_name="calendarimport",
            name="lease_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="calendarimport",
            name="state",
            field=models.CharField(db_default="done", default="done", max_length=10),
        ),
        migrations.AddField(
            model_name="calendarimport",
            name="total",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="calendarimport",
            name="tries",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name="calendarimport",
            index=models.Index(
                condition=models.Q(("state__in", ("queued", "running"))),
                fields=["lease_until"],
                name="calendarimport_open",
            ),
        ),
        migrations.AddField(
            model_name="importedpart",
            name="organization",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.organization",
            ),
        ),
        migrations.AddField(
            model_name="importedpart",
            name="source",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="calendars.calendarimport"
            ),
        ),
        migrations.AddConstraint(
            model_name="importedpart",
            constraint=models.UniqueConstraint(fields=("organization", "source", "number"), name="importedpart_once"),
        ),
        wall(
            {"calendars_importedpart": {"source_id": "calendars_calendarimport"}},
            {"calendars_calendarimport": "SELECT"},
        ),
    ]
