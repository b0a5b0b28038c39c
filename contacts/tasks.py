"""Celery tasks of contacts; safe to run twice."""

from celery import shared_task

from config.kernel import clock
from contacts.services import retention

SECONDS = 30  # below the limit of a task; what is left goes to the next one


@shared_task(name="contacts.retain")
def retain() -> None:
    """Clean up what has been kept long enough."""
    if not retention.apply_policies(now=clock.now(), seconds=SECONDS):
        retain.delay()
