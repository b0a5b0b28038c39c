"""What became of a component of a file is its `result`, as the interface calls it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("calendars", "0009_series_fields")]

    operations = [migrations.RenameField("importedcomponent", "fate", "result")]
