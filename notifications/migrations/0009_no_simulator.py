"""The simulator's tables are those of an app of its own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notifications", "0008_codes_for_staff")]

    operations = [
        migrations.DeleteModel("CarrierMessage"),
        migrations.DeleteModel("CarrierAccount"),
        migrations.DeleteModel("CarrierFaults"),
        migrations.DeleteModel("CarrierPost"),
    ]
