"""The database refuses relations across organizations."""

from django.db import migrations

from accounts.wall import Wall


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0002_delivery_transitions"),
        ("contacts", "0002_wall"),
    ]

    operations = [Wall("notifications")]
