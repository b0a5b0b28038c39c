"""Rows with which many tests begin: made once per process, and put back with one call from then on."""

import json
import pickle
from datetime import datetime

from django.core.cache import cache
from django.db import connection, models

from accounts import database_scope
from tests.unrestricted import CLEANER, UNRESTRICTED

# The columns that a row is put back with, and whether the database fills them in by its clock.
COLUMNS = """
SELECT c.table_name, c.column_name, coalesce(c.column_default LIKE 'punctual_now%', false)
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
ORDER BY c.table_name, c.ordinal_position
"""
# No trigger writes a second time what it wrote when the rows were made, such as the history of a visit.
RESTORING = """
SELECT set_config('session_replication_role', 'replica', true);
{};
SELECT punctual_now(), set_config('session_replication_role', 'origin', true)
"""
# Full from the start, and never part of what a test makes.
STANDING = {"django_migrations", "django_content_type", "auth_permission", "django_session"}


class SavedRows:
    """The rows that a function made, and what it returned; the rows have the same numbers every time.

    Rows dated by the database are dated anew; a function that dates rows itself is only for tests with `clock`.
    """

    def __init__(self, make):
        self.make, self.kept, self.sql, self.dated = make, b"", "", {}

    def restore(self, *given):
        """Put the rows into the database, as if the function had made them now; return what it returned."""
        # What is remembered of rows with these numbers is about those of an earlier test.
        cache.clear()
        if not self.kept:
            with database_scope.entered(UNRESTRICTED):
                return self._first(given)
        with database_scope.entered(CLEANER), connection.cursor() as cursor:
            cursor.execute(self.sql)
            return self._at(cursor.fetchone()[0], pickle.loads(self.kept))

    def _first(self, given):
        """Make the rows as everybody does, and keep them."""
        columns, before, start = _columns(), _rows(), _moment()
        made = self.make(*given)
        end = _moment()
        parts = []
        for table, rows in _rows().items():
            added = [row for key, row in rows.items() if key not in before.get(table, {})]
            if added:
                self.dated[table] = _dated(columns[table], added, start, end)
                parts.append(_insertion(table, set(columns[table]) - self.dated[table], added))
        self.sql = RESTORING.format(";\n".join(parts))
        self.kept = pickle.dumps(made)
        return self._at(end, made)

    def _at(self, moment, made):
        """Give the rows that were returned the moment at which they were put there."""
        for row in vars(made).values() if made else ():
            if isinstance(row, models.Model):
                vars(row).update(dict.fromkeys(self.dated[row._meta.db_table], moment))
        return made


def _columns():
    found: dict[str, dict[str, bool]] = {}
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, column, is_dated in cursor.fetchall():
            found.setdefault(table, {})[column] = is_dated
    return {table: kept for table, kept in found.items() if table not in STANDING}


def _rows():
    """Return all rows of all tables, as JSON does, by table and number."""
    parts = [f"SELECT '{table}', json_agg(t) FROM {table} t" for table in _columns()]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts).replace("%", "%%"))
        return {table: {json.dumps(row.get("id", row)): row for row in rows or ()} for table, rows in cursor.fetchall()}


def _moment():
    with connection.cursor() as cursor:
        cursor.execute("SELECT punctual_now()")
        return cursor.fetchone()[0]


def _dated(columns, rows, start, end):
    """Name the columns that hold nothing but the moment at which the rows were made."""
    return {
        name
        for name, is_dated in columns.items()
        if is_dated and all(row[name] and start <= datetime.fromisoformat(row[name]) <= end for row in rows)
    }


def _insertion(table, columns, rows):
    names = ", ".join(sorted(f'"{name}"' for name in columns))
    with connection.cursor() as cursor:
        values = cursor.mogrify("%s", [json.dumps(rows)]).decode()
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{table}, {values})"
