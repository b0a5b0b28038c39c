"""Celery's doorbells of accounts."""

from celery import shared_task

from accounts.services import idempotency


@shared_task(name="accounts.forget_idempotency")
def forget_idempotency() -> None:
    """Forget the answers of yesterday."""
    idempotency.forget()
