"""A page of the calendar asks what goes on from before it, without a look at all that ever began."""

from datetime import timedelta

from django.db import migrations, models
from django.db.models import DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.lookups import GreaterThan

LASTS = ExpressionWrapper(F("end") - F("start"), output_field=DurationField())


class Migration(migrations.Migration):
    dependencies = [("calendars", "0011_all_day_and_floating")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                fields=["organization", "end"],
                condition=Q(GreaterThan(LASTS, Value(timedelta(days=1)))),
                name="event_long",
            ),
        )
    ]
