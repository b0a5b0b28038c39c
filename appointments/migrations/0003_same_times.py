"""The database refuses an appointment whose times or contact differ from its event's."""

from django.db import migrations

CREATE = """
ALTER TABLE appointments_appointment ADD CONSTRAINT appointment_times_of_event
    FOREIGN KEY (event_id, starts_at, ends_at, contact_id) REFERENCES calendars_event (id, start, "end", contact_id)
    DEFERRABLE INITIALLY DEFERRED
"""
DROP = "ALTER TABLE appointments_appointment DROP CONSTRAINT appointment_times_of_event"


class Migration(migrations.Migration):
    dependencies = [("appointments", "0002_wall"), ("calendars", "0003_triggers")]

    operations = [migrations.RunSQL(CREATE, DROP)]
