"""Turns of workers at what they do in the background, for some seconds each.

A lease says whose turn it is; its fence, who may still commit. A worker that dies leaves a lease that ends, and another
one goes on behind the last batch that was committed.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar, cast

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts import tenancy
from accounts.tenancy import TenantManager
from calendars.engine.states import RunState
from calendars.models.background_runs import OPEN, BackgroundRun
from config.kernel.clock import DatabaseNow

TRIES = 3  # turns without a batch; then the run is given up

Run = TypeVar("Run", bound=BackgroundRun)


class LeaseLost(Exception):
    """Another worker has taken the run up, somebody had it begin again, or it is gone."""


@dataclass(frozen=True)
class Turn(Generic[Run]):
    """A worker's turn at a run."""

    model: type[Run]
    pk: int
    fence: int

    @property
    def rows(self) -> QuerySet[Run]:
        """The run, as long as it is this worker's turn."""
        rows = self.model._default_manager.filter(pk=self.pk, fence=self.fence, state__in=OPEN)
        return cast(QuerySet[Run], rows)

    def renew(self, **changes: object) -> None:
        """Note how far the run is, and keep the turn; until the commit nobody else gets it. Raises `LeaseLost`."""
        if not self.rows.update(**changes, lease_until=lease()):
            raise LeaseLost

    def give_back(self) -> bool:
        """Let another task go on; return whether there is more to do."""
        return bool(self.rows.update(lease_until=None))

    def finish(self, *, error: str = "", **changes: object) -> bool:
        """End the run; return whether it was still this worker's to end."""
        state = RunState.FAILED if error else RunState.DONE
        ended = {"state": state, "error": error[:300], "finished_at": DatabaseNow(), "lease_until": None}
        return bool(self.rows.update(**ended, **changes))


@transaction.atomic
def claim(model: type[Run], pk: int) -> Turn[Run] | None:
    """Take a run of the current organization up; None where a worker is at it, or it is done."""
    free = model._default_manager.filter(_is_free(), pk=pk, state__in=OPEN)
    changes = {"state": RunState.RUNNING, "fence": F("fence") + 1, "tries": F("tries") + 1}
    if not free.update(**changes, lease_until=lease()):
        return None
    return Turn(model, pk, model._default_manager.values_list("fence", flat=True).get(pk=pk))


@tenancy.system()
def find_idle(model: type[Run], *, limit: int = 100) -> list[tuple[int, int]]:
    """Return organization and id of the runs that no worker is at: nobody was told of them, or somebody died."""
    manager = cast(TenantManager[Run], model._default_manager)
    idle = manager.unscoped().filter(_is_free(), state__in=OPEN).order_by("pk")
    return list(idle.values_list("organization_id", "pk")[:limit])


def lease() -> object:
    """Return until when a turn lasts that begins now."""
    return DatabaseNow() + timedelta(seconds=settings.RUN_LEASE)


def call_worker(task: str, *ids: int) -> None:
    """Call a worker once this transaction is done; without a broker the next look for idle runs finds it."""

    def call_worker() -> None:
        current_app.send_task(task, args=list(ids), ignore_result=True, retry=False)

    transaction.on_commit(call_worker, robust=True)


def _is_free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lte=DatabaseNow())
