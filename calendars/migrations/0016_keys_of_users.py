"""Occurrences are made for users of calendars whom their series names otherwise than its first occurrence."""

from django.db import migrations

from accounts.migrations._wall import SYSTEM


class Migration(migrations.Migration):
    dependencies = [("calendars", "0015_event_external_id")]

    operations = [
        migrations.RunSQL(
            f'GRANT SELECT (id, organization_id) ON calendars_calendaruser TO "{SYSTEM}"',
            migrations.RunSQL.noop,
        )
    ]
