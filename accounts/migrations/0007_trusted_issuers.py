"""Other systems whose signed tokens let their people act."""

import django.db.models.deletion
from django.db import migrations, models

import accounts.engine.roles
import accounts.models
import accounts.tenancy
import config.kernel.clock
from accounts.wall import Wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_api_key_scopes"),
    ]

    operations = [
        migrations.CreateModel(
            name="TrustedIssuer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("issuer", models.CharField(help_text="What stands in the tokens as iss.", max_length=200)),
                ("audience", models.CharField(help_text="What must stand in the tokens as aud.", max_length=200)),
                (
                    "public_key",
                    models.TextField(
                        help_text="PEM, 2048 bits or more; several, one below the other, while it changes its key.",
                        max_length=20000,
                        validators=[accounts.models.validate_public_key],
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "Owner"), ("manager", "Manager"), ("staff", "Staff"), ("viewer", "Viewer")],
                        default=accounts.engine.roles.Role["STAFF"],
                        help_text="What its people may.",
                        max_length=10,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
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
                "ordering": ["issuer", "id"],
                "constraints": [models.UniqueConstraint(fields=("organization", "issuer"), name="trusted_issuer_once")],
            },
        ),
        Wall("accounts"),
    ]
