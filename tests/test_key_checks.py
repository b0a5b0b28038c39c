"""PostgreSQL checks the keys of rows by an index of the key, in tables that have no statistics yet, too.

Any index that begins with the organization looks as good as the key's while a table is empty; of equals, PostgreSQL
takes the newest. A connection keeps the plan until the table is analysed, so that each row of a first large file would
be checked by reading all rows of the organization.
"""

import pytest
from django.apps import apps
from django.db import connection

from accounts.tenancy import TenantOwned
from calendars.models import Alarm, Event
from tests import factories

FIRST_BATCH = """
INSERT INTO new SELECT (jsonb_populate_record(e, jsonb_build_object(
    'id', number, 'start', e.start + make_interval(mins => number), 'end', e."end" + make_interval(mins => number)
))).* FROM calendars_event e, generate_series(1, 500) number
"""
COLUMNS = """
SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indexrelid
WHERE i.indexrelid = %s::regclass
"""
# Of these an organization has dozens at most.
SMALL = {"Provider", "Operatory", "AppointmentType", "ContactType"}
TENANTS = [model for model in apps.get_models() if issubclass(model, TenantOwned) and model.__name__ not in SMALL]
NAMED = [
    model
    for model in TENANTS
    if any(issubclass(each.related_model, TenantOwned) for each in model._meta.related_objects)
]


def index_of_check(table, more="", condition="id = $2"):
    """Return the columns of the index by which a composite key into a table is checked while it is new."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off")
        cursor.execute(f'CREATE TEMP TABLE new (LIKE "{table}" INCLUDING INDEXES) ON COMMIT DROP; {more}')
        cursor.execute(
            f"PREPARE key_check(bigint, bigint) AS SELECT FROM ONLY new WHERE organization_id = $1 AND {condition}"
        )
        cursor.execute("EXPLAIN (FORMAT JSON) EXECUTE key_check(1, 1)")
        node = cursor.fetchone()[0][0]["Plan"]
        cursor.execute("DEALLOCATE key_check")
        cursor.execute(COLUMNS, [node["Index Name"]])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("model", NAMED, ids=lambda model: model.__name__)
def test_keys_into_a_table_are_checked_by_their_own_index(db, model):
    assert index_of_check(model._meta.db_table) == ["organization_id", "id"]


def test_a_newer_index_that_begins_with_the_organization_is_found(db):
    more = "CREATE INDEX ON new (organization_id, title)"
    assert index_of_check(Event._meta.db_table, more) == ["organization_id", "title"]


@pytest.mark.parametrize("model", [Event, Alarm])
def test_what_changed_since_is_found_by_its_index(db, model):
    found = index_of_check(model._meta.db_table, condition="updated_in >= 5 ORDER BY updated_in")
    assert found == ["organization_id", "updated_in"]


def test_keys_into_a_first_batch_of_events_are_checked_by_their_own_index(world):
    factories.event(world)
    assert index_of_check(Event._meta.db_table, FIRST_BATCH) == ["organization_id", "id"]
