"""The keys of imported components are checked once, and those of events by their own index."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_tracking"),
        ("calendars", "0013_closures_in_background"),
        ("contacts", "0007_customer_ids"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="event", name="event_occurrence_once"),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(
                condition=models.Q(("parent_event__isnull", False)),
                fields=("organization", "parent_event", "recurrence_id"),
                name="event_occurrence_once",
            ),
        ),
        migrations.AlterField(
            model_name="importedcomponent",
            name="organization",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.organization",
            ),
        ),
        migrations.AlterField(
            model_name="importedcomponent",
            name="source",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="components",
                to="calendars.calendarimport",
            ),
        ),
        migrations.AlterField(
            model_name="importedcomponent",
            name="event",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="calendars.event",
            ),
        ),
    ]
