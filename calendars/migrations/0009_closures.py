"""Opening hours and closures, and what they mean for events."""

import datetime

import django.db.models.deletion
from django.db import migrations, models

import accounts.tenancy
from accounts.wall import SystemMay, Wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_public_holidays"),
        ("calendars", "0008_local_start"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="closure",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="event",
            name="closure_effect",
            field=models.CharField(
                blank=True,
                choices=[("skipped", "Skipped"), ("moved", "Moved")],
                db_default="",
                default="",
                editable=False,
                max_length=7,
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="on_closure",
            field=models.CharField(
                choices=[("keep", "Keep"), ("skip", "Skip"), ("move", "Move")],
                db_default="keep",
                default="keep",
                help_text="What an occurrence of a series does on a closed day: take place, be left out, or move to "
                "the next open day.",
                max_length=4,
            ),
        ),
        migrations.CreateModel(
            name="Closure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="Why it is closed, such as Summer break.", max_length=100)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("begins", models.TimeField(blank=True, help_text="On the first day; empty: all day.", null=True)),
                ("ends", models.TimeField(blank=True, help_text="On the last day; empty: until its end.", null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: all clinics.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.clinic",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        default=accounts.tenancy.current_id,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["first_day", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gte", models.F("first_day"))),
                        name="closure_order",
                        violation_error_message="The last day must not be before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("last_day__gt", models.F("first_day")),
                            ("begins", None),
                            ("ends", None),
                            ("ends__gt", models.F("begins")),
                            _connector="OR",
                        ),
                        name="closure_times_order",
                        violation_error_message="On one day it must end later than it begins.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OpeningHours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ]
                    ),
                ),
                ("opens", models.TimeField()),
                ("closes", models.TimeField(help_text="00:00 is the end of the day.")),
                (
                    "clinic",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: all clinics.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.clinic",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        default=accounts.tenancy.current_id,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "opening hours",
                "ordering": ["clinic_id", "weekday", "opens", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closes__gt", models.F("opens")), ("closes", datetime.time(0, 0)), _connector="OR"
                        ),
                        name="openinghours_order",
                        violation_error_message="It must close later than it opens.",
                    ),
                    models.UniqueConstraint(
                        fields=("organization", "clinic", "weekday", "opens"),
                        name="openinghours_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        Wall("calendars"),
        SystemMay("SELECT", "calendars_closure", "calendars_openinghours"),
    ]
