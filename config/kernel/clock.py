"""The only clock there is: PostgreSQL's, through one function that tests can set."""

from datetime import datetime

from django.db import connection
from django.db.models import DateTimeField, Func


class DatabaseNow(Func):
    """The instant on the database clock; usable as `db_default` and inside queries."""

    function = "punctual_now"
    template = "%(function)s()"
    output_field = DateTimeField()


def now() -> datetime:
    """Return the current instant (UTC) from the database clock; read it once, at the edge."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT punctual_now()")
        return cursor.fetchone()[0]


# `punctual.now` is a setting that only tests give; clock_timestamp() goes on inside a transaction.
CREATE = """
CREATE OR REPLACE FUNCTION punctual_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('punctual.now', true), '')::timestamptz, clock_timestamp())
$$
"""
