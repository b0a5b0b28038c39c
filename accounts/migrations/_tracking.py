"""The triggers of rows that tell when they changed. They stay as they are, whatever becomes of `accounts.tracking`."""

from django.db import migrations, models

FUNCTIONS = """
CREATE FUNCTION punctual_transaction() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT pg_current_xact_id()::text::bigint
$$;
CREATE FUNCTION punctual_row_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := punctual_now();
    NEW.updated_in := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;
-- A definer's function: also a scan across organizations may delete.
CREATE FUNCTION punctual_row_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO accounts_deletedrow (organization_id, kind, object_id)
    SELECT organization_id, TG_TABLE_NAME, id FROM gone
    ON CONFLICT (organization_id, kind, object_id)
        DO UPDATE SET deleted_at = excluded.deleted_at, deleted_in = excluded.deleted_in;
    RETURN NULL;
END $$;
"""
DROP_FUNCTIONS = """
DROP FUNCTION punctual_row_deleted() CASCADE;
DROP FUNCTION punctual_row_changed() CASCADE;
DROP FUNCTION punctual_transaction() CASCADE;
"""
TRIGGERS = """
CREATE TRIGGER row_changed BEFORE UPDATE ON {table} FOR EACH ROW
    WHEN ({old} IS DISTINCT FROM {new}) EXECUTE FUNCTION punctual_row_changed();
CREATE TRIGGER row_deleted AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION punctual_row_deleted();
"""
DROP_TRIGGERS = """
DROP TRIGGER row_changed ON {table};
DROP TRIGGER row_deleted ON {table};
"""


def columns(model):
    """Return the operations that give a model the columns of a tracked row."""
    at, number = models.DateTimeField(), models.BigIntegerField()
    now = models.Func(function="punctual_now", output_field=at, template="%(function)s()")
    transaction = models.Func(function="punctual_transaction", output_field=number, template="%(function)s()")
    return [
        migrations.AddField(model, "updated_at", models.DateTimeField(db_default=now)),
        migrations.AddField(model, "updated_in", models.BigIntegerField(db_default=transaction)),
    ]


def track(table, columns=()):
    """Return the operation that tracks a table; with columns, only a change of these counts."""
    old, new = (
        f"({', '.join(f'{row}.{name}' for name in columns)})" if columns else f"{row}.*" for row in ("OLD", "NEW")
    )
    return migrations.RunSQL(TRIGGERS.format(table=table, old=old, new=new), DROP_TRIGGERS.format(table=table))
