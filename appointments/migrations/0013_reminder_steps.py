"""The reminder plans of types of visits."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.migrations._tracking import track
from accounts.migrations._wall import wall

REFERENCES = {
    "appointments_reminderstep": {
        "appointment_type_id": "appointments_appointmenttype",
        "mail_template_id": "notifications_mailtemplate",
        "sms_template_id": "notifications_smstemplate",
        "survey_id": "surveys_survey",
    }
}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_tracking"),
        ("appointments", "0012_series_fields"),
        ("calendars", "0017_alarms_of_plans"),
        ("notifications", "0005_tracked_templates"),
        ("surveys", "0002_wall"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReminderStep",
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
                ("before", models.PositiveIntegerField()),
                ("unit", models.CharField(default="days", max_length=7)),
                ("business_days", models.BooleanField(default=False)),
                ("method", models.PositiveSmallIntegerField()),
                ("only_unconfirmed", models.BooleanField(default=False)),
                (
                    "appointment_type",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminder_steps",
                        to="appointments.appointmenttype",
                    ),
                ),
                (
                    "mail_template",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notifications.mailtemplate",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "sms_template",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notifications.smstemplate",
                    ),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="surveys.survey",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "appointment_type", "before", "unit", "business_days", "method"),
                        name="reminderstep_once",
                        violation_error_message="The plan has such a reminder already.",
                    ),
                    models.CheckConstraint(condition=models.Q(("before__gt", 0)), name="reminderstep_before"),
                    models.CheckConstraint(
                        condition=models.Q(("business_days", False), ("unit", "days"), _connector="OR"),
                        name="reminderstep_business_days",
                        violation_error_message="Only days can be business days.",
                    ),
                ],
            },
        ),
        wall(REFERENCES, {}),
        track("appointments_reminderstep"),
    ]
