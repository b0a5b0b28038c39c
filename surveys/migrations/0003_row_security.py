"""PostgreSQL shows the application's role the rows of one organization, and its scans what they need."""

from django.db import migrations

from accounts.wall import Wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_row_security"),
        ("surveys", "0002_wall"),
    ]

    operations = [
        Wall("surveys"),
    ]
