from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_readings_of_calendars")]

    operations = [
        migrations.RemoveConstraint("Tally", "tally_once"),
        migrations.RenameModel("Tally", "RateCounter"),
        migrations.AddConstraint(
            "RateCounter", models.UniqueConstraint(fields=["kind", "hash"], name="rate_counter_once")
        ),
        migrations.AlterModelOptions("RateCounter", {"ordering": ["-id"], "verbose_name_plural": "rate counters"}),
    ]
