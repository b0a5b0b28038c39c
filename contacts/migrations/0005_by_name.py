"""A page of contacts is read in its order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0004_row_security")]

    operations = [
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["organization", "last_name", "first_name", "id"], name="contact_by_name"),
        ),
    ]
