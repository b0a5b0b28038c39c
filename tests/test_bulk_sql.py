"""PostgreSQL reads the arrays that are written for it as they were meant."""

from datetime import UTC, datetime

from django.db import connection

from accounts import tenancy
from calendars.models import CalendarImport, ImportedComponent
from config.kernel.bulk_sql import arrays, insert_values

NOON = datetime(2026, 11, 23, 12, 0, 0, 7, tzinfo=UTC)
ROWS = [(1, 'a "b" \\ {c}, d', NOON, True), (2, "", None, False), (-3, "NULL", NOON, True), (4, " é\n'", None, False)]
READ = "SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::boolean[])"


def test_rows_come_back_as_they_went(db):
    with connection.cursor() as cursor:
        cursor.execute(READ, arrays(ROWS))
        assert cursor.fetchall() == ROWS


def test_columns_are_plain_text():
    assert arrays([(1, "a"), (2, 'b"')]) == ["{1,2}", '{"a","b\\""}']


def test_inserted_rows_have_what_is_the_same_in_all_of_them_and_what_differs(world):
    with tenancy.tenant(world.organization.pk):
        source = CalendarImport.objects.create(calendar=world.calendar)
        own = {"organization_id": world.organization.pk, "source_id": source.pk, "event_id": None, "version": None}
        rows = [{**own, "line": n, "uid": f"{n}", "result": "new", "notes": ["a"], "before": {}} for n in (7, 9)]
        names = [name.removesuffix("_id") for name in rows[0]]
        keys = insert_values(ImportedComponent, names, [tuple(row.values()) for row in rows])
        assert list(source.components.values(*rows[0])) == rows
        assert keys == list(source.components.values_list("pk", flat=True))


def test_of_no_rows_none_are_inserted():
    assert insert_values(ImportedComponent, ("line",), []) == []
