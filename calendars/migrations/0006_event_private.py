"""Events whose texts feeds and files do not show (RFC 5545 CLASS)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calendars", "0005_optional_voice")]

    operations = [
        migrations.AddField(
            model_name="event", name="private", field=models.BooleanField(db_default=False, default=False)
        ),
    ]
