"""Times that are held while somebody books, and why visits may overlap."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.migrations._wall import wall

REFERENCES = {
    "appointments_slothold": {
        "provider_id": "appointments_provider",
        "operatory_id": "appointments_operatory",
        "calendar_id": "calendars_calendar",
        "appointment_type_id": "appointments_appointmenttype",
    }
}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_tracking"),
        ("appointments", "0013_reminder_steps"),
        ("calendars", "0013_closures_in_background"),
    ]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="overlap_reason",
            field=models.CharField(blank=True, db_default="", max_length=40),
        ),
        migrations.CreateModel(
            name="SlotHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("held_by", models.CharField(max_length=80)),
                ("expires_at", models.DateTimeField()),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=models.Func(
                            function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                        )
                    ),
                ),
                (
                    "appointment_type",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="appointments.appointmenttype",
                    ),
                ),
                (
                    "calendar",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="calendars.calendar",
                    ),
                ),
                (
                    "operatory",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="appointments.operatory",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="appointments.provider",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["expires_at"], name="slothold_expiry"),
                    models.Index(
                        condition=models.Q(("provider__isnull", False)), fields=["provider"], name="slothold_provider"
                    ),
                    models.Index(
                        condition=models.Q(("operatory__isnull", False)),
                        fields=["operatory"],
                        name="slothold_operatory",
                    ),
                    models.Index(
                        condition=models.Q(("calendar__isnull", False)), fields=["calendar"], name="slothold_calendar"
                    ),
                    models.Index(
                        condition=models.Q(("appointment_type__isnull", False)),
                        fields=["appointment_type"],
                        name="slothold_type",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("provider__isnull", False),
                            ("operatory__isnull", False),
                            ("calendar__isnull", False),
                            _connector="OR",
                        ),
                        name="slothold_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="slothold_order"
                    ),
                ],
            },
        ),
        wall(REFERENCES, {"appointments_slothold": "SELECT, DELETE"}),
    ]
