"""What beat wakes; safe to run twice, at once, or not at all for a while."""

from celery import shared_task

from accounts import tenancy
from accounts.models import Organization
from calendars.models import CalendarImport, ClosureRun
from calendars.services import worker_turns
from calendars.services.alarms import alarm_queueing
from calendars.services.closures import closure_queue, closure_requests
from calendars.services.exchange import import_queue
from calendars.services.series import expansion, zone_rule_changes
from config.kernel import clock

BATCH = 5000
RUN_SECONDS = 5  # then another task gets the worker


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


@shared_task(name="calendars.close_all")
def close_all() -> None:
    """Have closures, public holidays and opening hours held against all events to come of each organization."""
    for pk in Organization.objects.order_by("pk").values_list("pk", flat=True):
        with tenancy.tenant(pk):
            closure_requests.request()


@shared_task(name=closure_requests.TASK)
def close(organization_id: int) -> None:
    """Go on with applying closures; what time does not suffice for goes on at once."""
    if closure_queue.work(organization_id, seconds=RUN_SECONDS):
        close.delay(organization_id)


@shared_task(name=import_queue.TASK)
def import_file(organization_id: int, import_id: int) -> None:
    """Go on with the import of a file; what time does not suffice for goes on at once."""
    if import_queue.work(organization_id, import_id, seconds=RUN_SECONDS):
        import_file.delay(organization_id, import_id)


@shared_task(name="calendars.resume")
def resume() -> None:
    """Take up imports and closures of which no worker was told, or whose worker died."""
    for organization_id, import_id in worker_turns.find_idle(CalendarImport):
        import_file.delay(organization_id, import_id)
    for organization_id, _ in worker_turns.find_idle(ClosureRun):
        close.delay(organization_id)
