"""The audit trail: rows that nobody changes or deletes, in chains that the database makes.

A row is written in the transaction of what it tells about, without any lock: writers never wait for each other. A
moment later, outside of it, `…_seal` gives the committed rows their places in the chain of the organization, under an
advisory lock that only sealers take. The hash covers the one before and the columns of the row.
"""

import datetime

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.tenancy
import config.kernel.clock
from accounts.wall import Wall

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
UNCHAIN = """
DROP FUNCTION {table}_seal(bigint, int);
DROP FUNCTION {table}_digest(text, {table});
DROP TRIGGER append_only ON {table};
DROP TRIGGER never_emptied ON {table};
"""


def protect(apps, schema_editor):
    """Make the chains, and take from the application's role what 0002 gave it on every table."""
    schema_editor.execute(GUARD)
    for table, owner in TABLES.items():
        row_owner = f"e.{owner}" if owner == "organization_id" else owner
        schema_editor.execute(CHAIN.format(table=table, owner=owner, row_owner=row_owner))
    role = settings.DATABASES["default"].get("USER")
    if role and role != schema_editor.connection.settings_dict.get("USER"):
        for table in TABLES:
            schema_editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {schema_editor.quote_name(role)}")


def unprotect(apps, schema_editor):
    """Take them away again."""
    for table in TABLES:
        schema_editor.execute(UNCHAIN.format(table=table))
    schema_editor.execute("DROP FUNCTION accounts_audit_guard()")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_trusted_issuers"),
    ]

    operations = [
        migrations.AlterField(
            model_name="tally",
            name="kind",
            field=models.CharField(
                choices=[
                    ("account", "wrong passwords for a name"),
                    ("address", "wrong passwords from an address"),
                    ("key", "requests of an API key"),
                    ("audit", "refusals that were written down"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="PlatformEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=config.kernel.clock.DatabaseNow(), editable=False)),
                ("identity", models.CharField(blank=True, help_text="Who, such as user:3 or key:7.", max_length=80)),
                ("name", models.CharField(blank=True, help_text="Who, in words.", max_length=200)),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("session", "signed in"),
                            ("basic", "Basic"),
                            ("key", "API key"),
                            ("jwt", "trusted issuer"),
                            ("support", "support access"),
                            ("patient", "patient"),
                            ("task", "by itself"),
                            ("command", "command"),
                            ("nobody", "not signed in"),
                        ],
                        max_length=10,
                    ),
                ),
                ("address", models.CharField(blank=True, help_text="From which network address.", max_length=45)),
                (
                    "agent",
                    models.CharField(blank=True, help_text="With which program, as it says itself.", max_length=120),
                ),
                ("action", models.CharField(max_length=40)),
                ("kind", models.CharField(blank=True, help_text="Of what, such as contacts.contact.", max_length=80)),
                ("object_id", models.CharField(blank=True, max_length=40)),
                ("changed", models.JSONField(blank=True, default=list, help_text="Names of the changed fields.")),
                (
                    "facts",
                    models.JSONField(
                        blank=True, default=dict, help_text="Counts, roles, times, reasons; no patient's data."
                    ),
                ),
                (
                    "position",
                    models.BigIntegerField(blank=True, editable=False, help_text="Place in the chain.", null=True),
                ),
                (
                    "hash",
                    models.CharField(
                        blank=True, editable=False, help_text="SHA-256 over the one before and this.", max_length=64
                    ),
                ),
            ],
            options={
                "verbose_name": "platform entry",
                "verbose_name_plural": "platform entries",
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(condition=models.Q(("position", None)), fields=["id"], name="platform_entry_unsealed")
                ],
                "constraints": [models.UniqueConstraint(fields=("position",), name="platform_entry_position")],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=config.kernel.clock.DatabaseNow(), editable=False)),
                ("identity", models.CharField(blank=True, help_text="Who, such as user:3 or key:7.", max_length=80)),
                ("name", models.CharField(blank=True, help_text="Who, in words.", max_length=200)),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("session", "signed in"),
                            ("basic", "Basic"),
                            ("key", "API key"),
                            ("jwt", "trusted issuer"),
                            ("support", "support access"),
                            ("patient", "patient"),
                            ("task", "by itself"),
                            ("command", "command"),
                            ("nobody", "not signed in"),
                        ],
                        max_length=10,
                    ),
                ),
                ("address", models.CharField(blank=True, help_text="From which network address.", max_length=45)),
                (
                    "agent",
                    models.CharField(blank=True, help_text="With which program, as it says itself.", max_length=120),
                ),
                ("action", models.CharField(max_length=40)),
                ("kind", models.CharField(blank=True, help_text="Of what, such as contacts.contact.", max_length=80)),
                ("object_id", models.CharField(blank=True, max_length=40)),
                ("changed", models.JSONField(blank=True, default=list, help_text="Names of the changed fields.")),
                (
                    "facts",
                    models.JSONField(
                        blank=True, default=dict, help_text="Counts, roles, times, reasons; no patient's data."
                    ),
                ),
                (
                    "position",
                    models.BigIntegerField(blank=True, editable=False, help_text="Place in the chain.", null=True),
                ),
                (
                    "hash",
                    models.CharField(
                        blank=True, editable=False, help_text="SHA-256 over the one before and this.", max_length=64
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_constraint=False,
                        default=accounts.tenancy.current_id,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(fields=["organization", "-at"], name="audit_entry_at"),
                    models.Index(fields=["organization", "kind", "object_id"], name="audit_entry_object"),
                    models.Index(
                        condition=models.Q(("position", None)), fields=["organization"], name="audit_entry_unsealed"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "position"), name="audit_entry_position")
                ],
            },
        ),
        migrations.CreateModel(
            name="SupportAccess",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        help_text="The organization reads it.",
                        max_length=300,
                        validators=[django.core.validators.MinLengthValidator(10)],
                    ),
                ),
                (
                    "with_people",
                    models.BooleanField(
                        default=False,
                        help_text="Members, API keys, trusted issuers, the organization.",
                        verbose_name="may manage people and keys",
                    ),
                ),
                (
                    "with_exports",
                    models.BooleanField(
                        default=False,
                        help_text="Export all that is known about a patient, or erase them.",
                        verbose_name="may export and erase",
                    ),
                ),
                ("starts_at", models.DateTimeField(db_default=config.kernel.clock.DatabaseNow(), editable=False)),
                ("ends_at", models.DateTimeField(editable=False)),
                (
                    "ended_at",
                    models.DateTimeField(blank=True, editable=False, help_text="When it was ended early.", null=True),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        default=accounts.tenancy.current_id,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "support access",
                "verbose_name_plural": "support accesses",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["person", "-ends_at"], name="support_access_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__gt", models.F("starts_at")),
                            (
                                "ends_at__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("starts_at"), "+", models.Value(datetime.timedelta(seconds=28800))
                                ),
                            ),
                        ),
                        name="support_access_hours",
                    )
                ],
            },
        ),
        migrations.RunPython(protect, unprotect),
        Wall("accounts"),
    ]
