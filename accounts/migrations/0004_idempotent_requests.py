"""What was asked under an Idempotency-Key, and its answer."""

import django.db.models.deletion
from django.db import migrations, models

import accounts.tenancy
import config.kernel.clock
import config.kernel.crypto
from accounts.wall import Wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_wall"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdempotentRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("actor", models.CharField(help_text="Who asked, such as key:7 or user:3.", max_length=60)),
                ("key", models.CharField(max_length=255)),
                ("path", models.CharField(help_text="The address, shortened.", max_length=200)),
                (
                    "fingerprint",
                    models.CharField(help_text="SHA-256 of the address, the kind and the body.", max_length=64),
                ),
                ("fence", models.PositiveIntegerField(default=1)),
                ("lease_until", models.DateTimeField()),
                (
                    "status",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="HTTP status; empty while it runs.", null=True
                    ),
                ),
                ("answer", config.kernel.crypto.EncryptedJSONField(blank=True, default=dict)),
                ("created_at", models.DateTimeField(db_default=config.kernel.clock.DatabaseNow(), editable=False)),
                (
                    "organization",
                    models.ForeignKey(
                        default=accounts.tenancy.current_id,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "idempotent request",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["created_at"], name="idempotent_request_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "actor", "key"), name="idempotent_request_once")
                ],
            },
        ),
        Wall("accounts"),
    ]
