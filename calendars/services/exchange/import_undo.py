"""Undo an import: delete what it created, restore what it changed; events changed since are kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts import tenancy
from accounts.services import audit
from calendars.engine.states import ImportOutcome
from calendars.errors import AlreadyUndone, ImportUnderWay, TooLateToUndo
from calendars.models import Alarm, CalendarImport, Event, ImportedComponent
from calendars.services import event_edit_routing, event_rows
from calendars.services.alarms import alarm_rescheduling
from calendars.services.series import expansion
from config.kernel.errors import PunctualError

UNDO_PERIOD = timedelta(days=30)
MOMENTS = ("start", "end")
# In what an event was before: the version that it had, or that it was not there.
VERSION, MADE = "version", "made"


@dataclass(frozen=True)
class UndoneComponent:
    """The result of undoing one component; `kept` says why it was not undone."""

    line: int
    uid: str
    title: str
    kept: str = ""


@tenancy.of_row
def undo(source: CalendarImport, *, now: datetime) -> list[UndoneComponent]:
    """Undo an import, return each component's result; raises `ImportUnderWay`, `AlreadyUndone`, `TooLateToUndo`.

    What it made goes without a trace, also from feeds: nobody was told of it, or it stays. What was there before and
    was cancelled by the file stays cancelled, since patients may know of it.
    """
    row = CalendarImport.objects.select_for_update(of=("self",)).get(pk=source.pk)
    if row.is_open:
        raise ImportUnderWay
    if row.undone_at:
        raise AlreadyUndone
    if now - row.created_at > UNDO_PERIOD:
        raise TooLateToUndo
    CalendarImport.objects.filter(pk=row.pk).update(undone_at=now)
    told = sorted((_undo_component(each, now) for each in _in_order(row)), key=lambda each: each.line)
    audit.record("import_undone", row, undone=sum(not each.kept for each in told), kept=sum(bool(e.kept) for e in told))
    source.refresh_from_db()
    return told


def _in_order(row: CalendarImport) -> Iterable[ImportedComponent]:
    """Return the components to undo: created ones, then changed occurrences, then their series."""
    done = row.components.filter(
        result__in=(ImportOutcome.CREATED, ImportOutcome.CHANGED, ImportOutcome.CANCELLED)
    ).select_related("event")
    return sorted(
        done, key=lambda each: (each.result != ImportOutcome.CREATED, not (each.event and each.event.parent_event_id))
    )


def _undo_component(component: ImportedComponent, now: datetime) -> UndoneComponent:
    event = Event.objects.filter(pk=component.event_id).first()
    title = event.title if event else ""
    kept = next(_reasons_to_keep(component, event), "") if event else ""
    if event and not kept:
        try:
            with transaction.atomic():
                _restore(component, event, now)
        except PunctualError as error:
            kept = error.message
    return UndoneComponent(component.line, component.uid, title, kept)


def _reasons_to_keep(component: ImportedComponent, event: Event) -> Iterator[str]:
    """Yield reasons why a component cannot be undone."""
    is_made = component.result == ImportOutcome.CREATED or MADE in component.before
    if component.result == ImportOutcome.CANCELLED and not is_made:
        yield _("it was cancelled, and a cancellation stands: patients may know of it")
    if component.result == ImportOutcome.CHANGED and not component.before:
        yield _("how it was before is no longer known")
    if event.version != component.version and not _is_cancelled_by_file(event):
        yield _("somebody changed it since")
    if is_made and _is_touched(component, event):
        yield _("somebody changed it since")


def _is_cancelled_by_file(event: Event) -> bool:
    """Return whether the last that happened to an event is that a later file cancelled it."""
    return ImportedComponent.objects.filter(event=event, result=ImportOutcome.CANCELLED, version=event.version).exists()


def _is_touched(component: ImportedComponent, event: Event) -> bool:
    """Return whether somebody gave what was made a reminder, or changed an occurrence of it."""
    own = component.source.components.exclude(event=None).values("event")
    family = Event.objects.filter(parent_event=event)
    if family.filter(version__gt=1).exclude(pk__in=own).exists():
        return True
    alarms = Alarm.objects.filter(event__in=[event.pk, *family.values_list("pk", flat=True)])
    # An occurrence has its series' reminders from the start.
    return bool((alarms.filter(num_attempt__gt=0) if event.parent_event_id else alarms).exists())


def _restore(component: ImportedComponent, event: Event, now: datetime) -> None:
    if component.result == ImportOutcome.CREATED:
        event_edit_routing.delete_whole(event, now=now)
    elif MADE in component.before:
        _delete_occurrence(event, now)
    else:
        _rewrite(component, event, now)


def _delete_occurrence(child: Event, now: datetime) -> None:
    """Remove an occurrence that the file made ahead of its series, which makes it as usual when it gets there."""
    root = Event.objects.lock(cast(int, child.parent_event_id))
    alarm_rescheduling.recall([Event.objects.lock(child.pk)], reason="event_deleted")
    event_rows.delete([child])
    if root.expanded_until and root.expanded_until > child.start and root.is_series and not root.paused_at:
        event_rows.expand_again(root, since=now)
        expansion.expand_roots([Event.objects.lock(root.pk)], now=now)


def _rewrite(component: ImportedComponent, event: Event, now: datetime) -> None:
    """Change an event back; to the import before this one it is then as that one left it."""
    fields: dict[str, Any] = {
        name: parse_datetime(value) if name in MOMENTS else value for name, value in component.before.items()
    }
    version = fields.pop(VERSION, None)
    if event.parent_event_id:
        fields.pop("recurrence", None)
    event_edit_routing.replace(event, now=now, **fields)
    earlier = ImportedComponent.objects.filter(event=event, version=version, source__undone_at=None)
    earlier.update(version=event.version)
