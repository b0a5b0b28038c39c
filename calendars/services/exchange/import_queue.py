"""Imports that workers carry out: the file is stored, imported in batches, and deleted.

Each batch is one transaction with its results and how far the import is, so that a worker that dies loses nothing and
another one goes on behind the last batch. A lease says whose turn it is; its fence, who may still commit.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from tempfile import TemporaryFile
from time import monotonic

from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import tenancy
from accounts.engine.audit_actor import Actor, ChangeChannel
from accounts.models import User, Via
from accounts.services import audit
from calendars.engine.states import RunState
from calendars.errors import CalendarWithoutUser
from calendars.models import Calendar, CalendarImport, ImportedComponent, ImportedPart
from calendars.services import event_times, worker_turns
from calendars.services.exchange import component_import
from calendars.services.exchange.component_result import ComponentResult
from calendars.services.exchange.import_run import CalendarFile, store_results
from calendars.services.worker_turns import LeaseLost, Turn
from config.kernel import clock, language
from config.kernel.errors import PunctualError

PART = 1024 * 1024  # bytes
TASK = "calendars.import_file"

ImportTurn = Turn[CalendarImport]
Tell = Callable[[list[ComponentResult]], None]


@transaction.atomic
def store(
    calendar: Calendar, *, name: str, content: Iterable[bytes], brought_by: User | None, held: bool = False
) -> CalendarImport:
    """Store a file and let a worker import it, or hold it for the caller to `work`; raises `CalendarWithoutUser`."""
    if calendar.user_id is None:
        raise CalendarWithoutUser
    turn = {"state": RunState.RUNNING, "fence": 1, "tries": 1, "lease_until": worker_turns.lease()} if held else {}
    row: CalendarImport = CalendarImport.objects.create(
        calendar=calendar,
        file_name=name.replace("\x00", "")[:200],
        created_by=brought_by,
        language=language.current(),
        **{"state": RunState.QUEUED, **turn},
    )
    for number, part in enumerate(content):
        ImportedPart.objects.create(source=row, number=number, content=part)
    audit.record("import_stored", row, calendar=calendar.pk)
    if not held:
        worker_turns.call_worker(TASK, tenancy.current(), row.pk)
    return row


def work(organization_id: int, pk: int, *, seconds: float, fence: int = 0, tell: Tell = lambda outcomes: None) -> bool:
    """Go on with an import for some seconds; return whether there is more to do. `tell` gets each batch's results.

    Does nothing where a worker is at it, or where it is done; `fence` is that of an import which is held.
    """
    with tenancy.tenant(organization_id):
        turn = Turn(CalendarImport, pk, fence) if fence else worker_turns.claim(CalendarImport, pk)
        if turn is None:
            return False
        row = CalendarImport.objects.select_related("calendar__user", "created_by").get(pk=pk)
        with translation.override(row.language or None), audit.acting(_actor(row)):
            return _work(row, turn, ends=monotonic() + seconds, tell=tell)


def _work(row: CalendarImport, turn: ImportTurn, *, ends: float, tell: Tell) -> bool:
    try:
        if row.tries > worker_turns.TRIES:
            _finish(turn, error=_("It failed again and again, and was given up; what was imported before stays."))
        else:
            with _opened(row) as file:
                _import(file, row, turn, ends=ends, tell=tell)
    except PunctualError as error:
        _finish(turn, error=error.message)
    except LeaseLost:
        return False
    return turn.give_back()


def _import(file: CalendarFile, row: CalendarImport, turn: ImportTurn, *, ends: float, tell: Tell) -> None:
    source = file.source(event_times.zone_of(row.calendar))
    turn.renew(total=source.components)
    found = component_import.import_components(source, calendar=row.calendar, now=clock.now(), after=row.batches)
    # It reads the file, and must let go of it before that is closed.
    with closing(found) as batches:
        while (outcomes := _import_batch(batches, row, turn)) is not None:
            tell(outcomes)
            if monotonic() > ends:
                return
    _finish(turn)


@transaction.atomic
def _import_batch(
    batches: Iterator[list[ComponentResult]], row: CalendarImport, turn: ImportTurn
) -> list[ComponentResult] | None:
    """Import the next batch, and note that it is done; None behind the last."""
    turn.renew()
    outcomes = next(batches, None)
    if outcomes is not None:
        store_results(row, outcomes)
        turn.renew(done=F("done") + len(outcomes), batches=F("batches") + 1, tries=0)
    return outcomes


@transaction.atomic
def _finish(turn: ImportTurn, *, error: str = "") -> None:
    if turn.finish(error=error):
        ImportedPart.objects.filter(source=turn.pk).delete()
        row = CalendarImport.objects.get(pk=turn.pk)
        components = ImportedComponent.objects.filter(source=row).count()
        audit.record("import_made", row, calendar=row.calendar_id, components=components)


@contextmanager
def _opened(row: CalendarImport) -> Iterator[CalendarFile]:
    with TemporaryFile() as stream:
        for pk in row.parts.order_by("number").values_list("pk", flat=True):
            stream.write(ImportedPart.objects.values_list("content", flat=True).get(pk=pk))
        yield CalendarFile(row.file_name, stream)


def _actor(row: CalendarImport) -> Actor:
    """Return who brought the file, at work through a task."""
    person = row.created_by
    if person is None:
        return replace(audit.actor(), through=ChangeChannel.IMPORT)
    return Actor(via=Via.TASK, identity=f"user:{person.pk}", name=str(person), through=ChangeChannel.IMPORT)
