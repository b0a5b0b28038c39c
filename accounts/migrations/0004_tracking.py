"""When rows changed, and which are gone: what all apps share, and the columns of clinics."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.migrations._tracking import DROP_FUNCTIONS, FUNCTIONS, track
from accounts.migrations._wall import wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_triggers"),
    ]

    operations = [
        # Before any table: defaults call them.
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.AddField(
            model_name="clinic",
            name="updated_at",
            field=models.DateTimeField(
                db_default=models.Func(
                    function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                )
            ),
        ),
        migrations.AddField(
            model_name="clinic",
            name="updated_in",
            field=models.BigIntegerField(
                db_default=models.Func(
                    function="punctual_transaction", output_field=models.BigIntegerField(), template="%(function)s()"
                )
            ),
        ),
        migrations.CreateModel(
            name="TransactionMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                (
                    "at",
                    models.DateTimeField(
                        db_default=models.Func(
                            function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                        )
                    ),
                ),
                ("oldest", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["at", "oldest"], name="transaction_mark_at")],
            },
        ),
        migrations.CreateModel(
            name="DeletedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=63)),
                ("object_id", models.BigIntegerField()),
                (
                    "deleted_at",
                    models.DateTimeField(
                        db_default=models.Func(
                            function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                        )
                    ),
                ),
                (
                    "deleted_in",
                    models.BigIntegerField(
                        db_default=models.Func(
                            function="punctual_transaction",
                            output_field=models.BigIntegerField(),
                            template="%(function)s()",
                        )
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "kind", "object_id"), name="deleted_row_once")
                ],
            },
        ),
        track("accounts_clinic"),
        wall({"accounts_deletedrow": {}}, {}),
    ]
