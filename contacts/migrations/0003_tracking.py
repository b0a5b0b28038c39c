"""When contacts changed, with their numbers and addresses, and which are gone."""

from django.db import migrations, models

from accounts.migrations._tracking import track

# A contact is told with its numbers and addresses, so that a change of these is one of the contact.
PART_CHANGED = """
CREATE FUNCTION contacts_part_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contacts_contact c SET updated_at = punctual_now(), updated_in = punctual_transaction()
    FROM (SELECT DISTINCT organization_id, contact_id FROM part) p
    WHERE c.organization_id = p.organization_id AND c.id = p.contact_id AND c.updated_in <> punctual_transaction();
    RETURN NULL;
END $$;
"""
TRIGGERS = """
CREATE TRIGGER part_added AFTER INSERT ON {table} REFERENCING NEW TABLE AS part
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_part_changed();
CREATE TRIGGER part_changed AFTER UPDATE ON {table} REFERENCING NEW TABLE AS part
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_part_changed();
CREATE TRIGGER part_deleted AFTER DELETE ON {table} REFERENCING OLD TABLE AS part
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_part_changed();
"""
PARTS = PART_CHANGED + "".join(
    TRIGGERS.format(table=table) for table in ("contacts_contactphone", "contacts_contactemail")
)
DROP_PARTS = "DROP FUNCTION contacts_part_changed() CASCADE"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_tracking"),
        ("contacts", "0002_wall"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="updated_at",
            field=models.DateTimeField(
                db_default=models.Func(
                    function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                )
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="updated_in",
            field=models.BigIntegerField(
                db_default=models.Func(
                    function="punctual_transaction", output_field=models.BigIntegerField(), template="%(function)s()"
                )
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["organization", "updated_in"], name="contact_updated"),
        ),
        track("contacts_contact"),
        migrations.RunSQL(PARTS, DROP_PARTS),
    ]
