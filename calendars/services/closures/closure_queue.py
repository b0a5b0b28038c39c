"""Closures, holidays and opening hours that a worker applies to all events to come of an organization, in batches.

Each batch is one transaction with its events and how far the run is. What is evaluated twice changes once.
"""

from time import monotonic

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least
from django.utils.translation import gettext_noop

from accounts import tenancy
from accounts.services import audit
from calendars.models import ClosureRun, Event
from calendars.services import worker_turns
from calendars.services.closures import closure_effects
from calendars.services.worker_turns import LeaseLost, Turn
from calendars.signals import opening_changed
from config.kernel import clock

BATCH = 250  # events; who changes closures meanwhile waits for one batch
GIVEN_UP = gettext_noop("It failed again and again, and was given up; it is tried again at night.")


def work(organization_id: int, *, seconds: float) -> bool:
    """Go on with the run of an organization for some seconds; return whether there is more to do.

    Does nothing where a worker is at it, or where it is done.
    """
    with tenancy.tenant(organization_id):
        row = ClosureRun.objects.first()
        turn = row and worker_turns.claim(ClosureRun, row.pk)
        if not turn:
            return False
        try:
            return _work(turn, ends=monotonic() + seconds)
        except LeaseLost:
            return False


def _work(turn: Turn[ClosureRun], *, ends: float) -> bool:
    while row := turn.rows.first():
        if row.tries > worker_turns.TRIES:
            turn.finish(error=GIVEN_UP)
            return False
        turn.renew()
        if row.total is None:
            _begin(turn)
        else:
            _evaluate_batch(turn, after=row.last_event)
        if monotonic() > ends:
            return turn.give_back()
    return False


@transaction.atomic
def _begin(turn: Turn[ClosureRun]) -> None:
    """Count, once evaluations under way are done: they may have read what was before."""
    closure_effects.lock_exclusive()
    turn.renew(total=Event.objects.closable(clock.now()).count())


@transaction.atomic
def _evaluate_batch(turn: Turn[ClosureRun], *, after: int) -> None:
    """Evaluate the next batch, and note that it is done; finish behind the last.

    The events are locked before the run, as those do it who change zones and with them what is closed.
    """
    closure_effects.wait_shared()
    now = clock.now()
    coming = Event.objects.closable(now)
    batch = closure_effects.evaluate_batch(coming, after=after, limit=BATCH, now=now, tells=True)
    if batch is None:
        opening_changed.send(ClosureRun, now=now)
        _finish(turn)
    else:
        done = Least(F("done") + batch.events, F("total"))
        turn.renew(last_event=batch.last, done=done, changed=F("changed") + batch.changed, tries=0)


def _finish(turn: Turn[ClosureRun]) -> None:
    if not turn.finish(done=F("total")):
        raise LeaseLost
    row = ClosureRun.objects.get(pk=turn.pk)
    if row.changed:
        audit.record("closures_applied", row, events=row.changed)
