"""Global types of contacts: the four of the older service, and every organization's copies of them.

Triggers keep the copies, so that an organization has them however it was made. They run as the owner: a platform
administrator, who changes a global type, works for no organization.
"""

from django.db import migrations

NAMES = ("Customer", "Supplier", "Producer", "Personnel")
FUNCTIONS = """
CREATE FUNCTION contacts_organization_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO contacts_contacttype (organization_id, uuid, name, is_global)
    SELECT NEW.id, g.uuid, g.name, true FROM contacts_globalcontacttype g
    ON CONFLICT (organization_id, uuid) DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION contacts_global_type_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO contacts_contacttype (organization_id, uuid, name, is_global)
        SELECT o.id, NEW.uuid, NEW.name, true FROM accounts_organization o
        ON CONFLICT (organization_id, uuid) DO NOTHING;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE contacts_contacttype SET name = NEW.name WHERE uuid = NEW.uuid AND is_global;
    ELSE
        UPDATE contacts_contact c SET contact_type_id = NULL FROM contacts_contacttype t
        WHERE t.uuid = OLD.uuid AND t.is_global
            AND c.organization_id = t.organization_id AND c.contact_type_id = t.id;
        DELETE FROM contacts_contacttype WHERE uuid = OLD.uuid AND is_global;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contact_types AFTER INSERT ON accounts_organization
    FOR EACH ROW EXECUTE FUNCTION contacts_organization_added();
CREATE TRIGGER copies AFTER INSERT OR UPDATE OR DELETE ON contacts_globalcontacttype
    FOR EACH ROW EXECUTE FUNCTION contacts_global_type_changed();
"""
DROP_FUNCTIONS = """
DROP FUNCTION contacts_organization_added() CASCADE;
DROP FUNCTION contacts_global_type_changed() CASCADE;
"""


def seed(apps, schema_editor):
    """Make the four; the triggers copy them."""
    rows = apps.get_model("contacts", "GlobalContactType").objects.using(schema_editor.connection.alias)
    for name in NAMES:
        rows.create(name=name)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0005_contact_fields")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
