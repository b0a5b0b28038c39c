"""Events may be whole days, or float: be at the same time on the clock wherever their calendar's zone is."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_public_holidays"),
        ("calendars", "0010_one_key_each"),
        ("contacts", "0005_by_name"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="all_day",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Whole days; the end is not included."
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="floating",
            field=models.BooleanField(
                db_default=False, default=False, help_text="The same time on the clock anywhere."
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(condition=~Q(all_day=True, floating=True), name="event_one_kind"),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=Q(all_day=False) | Q(end__gt=F("start")), name="event_day_has_length"
            ),
        ),
    ]
