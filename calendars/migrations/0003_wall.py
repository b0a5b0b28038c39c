"""The database refuses relations across organizations."""

from django.db import migrations

from accounts.wall import Wall


class Migration(migrations.Migration):
    dependencies = [
        ("calendars", "0002_seed_rules"),
        ("notifications", "0003_wall"),
        ("surveys", "0002_wall"),
    ]

    operations = [Wall("calendars")]
