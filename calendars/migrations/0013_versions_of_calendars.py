"""Whether a calendar changed since an app last asked is read from an index alone, wherever its events lie."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calendars", "0012_long_events")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                fields=["organization", "calendar"], include=["id", "version", "changed_at"], name="event_versions"
            ),
        )
    ]
