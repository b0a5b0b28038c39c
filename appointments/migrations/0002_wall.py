"""The wall around the tenant tables."""

from django.db import migrations

from accounts.migrations._wall import wall

REFERENCES = {
    "appointments_appointment": {
        "clinic_id": "accounts_clinic",
        "contact_id": "contacts_contact",
        "event_id": "calendars_event",
    },
}
# What scans across organizations read and write.
SYSTEM_RIGHTS = {}


class Migration(migrations.Migration):
    dependencies = [("appointments", "0001_initial"), ("calendars", "0002_wall")]

    operations = [wall(REFERENCES, SYSTEM_RIGHTS)]
