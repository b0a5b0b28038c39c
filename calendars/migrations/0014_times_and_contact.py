"""What an appointment refers to of its event is the contact, too."""

from django.db import migrations
from django.db.models import UniqueConstraint

# The appointment's key refers to it; it is made anew in `appointments`.
DROP = "ALTER TABLE calendars_event DROP CONSTRAINT event_times CASCADE"
CREATE = 'ALTER TABLE calendars_event ADD CONSTRAINT event_times UNIQUE (id, start, "end")'


class Migration(migrations.Migration):
    dependencies = [("calendars", "0013_versions_of_calendars"), ("appointments", "0002_same_times")]

    operations = [
        migrations.RunSQL(
            DROP, CREATE, state_operations=[migrations.RemoveConstraint(model_name="event", name="event_times")]
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=UniqueConstraint(fields=("id", "start", "end", "contact"), name="event_times"),
        ),
    ]
