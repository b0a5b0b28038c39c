"""Lock closures and opening hours of an organization: shared by those who evaluate events, exclusive for a change.

An evaluation never waits here while it holds events: where a change is under way, a worker evaluates again after it.
"""

from collections.abc import Iterable

from celery import current_app
from django.db import connection, transaction

from accounts import tenancy

# Of advisory locks, beside the organization's id.
LOCK = 7302
LOCK_SHARED = """
SELECT organization_id FROM unnest(%s::int[]) AS organization_id
WHERE NOT pg_try_advisory_xact_lock_shared(%s, organization_id)
"""


def lock_shared(organization_ids: Iterable[int]) -> None:
    """Let nobody change when organizations are open until this transaction ends; called before that is read."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SHARED, [sorted(set(organization_ids)), LOCK])
        for (organization_id,) in cursor.fetchall():
            _evaluate_later(organization_id)


def lock_exclusive() -> None:
    """Wait for evaluations under way, and let others begin only after this transaction; called before locking events.

    Later evaluations see what it changed, and this transaction sees what earlier ones made.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, tenancy.current()])


def evaluate_later() -> None:
    """Have a worker evaluate all that is to come of the current organization, once this transaction is done."""
    _evaluate_later(tenancy.current())


def _evaluate_later(organization_id: int) -> None:
    def call_worker() -> None:
        current_app.send_task("calendars.close", args=[organization_id], ignore_result=True, retry=False)

    # When the broker is down, the night finds it.
    transaction.on_commit(call_worker, robust=True)
