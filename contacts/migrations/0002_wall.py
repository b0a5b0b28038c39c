"""The database refuses relations across organizations."""

from django.db import migrations

from accounts.wall import Wall


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0001_initial"),
        ("accounts", "0003_wall"),
    ]

    operations = [Wall("contacts")]
