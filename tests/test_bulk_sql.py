"""PostgreSQL reads the arrays that are written for it as they were meant."""

from datetime import UTC, datetime

from django.db import connection

from config.kernel.bulk_sql import arrays

NOON = datetime(2026, 11, 23, 12, 0, 0, 7, tzinfo=UTC)
ROWS = [(1, 'a "b" \\ {c}, d', NOON, True), (2, "", None, False), (-3, "NULL", NOON, True), (4, " é\n'", None, False)]
READ = "SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::boolean[])"


def test_rows_come_back_as_they_went(db):
    with connection.cursor() as cursor:
        cursor.execute(READ, arrays(ROWS))
        assert cursor.fetchall() == ROWS


def test_columns_are_plain_text():
    assert arrays([(1, "a"), (2, 'b"')]) == ["{1,2}", '{"a","b\\""}']
