"""Triggers of alarms and events, and the rules of the older module."""

from django.db import migrations

# Services take messages back before they delete; cascades and plain SQL do not know of them.
ALARM_DELETED = """
CREATE FUNCTION calendars_alarm_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE notifications_delivery SET state = 'cancelled', reason = 'alarm_deleted', lease_until = NULL
    WHERE origin = 'alarm' AND origin_id = OLD.id AND organization_id = OLD.organization_id
        AND state IN ('scheduled', 'leased');
    RETURN NULL;
END $$;
CREATE TRIGGER alarm_deleted AFTER DELETE ON calendars_alarm
    FOR EACH ROW EXECUTE FUNCTION calendars_alarm_deleted();
"""
# Whoever changes the time and forgets the wall clock leaves none, rather than a wrong one.
EVENT_RETIMED = """
CREATE FUNCTION calendars_event_retimed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.local_start := '';
    RETURN NEW;
END $$;
CREATE TRIGGER event_retimed BEFORE UPDATE OF start, time_zone ON calendars_event FOR EACH ROW
    WHEN ((NEW.start, NEW.time_zone) IS DISTINCT FROM (OLD.start, OLD.time_zone) AND NEW.local_start = OLD.local_start
        AND OLD.local_start <> '' AND current_setting('punctual.same_wall_time', true) IS DISTINCT FROM 'yes')
    EXECUTE FUNCTION calendars_event_retimed();
"""
# Whoever writes an event, one by one or by the thousand, its time of change is kept; `expanded_until` and the like,
# which no calendar shows, leave it alone.
TOUCH = """
CREATE FUNCTION calendars_event_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at := punctual_now();
    RETURN NEW;
END $$;
CREATE TRIGGER touch BEFORE UPDATE ON calendars_event FOR EACH ROW
WHEN ((OLD.version, OLD.title, OLD.description, OLD.start, OLD."end", OLD.time_zone, OLD.recurrence, OLD.rule_id,
       OLD.end_recurring_period, OLD.calendar_id, OLD.cancelled_at, OLD.series_ended, OLD.paused_at)
   IS DISTINCT FROM
      (NEW.version, NEW.title, NEW.description, NEW.start, NEW."end", NEW.time_zone, NEW.recurrence, NEW.rule_id,
       NEW.end_recurring_period, NEW.calendar_id, NEW.cancelled_at, NEW.series_ended, NEW.paused_at))
EXECUTE FUNCTION calendars_event_touch();
"""
DROP = """
DROP FUNCTION calendars_alarm_deleted() CASCADE;
DROP FUNCTION calendars_event_retimed() CASCADE;
DROP FUNCTION calendars_event_touch() CASCADE;
"""
# The five rules of the older module, under their numbers (3 was never there).
SEEDED = [
    (1, "Monthly", "will repeat every month", "MONTHLY", None),
    (2, "Weekly (Monday-Friday) R-10", "will repeat on weekdays, ten times", "WEEKLY", "count:10;byweekday:0,1,2,3,4"),
    (4, "Weekly (Monday-Friday)", "will repeat on weekdays", "WEEKLY", "byweekday:0,1,2,3,4"),
    (5, "Yearly", "will repeat every year", "YEARLY", None),
    (6, "Daily", "will repeat every day", "DAILY", None),
]


def seed(apps, schema_editor):
    """Insert the rules, and let new ones be numbered after them."""
    rows = apps.get_model("calendars", "Rule").objects.using(schema_editor.connection.alias)
    rows.bulk_create(
        [
            rows.model(id=pk, name=name, description=description, frequency=frequency, params=params)
            for pk, name, description, frequency, params in SEEDED
        ],
        ignore_conflicts=True,
    )
    schema_editor.execute("ALTER TABLE calendars_rule ALTER COLUMN id RESTART WITH 7")


class Migration(migrations.Migration):
    dependencies = [("calendars", "0002_wall")]

    operations = [
        migrations.RunSQL(ALARM_DELETED + EVENT_RETIMED + TOUCH, DROP),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
