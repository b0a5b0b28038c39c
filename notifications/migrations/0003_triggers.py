"""The database refuses an illegal change of a delivery's state."""

from django.db import migrations

# Frozen copy of notifications.engine.states.TRANSITIONS; a test compares them.
LEGAL = [
    "accepted>delivered",
    "accepted>undelivered",
    "calling>accepted",
    "calling>delivered",
    "calling>failed",
    "calling>in_doubt",
    "calling>scheduled",
    "calling>suppressed",
    "calling>undelivered",
    "failed>scheduled",
    "in_doubt>accepted",
    "in_doubt>delivered",
    "in_doubt>failed",
    "in_doubt>scheduled",
    "in_doubt>suppressed",
    "in_doubt>undelivered",
    "in_doubt>unknown",
    "leased>accepted",
    "leased>calling",
    "leased>cancelled",
    "leased>failed",
    "leased>quarantined",
    "leased>scheduled",
    "leased>skipped",
    "leased>suppressed",
    "quarantined>scheduled",
    "scheduled>accepted",
    "scheduled>cancelled",
    "scheduled>failed",
    "scheduled>leased",
    "scheduled>quarantined",
    "scheduled>skipped",
    "scheduled>suppressed",
    "skipped>scheduled",
    "undelivered>delivered",
    "unknown>accepted",
    "unknown>delivered",
    "unknown>undelivered",
]

CREATE = """
CREATE FUNCTION notifications_delivery_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[{legal}]) THEN
        RAISE EXCEPTION 'delivery %: % cannot become %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'delivery_transition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_transition BEFORE UPDATE OF state ON notifications_delivery
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION notifications_delivery_transition();
""".format(legal=", ".join(f"'{pair}'" for pair in LEGAL))

DROP = """
DROP TRIGGER delivery_transition ON notifications_delivery;
DROP FUNCTION notifications_delivery_transition();
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_wall")]

    operations = [migrations.RunSQL(CREATE, DROP)]
