"""Accounts say which protocol they speak; a call owed to them is kept as HTTP carries it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("simulator", "0001_initial")]

    operations = [
        migrations.AddField(
            "carrieraccount", "protocol", models.CharField(max_length=20, default="flowroute"), preserve_default=False
        ),
        migrations.AlterField("carrieraccount", "access_key", models.CharField(max_length=100)),
        migrations.RenameField("carrieraccount", "sms_callback", "inbound_url"),
        migrations.RenameField("carrieraccount", "dlr_callback", "receipt_url"),
        migrations.AddConstraint(
            "carrieraccount", models.UniqueConstraint(fields=("protocol", "access_key"), name="simulator_account")
        ),
        migrations.AddField("carrierpost", "method", models.CharField(default="POST", max_length=4)),
        migrations.AddField("carrierpost", "headers", models.JSONField(default=dict)),
        migrations.AlterField("carrierpost", "body", models.TextField(blank=True)),
    ]
