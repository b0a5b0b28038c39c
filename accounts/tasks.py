"""Celery's doorbells of accounts."""

from celery import shared_task

from accounts.services import audit_chain, idempotency, limits, password_resets, sessions


@shared_task(name="accounts.forget_idempotency")
def forget_idempotency() -> None:
    """Forget the answers of yesterday."""
    idempotency.forget()


@shared_task(name="accounts.forget_rate_counters")
def forget_rate_counters() -> None:
    """Forget the counts whose time is over."""
    limits.forget()


@shared_task(name="accounts.seal_audit")
def seal_audit() -> None:
    """Chain what was written into the audit trail."""
    audit_chain.seal()


@shared_task(name="accounts.send_resets")
def send_resets(user_ids: list[int]) -> None:
    """Write to those who asked for a new password."""
    password_resets.send(user_ids)


@shared_task(name="accounts.forget_sessions")
def forget_sessions() -> None:
    """Forget the sessions whose time is over."""
    sessions.forget()
