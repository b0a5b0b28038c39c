"""The history of visits, which triggers of their table write."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.migrations._wall import wall

REFERENCES = {"appointments_historyentry": {"appointment_id": "appointments_appointment"}}

# A definer's function: whoever changes a visit leaves its history, and nobody can write one without changing it.
# `punctual.actor` tells for the length of a transaction who acts.
CREATE = """
CREATE FUNCTION appointments_note_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    told jsonb := coalesce(nullif(current_setting('punctual.actor', true), ''), '{}')::jsonb;
    who text := coalesce(told ->> 'identity', '');
    called text := coalesce(told ->> 'name', '');
    through text := coalesce(told ->> 'channel', 'system');
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO appointments_historyentry (organization_id, appointment_id, kind, from_status, to_status,
            to_start, to_end, from_title, to_title, identity, name, channel)
        SELECT organization_id, id, 'booked', '', status, starts_at, ends_at, '', '', who, called, through
        FROM made ORDER BY id;
    ELSE
        INSERT INTO appointments_historyentry (organization_id, appointment_id, kind, from_status, to_status,
            from_start, to_start, from_end, to_end, from_title, to_title, identity, name, channel)
        SELECT made.organization_id, made.id,
            CASE WHEN made.status <> stood.status THEN 'status'
                WHEN (made.starts_at, made.ends_at) <> (stood.starts_at, stood.ends_at) THEN 'moved'
                ELSE 'renamed' END,
            stood.status, made.status, stood.starts_at, made.starts_at, stood.ends_at, made.ends_at,
            CASE WHEN made.title <> stood.title THEN stood.title ELSE '' END,
            CASE WHEN made.title <> stood.title THEN made.title ELSE '' END, who, called, through
        FROM made JOIN stood USING (id)
        WHERE (made.status, made.starts_at, made.ends_at, made.title)
            <> (stood.status, stood.starts_at, stood.ends_at, stood.title)
        ORDER BY made.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note_booking AFTER INSERT ON appointments_appointment REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION appointments_note_changes();
CREATE TRIGGER note_change AFTER UPDATE ON appointments_appointment REFERENCING OLD TABLE AS stood NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION appointments_note_changes();
"""
DROP = "DROP FUNCTION appointments_note_changes() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_tracking"),
        ("appointments", "0010_uuid_first"),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoryEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                (
                    "at",
                    models.DateTimeField(
                        db_default=models.Func(
                            function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                        )
                    ),
                ),
                ("kind", models.CharField(max_length=10)),
                ("from_status", models.CharField(blank=True, max_length=10)),
                ("to_status", models.CharField(max_length=10)),
                ("from_start", models.DateTimeField(blank=True, null=True)),
                ("to_start", models.DateTimeField()),
                ("from_end", models.DateTimeField(blank=True, null=True)),
                ("to_end", models.DateTimeField()),
                ("from_title", models.CharField(blank=True, max_length=255)),
                ("to_title", models.CharField(blank=True, max_length=255)),
                ("identity", models.CharField(blank=True, max_length=80)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("channel", models.CharField(max_length=10)),
                (
                    "appointment",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="history",
                        to="appointments.appointment",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="historyentry",
            index=models.Index(fields=["appointment", "id"], name="historyentry_of_visit"),
        ),
        wall(REFERENCES, {}),
        migrations.RunSQL(CREATE, DROP),
    ]
