"""What a series says otherwise than its root, which was changed or cancelled alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calendars", "0008_imports_in_background")]

    operations = [migrations.AddField("event", "series_fields", models.JSONField(blank=True, null=True))]
