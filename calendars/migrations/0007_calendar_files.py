"""Feeds, imported files, and when an event changed last."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.tenancy
import config.kernel.clock
import config.kernel.crypto
from accounts.wall import SystemMay, Wall

# Whoever writes an event, one by one or by the thousand, its time of change is kept; `expanded_until` and the like,
# which no calendar shows, leave it alone.
TOUCH = """
CREATE FUNCTION calendars_event_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at := punctual_now();
    RETURN NEW;
END $$;
CREATE TRIGGER touch BEFORE UPDATE ON calendars_event FOR EACH ROW
WHEN ((OLD.version, OLD.title, OLD.description, OLD.start, OLD."end", OLD.time_zone, OLD.recurrence, OLD.rule_id,
       OLD.end_recurring_period, OLD.calendar_id, OLD.cancelled_at, OLD.series_ended, OLD.paused_at)
   IS DISTINCT FROM
      (NEW.version, NEW.title, NEW.description, NEW.start, NEW."end", NEW.time_zone, NEW.recurrence, NEW.rule_id,
       NEW.end_recurring_period, NEW.calendar_id, NEW.cancelled_at, NEW.series_ended, NEW.paused_at))
EXECUTE FUNCTION calendars_event_touch();
"""
UNTOUCH = "DROP TRIGGER touch ON calendars_event; DROP FUNCTION calendars_event_touch()"


def owned():
    """Return the column of the organization."""
    return models.ForeignKey(
        default=accounts.tenancy.current_id,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to="accounts.organization",
    )


def key():
    """Return the primary key."""
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def maker():
    """Return the column of who made it."""
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


def in_calendar(name):
    """Return the column of the calendar."""
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name=name, to="calendars.calendar")


def made_at():
    """Return the column of when it was made."""
    return models.DateTimeField(db_default=config.kernel.clock.DatabaseNow(), editable=False)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_second_factor_roles"),
        ("calendars", "0006_row_security"),
    ]

    operations = [
        migrations.AddField(
            "event", "changed_at", models.DateTimeField(db_default=config.kernel.clock.DatabaseNow(), editable=False)
        ),
        migrations.RunSQL(TOUCH, UNTOUCH),
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                ("id", key()),
                ("name", models.CharField(help_text="Whose phone or program reads it.", max_length=100)),
                (
                    "detail",
                    models.CharField(
                        choices=[("minimal", "Minimal"), ("full", "Full")],
                        default="minimal",
                        help_text="Minimal shows only “Busy”.",
                        max_length=10,
                    ),
                ),
                ("secret_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("created_at", made_at()),
                ("last_used_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("calendar", in_calendar("feeds")),
                ("created_by", maker()),
                ("organization", owned()),
            ],
            options={"ordering": ["-id"]},
        ),
        migrations.CreateModel(
            name="CalendarImport",
            fields=[
                ("id", key()),
                ("file_name", models.CharField(blank=True, max_length=200)),
                ("created_at", made_at()),
                ("undone_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("calendar", in_calendar("imports")),
                ("created_by", maker()),
                ("organization", owned()),
            ],
            options={"ordering": ["-id"]},
        ),
        migrations.CreateModel(
            name="ImportedComponent",
            fields=[
                ("id", key()),
                ("line", models.PositiveIntegerField()),
                ("uid", models.CharField(blank=True, max_length=255)),
                (
                    "fate",
                    models.CharField(
                        choices=[
                            ("created", "Created"),
                            ("changed", "Changed"),
                            ("cancelled", "Cancelled"),
                            ("unchanged", "Unchanged"),
                            ("skipped", "Skipped"),
                        ],
                        max_length=10,
                    ),
                ),
                ("notes", models.JSONField(blank=True, default=list)),
                ("version", models.PositiveIntegerField(blank=True, null=True)),
                ("before", config.kernel.crypto.EncryptedJSONField(blank=True, default=dict)),
                (
                    "event",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="calendars.event",
                    ),
                ),
                ("organization", owned()),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="components",
                        to="calendars.calendarimport",
                    ),
                ),
            ],
            options={"ordering": ["line", "id"]},
        ),
        Wall("calendars"),
        SystemMay("SELECT", "calendars_calendarfeed"),
    ]
