"""PostgreSQL shows the application's role the rows of one organization, and its scans what they need."""

from django.db import migrations

from accounts.wall import SystemMay, Wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_row_security"),
        ("notifications", "0006_say_sms"),
    ]

    operations = [
        Wall("notifications"),
        SystemMay(
            "SELECT",
            "notifications_smstemplate",
            "notifications_mailtemplate",
            "notifications_replytext",
            "notifications_inboundevent",
        ),
        SystemMay("SELECT, UPDATE", "notifications_gateway"),
        SystemMay("SELECT, INSERT", "notifications_suppression"),
        SystemMay(
            "SELECT, INSERT, UPDATE",
            "notifications_delivery",
            "notifications_attempt",
            "notifications_staffitem",
        ),
    ]
