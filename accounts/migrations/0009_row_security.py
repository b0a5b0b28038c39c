"""PostgreSQL shows the application's role the rows of one organization, and its scans what they need."""

from django.db import migrations

from accounts.wall import SystemMay, Wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_audit_trail"),
    ]

    operations = [
        Wall("accounts"),
        SystemMay(
            "SELECT",
            "accounts_organization",
            "accounts_clinic",
            "accounts_user",
            "accounts_membership",
            "accounts_apikey",
            "accounts_trustedissuer",
            "accounts_auditentry",
            "accounts_supportaccess",
        ),
        SystemMay("SELECT, DELETE", "accounts_idempotentrequest"),
    ]
