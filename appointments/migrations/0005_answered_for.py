"""The start that a patient's answer was given for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0004_tracking")]

    operations = [migrations.AddField("appointment", "answered_for", models.DateTimeField(blank=True, null=True))]
