"""The database refuses relations across organizations."""

from django.db import migrations

from accounts.wall import Wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_privileges"),
    ]

    operations = [Wall("accounts")]
