"""Whatever way an alarm is deleted, its message does not leave any more."""

from django.db import migrations

# Services take messages back before they delete; cascades and plain SQL do not know of them.
CREATE = """
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
DROP = """
DROP TRIGGER alarm_deleted ON calendars_alarm;
DROP FUNCTION calendars_alarm_deleted();
"""


class Migration(migrations.Migration):
    dependencies = [("calendars", "0003_wall"), ("notifications", "0005_late_certainty")]

    operations = [migrations.RunSQL(CREATE, DROP)]
