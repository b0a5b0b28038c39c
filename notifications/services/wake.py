"""Ringing the workers' doorbell; when the broker is down, the next scan finds the rows."""

from celery import current_app


def inbox() -> None:
    """Let a worker act upon what came in."""
    current_app.send_task("notifications.process_inbound", ignore_result=True, retry=False)
