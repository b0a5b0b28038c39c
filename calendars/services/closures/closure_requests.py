"""What has all events to come evaluated in the background: one run for an organization, begun again by each request.

A request takes the turn from a worker that is at it, whose batch may have read what was before, and is taken back.
"""

from django.db import transaction
from django.db.models import F

from accounts import tenancy
from calendars.engine.states import RunState
from calendars.models import ClosureRun
from calendars.services import worker_turns
from config.kernel.clock import DatabaseNow

TASK = "calendars.close"


def request() -> None:
    """Have what closures, holidays and hours now say applied; the last that a transaction locks.

    It begins once the evaluations are done that may have read what was before.
    """
    _begin_again(total=None)


def request_again(organization_id: int) -> None:
    """Have what was evaluated while somebody changed closures evaluated again; in a transaction of its own."""
    with tenancy.tenant(organization_id):
        _begin_again()


@transaction.atomic
def _begin_again(**changes: object) -> None:
    ClosureRun.objects.bulk_create([ClosureRun(state=RunState.QUEUED)], ignore_conflicts=True)
    ClosureRun.objects.update(
        state=RunState.QUEUED,
        last_event=0,
        done=0,
        changed=0,
        error="",
        finished_at=None,
        requested_at=DatabaseNow(),
        tries=0,
        fence=F("fence") + 1,
        lease_until=None,
        **changes,
    )
    worker_turns.call_worker(TASK, tenancy.current())
