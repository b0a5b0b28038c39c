"""Rate limits that hold under concurrency: one atomic statement grants a permit or refuses it."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts.models import RateCounter
from config.kernel.clock import DatabaseNow

# The row lock serializes requests. The commit does not wait for the disk: a crash loses a second of counting.
ACQUIRE = """
INSERT INTO accounts_ratecounter AS held (kind, hash, taken, wrong, started_at, ends_at)
VALUES (%(kind)s, %(hash)s, 1, 0, punctual_now(), punctual_now() + %(window)s)
ON CONFLICT (kind, hash) DO UPDATE
SET taken = CASE WHEN held.ends_at <= excluded.started_at THEN 1 ELSE held.taken + 1 END,
    wrong = CASE WHEN held.ends_at <= excluded.started_at THEN 0 ELSE held.wrong END,
    started_at = CASE WHEN held.ends_at <= excluded.started_at THEN excluded.started_at ELSE held.started_at END,
    ends_at = CASE WHEN held.ends_at <= excluded.started_at THEN excluded.ends_at ELSE held.ends_at END
WHERE held.taken < %(most)s OR held.ends_at <= excluded.started_at
RETURNING id, started_at, taken, ends_at - punctual_now(), set_config('synchronous_commit', 'off', true)
"""
READ = "SELECT wrong, ends_at - punctual_now() FROM accounts_ratecounter WHERE kind = %(kind)s AND hash = %(hash)s"
COUNT_FAILURE = """
UPDATE accounts_ratecounter
SET wrong = wrong + 1, ends_at = CASE WHEN wrong + 1 >= %(most)s THEN punctual_now() + %(pause)s ELSE ends_at END
WHERE id = %(pk)s AND started_at = %(started_at)s
RETURNING wrong >= %(most)s
"""
REFUND = """
UPDATE accounts_ratecounter SET taken = taken - 1 WHERE id = %(pk)s AND started_at = %(started_at)s AND taken > 0
RETURNING taken
"""


@dataclass(frozen=True)
class Limit:
    """At most `most` permits in a `window` that begins with the first; as many failures begin a `pause`."""

    kind: str
    most: int
    window: timedelta
    pause: timedelta = timedelta(0)


@dataclass(frozen=True)
class Permit:
    """A granted request, the `taken`-th in the window that began at `started_at` (UTC) and lasts for another `rest`."""

    limit: Limit
    pk: int
    started_at: datetime
    taken: int
    rest: timedelta


@dataclass(frozen=True)
class LimitReached:
    """No permit is left for `wait`; `is_settled` says whether all granted requests have finished as failures."""

    wait: timedelta
    is_settled: bool


def acquire(limit: Limit, subject: str) -> Permit | LimitReached:
    """Return a permit for `subject` (a name, address or id), else how long none is left; commits before it returns."""
    asked: dict[str, Any] = {"kind": limit.kind, "hash": _hash(limit.kind, subject)}
    asked |= {"window": limit.window, "most": limit.most}
    # Durable: inside a view's transaction a record would fall with the view's error, and hold its lock until then.
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(ACQUIRE, asked)
        if granted := cursor.fetchone():
            return Permit(limit, *granted[:4])
        cursor.execute(READ, asked)
        wrong, wait = cursor.fetchone() or (0, timedelta(0))
        return LimitReached(wait, wrong >= limit.most)


def count_failure(permit: Permit) -> bool:
    """Count a permit as a failure; return True when it was the last one and began the pause."""
    return any(_execute(COUNT_FAILURE, permit))


def refund(permit: Permit) -> None:
    """Return a permit that was not used up, unless its window is over."""
    _execute(REFUND, permit)


def reset(kind: str, subject: str) -> bool:
    """Delete the counter of a subject; return whether there was one."""
    return bool(RateCounter.objects.filter(kind=kind, hash=_hash(kind, subject)).delete()[0])


def delete_expired() -> int:
    """Delete expired counters and return how many there were."""
    return RateCounter.objects.filter(ends_at__lte=DatabaseNow()).delete()[0]


def _execute(statement: str, permit: Permit) -> tuple[Any, ...]:
    limit = permit.limit
    values: dict[str, Any] = {"most": limit.most, "pause": limit.pause}
    values |= {"pk": permit.pk, "started_at": permit.started_at}
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone() or ()


def _hash(kind: str, subject: str) -> str:
    """Return a keyed hash of the subject, so that the table does not reveal which names or addresses were tried."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{kind}:{subject}".encode(), hashlib.sha256).hexdigest()
