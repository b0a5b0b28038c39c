"""One effect per Idempotency-Key: claims on keys, and the answers kept under them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from accounts import tenancy
from accounts.errors import AnswerNotKept, IdempotencyInProgress, IdempotencyMismatch
from accounts.models import IdempotentRequest
from config.kernel.clock import DatabaseNow

KEPT_FOR = timedelta(hours=24)
# Longer than a web server lets a request run; until then a claim whose process died answers "in progress".
LEASE = timedelta(seconds=60)
LONGEST_ANSWER = 1024 * 1024  # bytes

# One statement, so that of any number of requests one gets the key: a new one, an old one, or one whose holder died.
CLAIM = """
INSERT INTO accounts_idempotentrequest AS held
    (organization_id, actor, key, path, fingerprint, fence, lease_until, answer, created_at)
VALUES (%(organization)s, %(actor)s, %(key)s, %(path)s, %(fingerprint)s, 1, punctual_now() + %(lease)s, '',
        punctual_now())
ON CONFLICT (organization_id, actor, key) DO UPDATE
SET path = excluded.path, fingerprint = excluded.fingerprint, fence = held.fence + 1, status = NULL, answer = '',
    lease_until = excluded.lease_until, created_at = excluded.created_at
WHERE held.created_at <= punctual_now() - %(kept)s
   OR (held.status IS NULL AND held.lease_until <= punctual_now() AND held.fingerprint = excluded.fingerprint)
RETURNING held.id, held.fence
"""


@dataclass(frozen=True)
class Claim:
    """A key that is held, and the fence under which it was taken."""

    pk: int
    fence: int


@dataclass(frozen=True)
class Answer:
    """What was answered: HTTP status, the headers that matter, and the body (None when it was too long)."""

    status: int
    headers: dict[str, str]
    body: bytes | None


def claim(*, actor: str, key: str, path: str, fingerprint: str) -> Claim | Answer:
    """Take a key of the current organization, or return the answer kept under it; commits before it returns.

    Raises IdempotencyMismatch when the key stands for another request, IdempotencyInProgress while that one runs,
    AnswerNotKept when it was carried out and nothing can be shown.
    """
    asked: dict[str, Any] = {"actor": actor, "key": key, "fingerprint": fingerprint}
    asked |= {"organization": tenancy.current(), "path": path[:200], "lease": LEASE, "kept": KEPT_FOR}
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, asked)
            taken = cursor.fetchone()
        return Claim(*taken) if taken else _found(actor, key, fingerprint)


def _found(actor: str, key: str, fingerprint: str) -> Answer:
    row = IdempotentRequest.objects.filter(actor=actor, key=key).first()
    if row and row.fingerprint != fingerprint:
        raise IdempotencyMismatch
    # Also when the first one failed and gave the key back this very moment.
    if row is None or row.status is None:
        raise IdempotencyInProgress
    if row.answer["body"] is None:
        raise AnswerNotKept
    return Answer(row.status, row.answer["headers"], row.answer["body"].encode("latin-1"))


def keep(claimed: Claim, answer: Answer) -> None:
    """Write the answer, in the transaction of the effect; raise IdempotencyInProgress when another took the key over.

    The raise rolls the effect back: of two holders of a key, only the one with the newer fence can commit.
    """
    body = answer.body if answer.body is not None and len(answer.body) <= LONGEST_ANSWER else None
    # Latin-1 maps every byte to a character and back.
    stored = {"headers": answer.headers, "body": None if body is None else body.decode("latin-1")}
    if not _held(claimed).update(status=answer.status, answer=stored):
        raise IdempotencyInProgress


def release(claimed: Claim) -> None:
    """Give a key back whose request changed nothing; a kept answer stays."""
    with transaction.atomic(durable=True):
        _held(claimed).delete()


@tenancy.system()
def forget() -> int:
    """Delete what is older than a day, and return how many there were."""
    old = IdempotentRequest.objects.unscoped().filter(created_at__lte=DatabaseNow() - KEPT_FOR)
    return old.delete()[0]


def _held(claimed: Claim) -> Any:
    return IdempotentRequest.objects.filter(pk=claimed.pk, fence=claimed.fence, status=None)
