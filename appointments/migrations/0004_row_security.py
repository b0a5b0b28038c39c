"""PostgreSQL shows the application's role the rows of one organization, and its scans what they need."""

from django.db import migrations

from accounts.wall import Wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_row_security"),
        ("appointments", "0003_wall"),
    ]

    operations = [
        Wall("appointments"),
    ]
