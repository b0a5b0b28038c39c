"""When attempts, closures and opening hours changed, and which are gone."""

from django.db import migrations, models

from accounts.migrations._tracking import columns, track


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_tracking"), ("calendars", "0010_component_result")]

    operations = [
        *columns("alarmrequest"),
        *columns("closure"),
        *columns("openinghours"),
        migrations.AddIndex(
            "alarmrequest", models.Index(fields=["organization", "updated_in"], name="alarmrequest_updated")
        ),
        track("calendars_alarmrequest"),
        track("calendars_closure"),
        track("calendars_openinghours"),
    ]
