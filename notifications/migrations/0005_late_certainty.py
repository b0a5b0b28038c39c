"""Certainty that comes late ends a delivery: a receipt for a try that was taken for absent, a refusal after a doubt."""

from importlib import import_module

from django.db import migrations

# Frozen copy of notifications.engine.states.TRANSITIONS; a test compares them.
BEFORE = import_module("notifications.migrations.0002_delivery_transitions").LEGAL
LEGAL = sorted([*BEFORE, "in_doubt>suppressed", "leased>accepted", "scheduled>accepted"])

REPLACE = """
CREATE OR REPLACE FUNCTION notifications_delivery_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[{legal}]) THEN
        RAISE EXCEPTION 'delivery %: % cannot become %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'delivery_transition';
    END IF;
    RETURN NEW;
END $$;
"""


def replaced(legal: list[str]) -> str:
    """Return the statement that makes the trigger accept these changes."""
    return REPLACE.format(legal=", ".join(f"'{pair}'" for pair in legal))


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_ask_after_receipts")]

    operations = [migrations.RunSQL(replaced(LEGAL), replaced(BEFORE))]
