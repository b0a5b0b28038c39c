"""Counts that hold exactly, however many processes count at once: one statement takes a place, or finds none."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts.models import RateCounter
from config.kernel.clock import DatabaseNow

# The row lock makes takers queue. No disk is waited for: what a crash of the database forgets is a second of counting.
TAKE = """
INSERT INTO accounts_ratecounter AS held (kind, hash, taken, wrong, started_at, ends_at)
VALUES (%(kind)s, %(hash)s, 1, 0, punctual_now(), punctual_now() + %(window)s)
ON CONFLICT (kind, hash) DO UPDATE
SET taken = CASE WHEN held.ends_at <= excluded.started_at THEN 1 ELSE held.taken + 1 END,
    wrong = CASE WHEN held.ends_at <= excluded.started_at THEN 0 ELSE held.wrong END,
    started_at = CASE WHEN held.ends_at <= excluded.started_at THEN excluded.started_at ELSE held.started_at END,
    ends_at = CASE WHEN held.ends_at <= excluded.started_at THEN excluded.ends_at ELSE held.ends_at END
WHERE held.taken < %(most)s OR held.ends_at <= excluded.started_at
RETURNING id, started_at, set_config('synchronous_commit', 'off', true)
"""
LOOK = "SELECT wrong, ends_at - punctual_now() FROM accounts_ratecounter WHERE kind = %(kind)s AND hash = %(hash)s"
CLOSE = """
UPDATE accounts_ratecounter
SET wrong = wrong + 1, ends_at = CASE WHEN wrong + 1 >= %(most)s THEN punctual_now() + %(pause)s ELSE ends_at END
WHERE id = %(pk)s AND started_at = %(started_at)s
RETURNING wrong >= %(most)s
"""
GIVE_BACK = """
UPDATE accounts_ratecounter SET taken = taken - 1 WHERE id = %(pk)s AND started_at = %(started_at)s AND taken > 0
RETURNING taken
"""


@dataclass(frozen=True)
class Limit:
    """So many in a window, counted from its first; after as many wrong ones, a pause."""

    kind: str
    most: int
    window: timedelta
    pause: timedelta = timedelta(0)


@dataclass(frozen=True)
class Permit:
    """A place that was taken, in the window that began at `started_at`."""

    limit: Limit
    pk: int
    started_at: datetime


@dataclass(frozen=True)
class LimitReached:
    """There is no place: for how long, and whether those who took the others are done."""

    wait: timedelta
    is_settled: bool


def take(limit: Limit, whose: str) -> Permit | LimitReached:
    """Take a place of `whose`, or tell how long there is none; commits before it returns."""
    asked: dict[str, Any] = {"kind": limit.kind, "hash": _hash(limit.kind, whose)}
    asked |= {"window": limit.window, "most": limit.most}
    # Durable: inside a view's transaction a record would fall with the view's error, and hold its lock until then.
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(TAKE, asked)
        if taken := cursor.fetchone():
            return Permit(limit, taken[0], taken[1])
        cursor.execute(LOOK, asked)
        wrong, wait = cursor.fetchone() or (0, timedelta(0))
        return LimitReached(wait, wrong >= limit.most)


def spend(place: Permit) -> bool:
    """Let a place be used up by something wrong; the last one begins the pause, and is told as True."""
    return any(_run(CLOSE, place))


def give_back(place: Permit) -> None:
    """Free a place, unless its window is over."""
    _run(GIVE_BACK, place)


def release(kind: str, whose: str) -> bool:
    """Forget what was counted, and tell whether there was anything."""
    return bool(RateCounter.objects.filter(kind=kind, hash=_hash(kind, whose)).delete()[0])


def forget() -> int:
    """Delete the counts whose time is over, and return how many there were."""
    return RateCounter.objects.filter(ends_at__lte=DatabaseNow()).delete()[0]


def _run(statement: str, place: Permit) -> tuple[Any, ...]:
    limit = place.limit
    asked: dict[str, Any] = {"most": limit.most, "pause": limit.pause, "pk": place.pk, "started_at": place.started_at}
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return cursor.fetchone() or ()


def _hash(kind: str, whose: str) -> str:
    """Name whom is counted so that the table tells nobody which names or addresses were tried."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{kind}:{whose}".encode(), hashlib.sha256).hexdigest()
