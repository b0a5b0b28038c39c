"""Taking a file into a calendar so that it can be looked at before, and taken back after."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from calendars.engine.ical_blocks import decode
from calendars.errors import FileTooLarge
from calendars.models import Calendar, CalendarImport, ImportedComponent
from calendars.services import ical, lookup
from calendars.services.ical import Outcome
from calendars.services.undoing import MOMENTS, UNDO

MOST = 2000  # components in one request


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


def take(file: File, *, calendar: Calendar, now: datetime, commit: bool, most: int | None = MOST) -> Taken:
    """Import a file into a calendar; without `commit` nothing is changed, and the answer is the same."""
    zone = lookup.zone(calendar, calendar.organization)
    lines = file.lines(most)
    with transaction.atomic():
        outcomes = ical.run(lines, calendar=calendar, time_zone=zone, now=now, commit=commit)
        return Taken(outcomes, _remember(file, calendar, outcomes) if commit else None)


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
