"""When visits changed, and which are gone."""

from django.db import migrations, models

from accounts.migrations._tracking import track


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_tracking"),
        ("appointments", "0003_same_times"),
        ("calendars", "0003_triggers"),
        ("contacts", "0003_tracking"),
    ]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="updated_at",
            field=models.DateTimeField(
                db_default=models.Func(
                    function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                )
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="updated_in",
            field=models.BigIntegerField(
                db_default=models.Func(
                    function="punctual_transaction", output_field=models.BigIntegerField(), template="%(function)s()"
                )
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(fields=["organization", "updated_in"], name="appointment_updated"),
        ),
        track("appointments_appointment"),
    ]
