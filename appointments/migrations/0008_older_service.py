"""What the older appointment service keeps: fields of visits, notes, notifications, driving times."""

import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
from django.db import migrations, models

from accounts.migrations._tracking import track
from accounts.migrations._wall import wall

REFERENCES = {
    "appointments_appointmentdrivingtime": {"appointment_id": "appointments_appointment"},
    "appointments_appointmentnote": {"appointment_id": "appointments_appointment"},
    "appointments_appointmentnotification": {"appointment_id": "appointments_appointment"},
}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_tracking"),
        ("appointments", "0007_partial_change_index"),
        ("calendars", "0009_series_fields"),
        ("contacts", "0003_tracking"),
    ]

    operations = [
        migrations.CreateModel(
            name="AppointmentDrivingTime",
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
                ("uuid", models.UUIDField(default=uuid.uuid4)),
                ("distance", models.DecimalField(decimal_places=2, max_digits=5)),
                ("time", models.PositiveSmallIntegerField()),
                ("time_point", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="AppointmentNote",
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
                ("type", models.PositiveSmallIntegerField(default=1)),
                ("note", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="AppointmentNotification",
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
                ("recipient", models.EmailField(max_length=254)),
                ("subject", models.CharField(blank=True, max_length=100, null=True)),
                ("message", models.TextField(blank=True, null=True)),
                ("is_generated", models.BooleanField(default=False)),
                ("send_notification", models.BooleanField(default=False)),
                ("send_at", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("state", models.CharField(blank=True, max_length=12)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("org_phone", models.CharField(blank=True, max_length=20, null=True)),
                ("org_name", models.CharField(blank=True, max_length=50, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="appointment",
            name="address",
            field=models.CharField(blank=True, db_default="", max_length=100),
        ),
        migrations.AddField(
            model_name="appointment",
            name="invitee_uuids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), blank=True, null=True, size=None
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="named_contact_uuid",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="appointment",
            name="owner_uuid",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="appointment",
            name="siteprofile_uuid",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="appointment",
            name="summary",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddField(
            model_name="appointment",
            name="type_names",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=50), blank=True, null=True, size=None
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="uuid",
            field=models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4),
        ),
        migrations.AddField(
            model_name="appointment",
            name="workflowlevel2_uuids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), blank=True, null=True, size=None
            ),
        ),
        migrations.AlterField(
            model_name="appointment",
            name="contact",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appointments",
                to="contacts.contact",
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("owner_uuid__isnull", False)),
                fields=["organization", "owner_uuid", "id"],
                name="appointment_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.UniqueConstraint(fields=("organization", "uuid"), name="appointment_uuid"),
        ),
        migrations.AddField(
            model_name="appointmentdrivingtime",
            name="appointment",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="driving_times",
                to="appointments.appointment",
            ),
        ),
        migrations.AddField(
            model_name="appointmentdrivingtime",
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
            model_name="appointmentnote",
            name="appointment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notes",
                to="appointments.appointment",
            ),
        ),
        migrations.AddField(
            model_name="appointmentnote",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organization"
            ),
        ),
        migrations.AddField(
            model_name="appointmentnotification",
            name="appointment",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notifications",
                to="appointments.appointment",
            ),
        ),
        migrations.AddField(
            model_name="appointmentnotification",
            name="organization",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.organization",
            ),
        ),
        migrations.AddIndex(
            model_name="appointmentdrivingtime",
            index=models.Index(fields=["organization", "updated_in"], name="driving_time_updated"),
        ),
        migrations.AddConstraint(
            model_name="appointmentdrivingtime",
            constraint=models.UniqueConstraint(fields=("organization", "uuid"), name="driving_time_uuid"),
        ),
        migrations.AddConstraint(
            model_name="appointmentdrivingtime",
            constraint=models.CheckConstraint(condition=models.Q(("distance__gte", 0)), name="driving_time_distance"),
        ),
        migrations.AddIndex(
            model_name="appointmentnote",
            index=models.Index(fields=["organization", "updated_in"], name="appointment_note_updated"),
        ),
        migrations.AddConstraint(
            model_name="appointmentnote",
            constraint=models.UniqueConstraint(
                fields=("organization", "appointment", "type"), name="appointment_note_type"
            ),
        ),
        migrations.AddIndex(
            model_name="appointmentnotification",
            index=models.Index(fields=["organization", "updated_in"], name="notification_updated"),
        ),
        wall(REFERENCES, {"appointments_appointmentnotification": "SELECT, UPDATE"}),
        track("appointments_appointmentdrivingtime"),
        track("appointments_appointmentnote"),
        track("appointments_appointmentnotification"),
    ]
