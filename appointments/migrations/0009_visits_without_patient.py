"""A visit without a patient is like its event too, and a notification that is deleted is not sent."""

from django.db import migrations

# A foreign key with a null in it is not looked at: of a visit without a patient, this asks what
# `appointment_times_of_event` asks of the others. A definer's function: at the commit no organization is chosen.
CREATE = """
CREATE FUNCTION appointments_same_as_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    visit bigint;
    of_event bigint;
BEGIN
    IF TG_TABLE_NAME = 'calendars_event' THEN
        of_event := NEW.id;
    ELSE
        of_event := NEW.event_id;
    END IF;
    SELECT a.id INTO visit FROM appointments_appointment a JOIN calendars_event e ON e.id = a.event_id
    WHERE a.event_id = of_event
        AND (a.starts_at, a.ends_at, a.contact_id) IS DISTINCT FROM (e.start, e."end", e.contact_id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'appointment % differs from its event', visit
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'appointment_times_of_event';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER same_as_event AFTER INSERT OR UPDATE ON appointments_appointment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.contact_id IS NULL) EXECUTE FUNCTION appointments_same_as_event();
CREATE CONSTRAINT TRIGGER same_as_visit AFTER UPDATE OF start, "end", contact_id ON calendars_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.contact_id IS NULL OR NEW.contact_id IS NULL)
        AND (OLD.start, OLD."end", OLD.contact_id) IS DISTINCT FROM (NEW.start, NEW."end", NEW.contact_id))
    EXECUTE FUNCTION appointments_same_as_event();
CREATE FUNCTION appointments_notification_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE notifications_delivery SET state = 'cancelled', reason = 'notification_deleted', lease_until = NULL
    WHERE origin = 'notification' AND origin_id = OLD.id AND organization_id = OLD.organization_id
        AND state IN ('scheduled', 'leased');
    RETURN NULL;
END $$;
CREATE TRIGGER notification_deleted AFTER DELETE ON appointments_appointmentnotification
    FOR EACH ROW EXECUTE FUNCTION appointments_notification_deleted();
"""
DROP = """
DROP FUNCTION appointments_same_as_event() CASCADE;
DROP FUNCTION appointments_notification_deleted() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0008_older_service"),
        ("calendars", "0003_triggers"),
        ("notifications", "0003_triggers"),
    ]

    operations = [migrations.RunSQL(CREATE, DROP)]
