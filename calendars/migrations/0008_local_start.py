"""Events remember the wall-clock time that was meant, for the day on which a zone changes its rules."""

from django.db import migrations, models

# Whoever changes the time and forgets the wall clock leaves none, rather than a wrong one.
CREATE = """
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
DROP = """
DROP TRIGGER event_retimed ON calendars_event;
DROP FUNCTION calendars_event_retimed();
"""


class Migration(migrations.Migration):
    dependencies = [("calendars", "0007_calendar_files")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="local_start",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=15),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
