"""Idempotency keys: claim a key, store the response, replay it."""

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
LONGEST_BODY = 1024 * 1024  # bytes

# One statement, so that of any number of requests one gets the key: a new, an expired or an abandoned one.
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
    """A claimed key; `fence` grows with each claim, so that an outdated holder cannot store a response."""

    pk: int
    fence: int


@dataclass(frozen=True)
class StoredResponse:
    """A response to replay: HTTP status, selected headers, and the body (None when it was too long)."""

    status: int
    headers: dict[str, str]
    body: bytes | None


def claim(*, actor: str, key: str, path: str, fingerprint: str) -> Claim | StoredResponse:
    """Claim a key of the current organization, or return the response stored under it; commits before it returns.

    Raises IdempotencyMismatch when the key stands for another request, IdempotencyInProgress while that one runs,
    AnswerNotKept when the request was executed but its answer was not stored.
    """
    asked: dict[str, Any] = {"actor": actor, "key": key, "fingerprint": fingerprint}
    asked |= {"organization": tenancy.current(), "path": path[:200], "lease": LEASE, "kept": KEPT_FOR}
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, asked)
            taken = cursor.fetchone()
        return Claim(*taken) if taken else _stored_response(actor, key, fingerprint)


def _stored_response(actor: str, key: str, fingerprint: str) -> StoredResponse:
    row = IdempotentRequest.objects.filter(actor=actor, key=key).first()
    if row and row.fingerprint != fingerprint:
        raise IdempotencyMismatch
    # Also when the first one failed and gave the key back this very moment.
    if row is None or row.status is None:
        raise IdempotencyInProgress
    if row.answer["body"] is None:
        raise AnswerNotKept
    return StoredResponse(row.status, row.answer["headers"], row.answer["body"].encode("latin-1"))


def store_response(claim: Claim, response: StoredResponse) -> None:
    """Store the response in the transaction of the effect; raise IdempotencyInProgress when the claim was taken over.

    The raise rolls the effect back: of two holders of a key, only the one with the newer fence can commit.
    """
    body = response.body if response.body is not None and len(response.body) <= LONGEST_BODY else None
    # Latin-1 maps every byte to a character and back.
    stored = {"headers": response.headers, "body": None if body is None else body.decode("latin-1")}
    if not _claimed_rows(claim).update(status=response.status, answer=stored):
        raise IdempotencyInProgress


def release(claim: Claim) -> None:
    """Release a claimed key whose request changed nothing; a stored response stays."""
    with transaction.atomic(durable=True):
        _claimed_rows(claim).delete()


@tenancy.system()
def delete_expired() -> int:
    """Delete stored responses older than a day, and return how many there were."""
    old = IdempotentRequest.objects.unscoped().filter(created_at__lte=DatabaseNow() - KEPT_FOR)
    return old.delete()[0]


def _claimed_rows(claim: Claim) -> Any:
    return IdempotentRequest.objects.filter(pk=claim.pk, fence=claim.fence, status=None)
