"""From which transaction on a copy that was up to date at a moment may have missed something."""

from datetime import datetime, timedelta

from django.db import connection

# A copy older than the oldest mark is told everything.
KEPT_DAYS = 30
# A clock that was set back by less loses nothing, nor does who cuts a moment to the minute.
TOLERANCE = timedelta(minutes=1)

MARK = "INSERT INTO accounts_transactionmark (oldest) SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
# A server that was filled from a dump counts from a lower number: marks of the former one say nothing here.
FORGET = """
DELETE FROM accounts_transactionmark
WHERE at < punctual_now() - make_interval(days => %s) OR oldest > pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
# What is numbered lower than a mark's oldest had ended by then.
FIRST = """
SELECT oldest FROM accounts_transactionmark
WHERE at <= %s AND oldest <= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
ORDER BY at DESC LIMIT 1
"""


def mark() -> None:
    """Note the oldest transaction under way, and forget old marks."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [KEPT_DAYS])
        cursor.execute(MARK)


def first_after(moment: datetime) -> int:
    """Return the lowest number of the transactions whose changes may not have been seen at a moment; 0 for all."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST, [moment - TOLERANCE])
        found = cursor.fetchone()
    return int(found[0]) if found else 0
