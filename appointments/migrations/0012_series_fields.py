"""What a series of visits has otherwise than its first one, which was changed alone."""

import django.core.serializers.json
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0011_visit_history")]

    operations = [
        migrations.AddField(
            "appointment",
            "series_fields",
            models.JSONField(blank=True, encoder=django.core.serializers.json.DjangoJSONEncoder, null=True),
        )
    ]
