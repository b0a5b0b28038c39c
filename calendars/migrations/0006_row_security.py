"""PostgreSQL shows the application's role the rows of one organization, and its scans what they need."""

from django.db import migrations

from accounts.wall import SystemMay, Wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_row_security"),
        ("calendars", "0005_say_sms"),
    ]

    operations = [
        Wall("calendars"),
        SystemMay(
            "SELECT",
            "calendars_calendar",
            "calendars_calendaruserprofile",
            "calendars_calendarsetting",
            "calendars_rule",
        ),
        SystemMay(
            "SELECT, INSERT, UPDATE",
            "calendars_event",
            "calendars_alarm",
            "calendars_alarmrequest",
        ),
    ]
