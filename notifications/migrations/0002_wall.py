"""The wall around the tenant tables."""

from django.db import migrations

from accounts.migrations._wall import wall

REFERENCES = {
    "notifications_attempt": {"delivery_id": "notifications_delivery", "gateway_id": "notifications_gateway"},
    "notifications_delivery": {
        "contact_id": "contacts_contact",
        "gateway_id": "notifications_gateway",
        "mail_template_id": "notifications_mailtemplate",
        "sms_template_id": "notifications_smstemplate",
    },
    "notifications_gateway": {},
    "notifications_inboundevent": {
        "attempt_id": "notifications_attempt",
        "delivery_id": "notifications_delivery",
        "gateway_id": "notifications_gateway",
    },
    "notifications_mailtemplate": {},
    "notifications_replytext": {},
    "notifications_smstemplate": {},
    "notifications_staffitem": {
        "contact_id": "contacts_contact",
        "delivery_id": "notifications_delivery",
        "inbound_id": "notifications_inboundevent",
    },
    "notifications_suppression": {},
}
# What scans across organizations read and write.
SYSTEM_RIGHTS = {
    "notifications_attempt": "SELECT, INSERT, UPDATE",
    "notifications_delivery": "SELECT, INSERT, UPDATE",
    "notifications_gateway": "SELECT, UPDATE",
    "notifications_inboundevent": "SELECT",
    "notifications_mailtemplate": "SELECT",
    "notifications_replytext": "SELECT",
    "notifications_smstemplate": "SELECT",
    "notifications_staffitem": "SELECT, INSERT, UPDATE",
    "notifications_suppression": "SELECT, INSERT",
}


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), ("contacts", "0002_wall")]

    operations = [wall(REFERENCES, SYSTEM_RIGHTS)]
