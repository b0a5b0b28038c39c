"""The database refuses relations across organizations."""

from django.db import migrations

from accounts.wall import Wall


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0002_same_times"),
        ("calendars", "0003_wall"),
    ]

    operations = [Wall("appointments")]
