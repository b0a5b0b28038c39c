"""Events are judged by when it is open, while that may change: judges share it, and whoever changes it has it alone.

Nobody waits here while holding events: a judge who comes upon a change has a worker judge again after it.
"""

from collections.abc import Iterable

from celery import current_app
from django.db import connection, transaction

from accounts import tenancy

# Of advisory locks, beside the organization's id.
LOCK = 7302
SHARE = """
SELECT organization_id FROM unnest(%s::int[]) AS organization_id
WHERE NOT pg_try_advisory_xact_lock_shared(%s, organization_id)
"""


def share(organization_ids: Iterable[int]) -> None:
    """Let nobody change when organizations are open until this transaction ends; before that is read."""
    with connection.cursor() as cursor:
        cursor.execute(SHARE, [sorted(set(organization_ids)), LOCK])
        for (organization_id,) in cursor.fetchall():
            _judge_later(organization_id)


def take() -> None:
    """Wait for those who judge by what was, and let others begin only after this transaction; before events are locked.

    They see then what it changed, and this transaction sees what they made.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, tenancy.current()])


def judge_later() -> None:
    """Have a worker judge all that is to come of the current organization, once this transaction is done."""
    _judge_later(tenancy.current())


def _judge_later(organization_id: int) -> None:
    def call_worker() -> None:
        current_app.send_task("calendars.close", args=[organization_id], ignore_result=True, retry=False)

    # When the broker is down, the night finds it.
    transaction.on_commit(call_worker, robust=True)
