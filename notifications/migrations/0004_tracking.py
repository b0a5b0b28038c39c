"""When inbound messages changed, and which are gone."""

from django.db import migrations, models

from accounts.migrations._tracking import track


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_tracking"),
        ("notifications", "0003_triggers"),
    ]

    operations = [
        migrations.AddField(
            model_name="inboundevent",
            name="updated_at",
            field=models.DateTimeField(
                db_default=models.Func(
                    function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                )
            ),
        ),
        migrations.AddField(
            model_name="inboundevent",
            name="updated_in",
            field=models.BigIntegerField(
                db_default=models.Func(
                    function="punctual_transaction", output_field=models.BigIntegerField(), template="%(function)s()"
                )
            ),
        ),
        migrations.AddIndex(
            model_name="inboundevent",
            index=models.Index(
                condition=models.Q(("kind", "message")), fields=["organization", "updated_in"], name="inbound_updated"
            ),
        ),
        track("notifications_inboundevent"),
    ]
