"""When calendar users, calendars, events and alarms changed, and which are gone."""

from django.db import migrations, models

from accounts.migrations._tracking import track

# What the program notes for itself, such as `expanded_until`, changes nothing for anybody else.
EVENT = (
    "title",
    "description",
    "start",
    '"end"',
    "time_zone",
    "all_day",
    "floating",
    "creator_id",
    "end_recurring_period",
    "rule_id",
    "recurrence",
    "calendar_id",
    "notify_count",
    "status",
    "data",
    "parent_event_id",
    "occ_count",
    "contact_id",
    "on_closure",
    "closure",
    "closure_effect",
    "series_error",
    "paused_at",
    "cancelled_at",
    "version",
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_tracking"),
        ("calendars", "0003_triggers"),
        ("contacts", "0003_tracking"),
        ("notifications", "0004_tracking"),
        ("surveys", "0002_wall"),
    ]

    operations = [
        migrations.AddField(
            model_name="alarm",
            name="updated_at",
            field=models.DateTimeField(
                db_default=models.Func(
                    function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                )
            ),
        ),
        migrations.AddField(
            model_name="alarm",
            name="updated_in",
            field=models.BigIntegerField(
                db_default=models.Func(
                    function="punctual_transaction", output_field=models.BigIntegerField(), template="%(function)s()"
                )
            ),
        ),
        migrations.AddField(
            model_name="calendar",
            name="updated_at",
            field=models.DateTimeField(
                db_default=models.Func(
                    function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                )
            ),
        ),
        migrations.AddField(
            model_name="calendar",
            name="updated_in",
            field=models.BigIntegerField(
                db_default=models.Func(
                    function="punctual_transaction", output_field=models.BigIntegerField(), template="%(function)s()"
                )
            ),
        ),
        migrations.AddField(
            model_name="calendaruser",
            name="updated_at",
            field=models.DateTimeField(
                db_default=models.Func(
                    function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                )
            ),
        ),
        migrations.AddField(
            model_name="calendaruser",
            name="updated_in",
            field=models.BigIntegerField(
                db_default=models.Func(
                    function="punctual_transaction", output_field=models.BigIntegerField(), template="%(function)s()"
                )
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="updated_at",
            field=models.DateTimeField(
                db_default=models.Func(
                    function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                )
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="updated_in",
            field=models.BigIntegerField(
                db_default=models.Func(
                    function="punctual_transaction", output_field=models.BigIntegerField(), template="%(function)s()"
                )
            ),
        ),
        migrations.AddIndex(
            model_name="alarm",
            index=models.Index(fields=["organization", "updated_in"], name="alarm_updated"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["organization", "updated_in"], name="event_updated"),
        ),
        track("calendars_alarm"),
        track("calendars_calendar"),
        track("calendars_calendaruser"),
        track("calendars_event", EVENT),
    ]
