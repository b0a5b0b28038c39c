"""PostgreSQL shows the application's role the rows of one organization, and its scans what they need."""

from django.db import migrations

from accounts.wall import SystemMay, Wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_row_security"),
        ("contacts", "0003_privacy"),
    ]

    operations = [
        Wall("contacts"),
        SystemMay(
            "SELECT",
            "contacts_contact",
            "contacts_contactphone",
            "contacts_contactemail",
        ),
    ]
