"""Taking a file into a calendar so that it can be looked at before, and taken back after."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime

from accounts.models import User
from accounts.services import audit
from calendars.engine.ical_blocks import decode
from calendars.engine.states import Fate
from calendars.errors import AlreadyUndone, FileTooLarge, TooLateToUndo
from calendars.models import Alarm, Calendar, CalendarImport, Event, ImportedComponent
from calendars.services import events, ical, lookup, scope
from calendars.services.ical import Outcome
from config.kernel.errors import PunctualError

MOST = 2000  # components in one request
UNDO = timedelta(days=30)
MOMENTS = ("start", "end")


@dataclass(frozen=True)
class File:
    """An iCalendar file that somebody brought."""

    name: str
    raw: bytes
    brought_by: User | None = None

    def lines(self, most: int | None) -> list[str]:
        """Return its lines; raise `FileTooLarge` where it has more components than may be."""
        lines = decode(self.raw).splitlines()
        if most and sum(line.strip().upper() == "BEGIN:VEVENT" for line in lines) > most:
            raise FileTooLarge(f"The file has more than {most} events; cut it into parts.", field="file")
        return lines


@dataclass(frozen=True)
class Taken:
    """What an import did, or would do; `row` remembers it when it was done."""

    outcomes: list[Outcome]
    row: CalendarImport | None = None


@dataclass(frozen=True)
class Undone:
    """What became of one component when its import was taken back; `kept` says why it was left as it is."""

    line: int
    uid: str
    title: str
    kept: str = ""


def take(file: File, *, calendar: Calendar, now: datetime, commit: bool, most: int | None = MOST) -> Taken:
    """Import a file into a calendar; without `commit` nothing is changed, and the answer is the same."""
    zone = lookup.zone(calendar, calendar.organization)
    lines = file.lines(most)
    with transaction.atomic():
        outcomes = ical.run(lines, calendar=calendar, time_zone=zone, now=now, commit=commit)
        return Taken(outcomes, _remember(file, calendar, outcomes) if commit else None)


@scope.of_row
def undo(source: CalendarImport, *, now: datetime) -> list[Undone]:
    """Take an import back: what it made goes, what it changed is as before; what somebody touched since stays.

    Cancellations stand, since patients may know of them. Raises `AlreadyUndone`, `TooLateToUndo`.
    """
    row = CalendarImport.objects.select_for_update(of=("self",)).get(pk=source.pk)
    if row.undone_at:
        raise AlreadyUndone
    if now - row.created_at > UNDO:
        raise TooLateToUndo
    CalendarImport.objects.filter(pk=row.pk).update(undone_at=now)
    told = sorted((_back(each, now) for each in _in_order(row)), key=lambda each: each.line)
    audit.record("import_undone", row, undone=sum(not each.kept for each in told), kept=sum(bool(e.kept) for e in told))
    source.refresh_from_db()
    return told


def forget(*, now: datetime, limit: int) -> int:
    """Forget how events were before imports that can no longer be taken back; returns of how many."""
    old = ImportedComponent.objects.filter(source__created_at__lt=now - UNDO).exclude(version=None)
    ids = list(old.order_by("pk").values_list("pk", flat=True)[:limit])
    return ImportedComponent.objects.filter(pk__in=ids).update(before={}, version=None)


def _remember(file: File, calendar: Calendar, outcomes: list[Outcome]) -> CalendarImport:
    row = CalendarImport.objects.create(
        calendar=calendar, file_name=file.name.replace("\x00", "")[:200], created_by=file.brought_by
    )
    ImportedComponent.objects.bulk_create(_component(row, outcome) for outcome in outcomes)
    audit.record("import_made", row, calendar=calendar.pk, components=len(outcomes))
    return row


def _component(row: CalendarImport, outcome: Outcome) -> ImportedComponent:
    event = outcome.event
    before = {name: value.isoformat() if name in MOMENTS else value for name, value in outcome.before.items()}
    return ImportedComponent(
        source=row, event=event, line=outcome.line, uid=outcome.uid.replace("\x00", "")[:255], fate=outcome.fate,
        notes=list(outcome.notes), version=event.version if event else None, before=before,
    )  # fmt: skip


def _in_order(row: CalendarImport) -> Iterable[ImportedComponent]:
    """Return what can be taken back: what was made, then changed occurrences, then what they belong to."""
    done = row.components.filter(fate__in=(Fate.CREATED, Fate.CHANGED, Fate.CANCELLED)).select_related("event")
    return sorted(done, key=lambda each: (each.fate != Fate.CREATED, not (each.event and each.event.parent_event_id)))


def _back(component: ImportedComponent, now: datetime) -> Undone:
    event = Event.objects.filter(pk=component.event_id).first()
    title = event.title if event else ""
    kept = next(_obstacles(component, event), "")
    if event and not kept:
        try:
            with transaction.atomic():
                _restore(component, event, now)
        except PunctualError as error:
            kept = error.message
    return Undone(component.line, component.uid, title, kept)


def _obstacles(component: ImportedComponent, event: Event | None) -> Iterator[str]:
    """Yield why a component cannot be taken back."""
    if component.fate == Fate.CANCELLED:
        yield "it was cancelled, and a cancellation stands: patients may know of it"
    if event and component.fate == Fate.CHANGED and not component.before:
        yield "how it was before is no longer known"
    if event and (event.version != component.version or _is_touched(component, event)):
        yield "somebody changed it since"


def _is_touched(component: ImportedComponent, event: Event) -> bool:
    if component.fate != Fate.CREATED:
        return False
    own = component.source.components.exclude(event=None).values("event")
    family = Event.objects.filter(parent_event=event)
    touched = family.filter(version__gt=1).exclude(pk__in=own)
    return touched.exists() or Alarm.objects.filter(event__in=[event.pk, *family.values_list("pk", flat=True)]).exists()


def _restore(component: ImportedComponent, event: Event, now: datetime) -> None:
    if component.fate == Fate.CREATED:
        events.delete(event, now=now)
        return
    fields: dict[str, Any] = {
        name: parse_datetime(value) if name in MOMENTS else value for name, value in component.before.items()
    }
    if event.parent_event_id:
        fields.pop("recurrence", None)
    events.change(event, now=now, **fields)
