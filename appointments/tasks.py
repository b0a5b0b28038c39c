"""Celery tasks of appointments."""

from celery import shared_task

from appointments.services import slot_holds


@shared_task(name="appointments.forget_holds")
def forget_holds() -> None:
    """Delete the holds of times that have expired."""
    slot_holds.delete_expired()
