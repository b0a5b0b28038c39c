"""How long things are kept, and the record of erasures."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.tenancy
from accounts.wall import Wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_wall"),
        ("contacts", "0002_wall"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(editable=False, max_length=16)),
                ("erased_at", models.DateTimeField()),
                ("counts", models.JSONField(default=dict)),
                (
                    "contact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="erasure", to="contacts.contact"
                    ),
                ),
                (
                    "erased_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="RetentionPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "text_days",
                    models.PositiveIntegerField(
                        default=365,
                        help_text="What messages said, after they were of use, and what patients wrote. 0: kept.",
                    ),
                ),
                (
                    "raw_days",
                    models.PositiveIntegerField(
                        default=90, help_text="What providers brought, as it came in. 0: kept."
                    ),
                ),
                (
                    "staff_item_days",
                    models.PositiveIntegerField(default=365, help_text="Things for staff, once done. 0: kept."),
                ),
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
                "verbose_name_plural": "retention policies",
                "constraints": [models.UniqueConstraint(fields=("organization",), name="retention_policy_once")],
            },
        ),
        Wall("contacts"),
    ]
