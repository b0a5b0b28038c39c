"""Celery tasks of accounts."""

from celery import shared_task

from accounts.services import audit_chain, idempotency, limits, password_resets, row_changes, sessions


@shared_task(name="accounts.forget_idempotency")
def forget_idempotency() -> None:
    """Delete stored responses older than a day."""
    idempotency.delete_expired()


@shared_task(name="accounts.forget_rate_counters")
def forget_rate_counters() -> None:
    """Delete expired rate counters."""
    limits.delete_expired()


@shared_task(name="accounts.mark_transactions")
def mark_transactions() -> None:
    """Note the oldest transaction under way, for programs that keep copies."""
    row_changes.mark()


@shared_task(name="accounts.chain_audit")
def chain_audit() -> None:
    """Append new audit entries to their hash chains."""
    audit_chain.extend_chains()


@shared_task(name="accounts.send_resets")
def send_resets(user_ids: list[int]) -> None:
    """Send the e-mails with password reset links."""
    password_resets.send_emails(user_ids)


@shared_task(name="accounts.forget_sessions")
def forget_sessions() -> None:
    """Delete expired sessions."""
    sessions.delete_expired()
