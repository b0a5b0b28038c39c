"""What the limits on passwords and keys count."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_idempotent_requests"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("account", "wrong passwords for a name"),
                            ("address", "wrong passwords from an address"),
                            ("key", "requests of an API key"),
                        ],
                        max_length=10,
                    ),
                ),
                ("hash", models.CharField(help_text="Keyed hash of whom is counted.", max_length=64)),
                (
                    "taken",
                    models.PositiveIntegerField(help_text="Places taken in this window, also by what is under way."),
                ),
                ("wrong", models.PositiveIntegerField(default=0, help_text="How many of them turned out wrong.")),
                ("started_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(help_text="When the window, or the pause after it, is over.")),
            ],
            options={
                "verbose_name_plural": "tallies",
                "ordering": ["-id"],
                "constraints": [models.UniqueConstraint(fields=("kind", "hash"), name="tally_once")],
            },
        ),
    ]
