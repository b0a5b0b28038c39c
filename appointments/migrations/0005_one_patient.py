"""The database refuses an appointment whose times or patient differ from its event's; rows count their changes."""

from django.db import migrations, models

CREATE = """
ALTER TABLE appointments_appointment ADD CONSTRAINT appointment_times_of_event
    FOREIGN KEY (event_id, starts_at, ends_at, contact_id) REFERENCES calendars_event (id, start, "end", contact_id)
    DEFERRABLE INITIALLY DEFERRED
"""
DROP = "ALTER TABLE appointments_appointment DROP CONSTRAINT appointment_times_of_event"


class Migration(migrations.Migration):
    dependencies = [("appointments", "0004_row_security"), ("calendars", "0014_times_and_contact")]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="changes",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
