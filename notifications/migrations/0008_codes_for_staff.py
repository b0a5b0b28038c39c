"""Keep what staff is told as a code with values; the words are those of the reader's language."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0007_row_security")]

    operations = [
        migrations.AddField(
            model_name="staffitem",
            name="code",
            field=models.CharField(default="erased", max_length=40),
            preserve_default=False,
        ),
        migrations.AddField(model_name="staffitem", name="values", field=models.JSONField(blank=True, default=dict)),
        migrations.RemoveField(model_name="staffitem", name="summary"),
    ]
