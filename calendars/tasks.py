"""What beat wakes; safe to run twice, at once, or not at all for a while."""

from celery import shared_task

from accounts.models import Organization
from calendars.services.alarms import alarm_queueing
from calendars.services.closures import closure_updates
from calendars.services.exchange import import_queue
from calendars.services.series import expansion, zone_rule_changes
from config.kernel import clock

BATCH = 5000
IMPORT_SECONDS = 5  # then another task gets the worker


@shared_task(name="calendars.expand")
def expand() -> None:
    """Make the children that the horizon asks for, and complete what is over."""
    expansion.expand(now=clock.now())


@shared_task(name="calendars.recompute_zones")
def recompute_zones() -> None:
    """Look whether a zone changed its rules."""
    zone_rule_changes.recompute(now=clock.now())


@shared_task(name="calendars.plan")
def plan() -> None:
    """Move due alarms into the outbox until none is left."""
    while alarm_queueing.plan(limit=BATCH) == BATCH:
        pass


@shared_task(name="calendars.close")
def close(organization_id: int | None = None, after: int = 0) -> None:
    """Hold closures, public holidays and opening hours against the events to come, of one organization or of each."""
    if organization_id is None:
        for pk in Organization.objects.order_by("pk").values_list("pk", flat=True):
            close.delay(pk)
    elif last := closure_updates.evaluate_next(organization_id, after=after, now=clock.now()):
        close.delay(organization_id, last)


@shared_task(name=import_queue.TASK)
def import_file(organization_id: int, import_id: int) -> None:
    """Go on with the import of a file; what time does not suffice for goes on at once."""
    if import_queue.work(organization_id, import_id, seconds=IMPORT_SECONDS):
        import_file.delay(organization_id, import_id)


@shared_task(name="calendars.import_idle")
def import_idle() -> None:
    """Take up imports of which no worker was told, or whose worker died."""
    for organization_id, import_id in import_queue.find_idle():
        import_file.delay(organization_id, import_id)
