"""Numbers for the contacts that there are, in the order in which they were made."""

from django.db import migrations

NUMBER = """
UPDATE contacts_contact c SET customer_id = 10000 + n.place
FROM (SELECT id, row_number() OVER (PARTITION BY organization_id ORDER BY id) AS place FROM contacts_contact) n
WHERE n.id = c.id
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0006_global_contact_types")]

    operations = [migrations.RunSQL(NUMBER, migrations.RunSQL.noop)]
