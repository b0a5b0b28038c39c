"""When templates changed, and which are gone."""

from django.db import migrations

from accounts.migrations._tracking import columns, track


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_tracking"), ("notifications", "0004_tracking")]

    operations = [
        *columns("mailtemplate"),
        *columns("smstemplate"),
        track("notifications_mailtemplate"),
        track("notifications_smstemplate"),
    ]
