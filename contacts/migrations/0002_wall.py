"""The wall around the tenant tables."""

from django.db import migrations

from accounts.migrations._wall import wall

REFERENCES = {
    "contacts_contact": {},
    "contacts_contactemail": {"contact_id": "contacts_contact"},
    "contacts_contactphone": {"contact_id": "contacts_contact"},
    "contacts_erasure": {"contact_id": "contacts_contact"},
    "contacts_retentionpolicy": {},
}
# What scans across organizations read and write.
SYSTEM_RIGHTS = {
    "contacts_contact": "SELECT",
    "contacts_contactemail": "SELECT",
    "contacts_contactphone": "SELECT",
}


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial"), ("accounts", "0002_wall")]

    operations = [wall(REFERENCES, SYSTEM_RIGHTS)]
