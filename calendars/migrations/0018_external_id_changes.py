"""An event changes for programs that keep a copy when its external id does, too."""

from django.db import migrations

COLUMNS = (
    "title",
    "description",
    "start",
    '"end"',
    "time_zone",
    "all_day",
    "floating",
    "private",
    "creator_id",
    "end_recurring_period",
    "rule_id",
    "recurrence",
    "calendar_id",
    "notify_count",
    "status",
    "data",
    "parent_event_id",
    "occ_count",
    "contact_id",
    "on_closure",
    "closure",
    "closure_effect",
    "series_error",
    "paused_at",
    "cancelled_at",
    "version",
    "external_id",
)
TRIGGER = """
DROP TRIGGER row_changed ON calendars_event;
CREATE TRIGGER row_changed BEFORE UPDATE ON calendars_event FOR EACH ROW
    WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION punctual_row_changed();
"""


def _trigger(columns: tuple[str, ...]) -> str:
    old, new = (", ".join(f"{row}.{name}" for name in columns) for row in ("OLD", "NEW"))
    return TRIGGER.format(old=old, new=new)


class Migration(migrations.Migration):
    dependencies = [("calendars", "0017_alarms_of_plans")]

    operations = [
        migrations.RunSQL(_trigger(COLUMNS), _trigger(tuple(name for name in COLUMNS if name != "external_id"))),
    ]
