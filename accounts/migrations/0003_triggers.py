"""The audit trail: rows that nobody changes or deletes, in chains that the database makes.

A row is written in the transaction of what it tells about, without any lock: writers never wait for each other. A
moment later, outside of it, `…_seal` gives the committed rows their places in the chain of the organization, under an
advisory lock that only sealers take. The hash covers the one before and the columns of the row.
"""

from django.db import migrations

from accounts.migrations._wall import application

# Table, and the organization of a row in SQL.
TABLES = {"accounts_auditentry": "organization_id", "accounts_platformentry": "0"}

GUARD = """
CREATE FUNCTION accounts_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.at := punctual_now();
        NEW.position := NULL;
        NEW.hash := '';
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.position IS NULL AND NEW.position IS NOT NULL
       AND to_jsonb(NEW) - 'position' - 'hash' = to_jsonb(OLD) - 'position' - 'hash' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The audit trail is append-only.' USING ERRCODE = 'insufficient_privilege';
END $$
"""

# A definer's function: the application may seal, in this way only.
CHAIN = """
CREATE FUNCTION {table}_digest(before text, e {table}) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(before || jsonb_build_array(
        {row_owner}, e.id, (extract(epoch FROM e.at) * 1000000)::bigint, e.identity, e.name, e.via, e.address, e.agent,
        e.action, e.kind, e.object_id, e.changed, e.facts)::text, 'UTF8')), 'hex')
$$;
CREATE FUNCTION {table}_seal(owner bigint, most int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    e {table};
    place bigint;
    mark text;
    done int := 0;
BEGIN
    -- Another sealer is at it: there is nothing to wait for.
    IF NOT pg_try_advisory_xact_lock(hashtext('{table}'), owner::int) THEN
        RETURN 0;
    END IF;
    SELECT position, hash INTO place, mark FROM {table}
        WHERE {owner} = owner AND position IS NOT NULL ORDER BY position DESC LIMIT 1;
    place := coalesce(place, 0);
    mark := coalesce(mark, '');
    FOR e IN SELECT * FROM {table} WHERE {owner} = owner AND position IS NULL ORDER BY id LIMIT most LOOP
        place := place + 1;
        mark := {table}_digest(mark, e);
        UPDATE {table} SET position = place, hash = mark WHERE id = e.id;
        done := done + 1;
    END LOOP;
    RETURN done;
END $$;
CREATE TRIGGER append_only BEFORE INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION accounts_audit_guard();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION accounts_audit_guard();
"""


def protect(apps, schema_editor):
    """Make the chains, and take from the application's role what it may do with every other table."""
    schema_editor.execute(GUARD)
    for table, owner in TABLES.items():
        row_owner = f"e.{owner}" if owner == "organization_id" else owner
        schema_editor.execute(CHAIN.format(table=table, owner=owner, row_owner=row_owner))
    if role := application(schema_editor):
        for table in TABLES:
            schema_editor.execute(f'REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM "{role}"')


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_wall")]

    operations = [migrations.RunPython(protect, migrations.RunPython.noop)]
