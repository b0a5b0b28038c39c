"""Providers, operatories, their schedules and blockouts, types of visits; and which of them a visit has."""

import datetime

import django.db.models.deletion
from django.db import migrations, models

from accounts.migrations._tracking import track
from accounts.migrations._wall import wall

REFERENCES = {
    "appointments_provider": {"clinic_id": "accounts_clinic", "calendar_id": "calendars_calendar"},
    "appointments_operatory": {"clinic_id": "accounts_clinic"},
    "appointments_scheduleentry": {
        "provider_id": "appointments_provider",
        "operatory_id": "appointments_operatory",
        "clinic_id": "accounts_clinic",
    },
    "appointments_blockout": {
        "provider_id": "appointments_provider",
        "operatory_id": "appointments_operatory",
    },
    "appointments_appointmenttype": {},
    "appointments_typeprovider": {
        "appointment_type_id": "appointments_appointmenttype",
        "provider_id": "appointments_provider",
    },
}
TRACKED = ("provider", "operatory", "scheduleentry", "blockout", "appointmenttype")
# The wall stands around the table of visits already.
OF_VISITS = {
    "provider_id": "appointments_provider",
    "operatory_id": "appointments_operatory",
    "appointment_type_id": "appointments_appointmenttype",
}
ADD = (
    'ALTER TABLE appointments_appointment ADD CONSTRAINT "appointments_appointment_{column}_own" '
    "FOREIGN KEY (organization_id, {column}) REFERENCES {target} (organization_id, id) DEFERRABLE INITIALLY DEFERRED"
)
DROP = 'ALTER TABLE appointments_appointment DROP CONSTRAINT "appointments_appointment_{column}_own"'


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_tracking"),
        ("appointments", "0005_answered_for"),
        ("calendars", "0009_series_fields"),
        ("contacts", "0003_tracking"),
    ]

    operations = [
        migrations.CreateModel(
            name="ScheduleEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=models.Func(
                            function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                        )
                    ),
                ),
                (
                    "updated_in",
                    models.BigIntegerField(
                        db_default=models.Func(
                            function="punctual_transaction",
                            output_field=models.BigIntegerField(),
                            template="%(function)s()",
                        )
                    ),
                ),
                ("weekday", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("day", models.DateField(blank=True, null=True)),
                ("begins", models.TimeField(blank=True, null=True)),
                ("ends", models.TimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="TypeProvider",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="AppointmentType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=models.Func(
                            function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                        )
                    ),
                ),
                (
                    "updated_in",
                    models.BigIntegerField(
                        db_default=models.Func(
                            function="punctual_transaction",
                            output_field=models.BigIntegerField(),
                            template="%(function)s()",
                        )
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("duration", models.PositiveIntegerField(default=30)),
                ("buffer_before", models.PositiveIntegerField(default=0)),
                ("buffer_after", models.PositiveIntegerField(default=0)),
                ("lead_time", models.PositiveIntegerField(default=0)),
                ("needs_operatory", models.BooleanField(default=False)),
                ("colour", models.CharField(blank=True, max_length=7)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="appointment",
            name="appointment_type",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="appointments.appointmenttype",
            ),
        ),
        migrations.CreateModel(
            name="Operatory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=models.Func(
                            function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                        )
                    ),
                ),
                (
                    "updated_in",
                    models.BigIntegerField(
                        db_default=models.Func(
                            function="punctual_transaction",
                            output_field=models.BigIntegerField(),
                            template="%(function)s()",
                        )
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="appointment",
            name="operatory",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="appointments.operatory",
            ),
        ),
        migrations.CreateModel(
            name="Provider",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=models.Func(
                            function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                        )
                    ),
                ),
                (
                    "updated_in",
                    models.BigIntegerField(
                        db_default=models.Func(
                            function="punctual_transaction",
                            output_field=models.BigIntegerField(),
                            template="%(function)s()",
                        )
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "calendar",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="calendars.calendar",
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.clinic",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Blockout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=models.Func(
                            function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                        )
                    ),
                ),
                (
                    "updated_in",
                    models.BigIntegerField(
                        db_default=models.Func(
                            function="punctual_transaction",
                            output_field=models.BigIntegerField(),
                            template="%(function)s()",
                        )
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "operatory",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blockouts",
                        to="appointments.operatory",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blockouts",
                        to="appointments.provider",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="appointment",
            name="provider",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="appointments.provider",
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("provider__isnull", False)),
                fields=["provider", "starts_at"],
                name="appointment_provider",
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("operatory__isnull", False)),
                fields=["operatory", "starts_at"],
                name="appointment_operatory",
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("appointment_type__isnull", False)),
                fields=["appointment_type"],
                name="appointment_type",
            ),
        ),
        migrations.AddField(
            model_name="scheduleentry",
            name="clinic",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.clinic",
            ),
        ),
        migrations.AddField(
            model_name="scheduleentry",
            name="operatory",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="schedule",
                to="appointments.operatory",
            ),
        ),
        migrations.AddField(
            model_name="scheduleentry",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organization"
            ),
        ),
        migrations.AddField(
            model_name="scheduleentry",
            name="provider",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="schedule",
                to="appointments.provider",
            ),
        ),
        migrations.AddField(
            model_name="typeprovider",
            name="appointment_type",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="type_providers",
                to="appointments.appointmenttype",
            ),
        ),
        migrations.AddField(
            model_name="typeprovider",
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
            model_name="typeprovider",
            name="provider",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="appointments.provider"
            ),
        ),
        migrations.AddField(
            model_name="appointmenttype",
            name="providers",
            field=models.ManyToManyField(
                blank=True,
                related_name="appointment_types",
                through="appointments.TypeProvider",
                to="appointments.provider",
            ),
        ),
        migrations.AddIndex(
            model_name="blockout",
            index=models.Index(fields=["organization", "ends_at"], name="blockout_end"),
        ),
        migrations.AddConstraint(
            model_name="blockout",
            constraint=models.CheckConstraint(
                condition=models.Q(("provider__isnull", False), ("operatory__isnull", False), _connector="OR"),
                name="blockout_subject",
                violation_error_message="Name a provider, an operatory, or both.",
            ),
        ),
        migrations.AddConstraint(
            model_name="blockout",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="blockout_order",
                violation_error_message="It must end later than it begins.",
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduleentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("operatory__isnull", False), ("provider", None)),
                    models.Q(("operatory", None), ("provider__isnull", False)),
                    _connector="OR",
                ),
                name="scheduleentry_subject",
                violation_error_message="Name a provider or an operatory, one of the two.",
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduleentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("day__isnull", False), ("weekday", None)),
                    models.Q(("day", None), ("weekday__isnull", False)),
                    _connector="OR",
                ),
                name="scheduleentry_date",
                violation_error_message="Name a weekday or a day, one of the two.",
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduleentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("begins", None), ("day__isnull", False), ("ends", None)),
                    models.Q(
                        ("begins__isnull", False),
                        ("ends__isnull", False),
                        models.Q(("ends", datetime.time(0, 0)), ("ends__gt", models.F("begins")), _connector="OR"),
                    ),
                    _connector="OR",
                ),
                name="scheduleentry_order",
                violation_error_message="It must end later than it begins.",
            ),
        ),
        migrations.AddConstraint(
            model_name="typeprovider",
            constraint=models.UniqueConstraint(
                fields=("organization", "appointment_type", "provider"), name="typeprovider_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="appointmenttype",
            constraint=models.UniqueConstraint(fields=("organization", "name"), name="appointmenttype_name"),
        ),
        migrations.AddConstraint(
            model_name="appointmenttype",
            constraint=models.CheckConstraint(condition=models.Q(("duration__gt", 0)), name="appointmenttype_duration"),
        ),
        wall(REFERENCES, {}),
        *(
            migrations.RunSQL(ADD.format(column=column, target=target), DROP.format(column=column))
            for column, target in OF_VISITS.items()
        ),
        *(track(f"appointments_{name}") for name in TRACKED),
    ]
