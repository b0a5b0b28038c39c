"""Celery tasks; each calls one service, and may run twice without harm."""

from celery import shared_task

from notifications.services import dispatch as dispatching
from notifications.services import inbound_processing
from notifications.services import reconcile as reconciling

DISPATCH_SECONDS = 10  # then another task gets the worker; the next tick goes on


@shared_task(name="notifications.dispatch")
def dispatch() -> None:
    """Send what is due."""
    dispatching.run(seconds=DISPATCH_SECONDS)


@shared_task(name="notifications.reconcile")
def reconcile() -> None:
    """Settle what is open."""
    reconciling.run()


@shared_task(name="notifications.process_inbound")
def process_inbound() -> None:
    """Act upon what providers brought."""
    inbound_processing.process_pending()
