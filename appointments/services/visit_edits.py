"""Apply an edit to a locked visit and its event, for the verbs of `visits`: how far it reaches, what it may change."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.services import audit
from appointments.engine.states import OPEN, VisitStatus
from appointments.errors import IllegalStatus, VisitHasPatient, VisitHasTime
from appointments.models import Appointment
from appointments.services import reminder_plans, visit_conflicts, visit_notifications, visit_rows, visit_types
from calendars.engine.states import ClosureEffect, Reach
from calendars.errors import CannotSplit, ChangedMeanwhile
from calendars.models import Event
from calendars.services import event_comparison, events
from calendars.services.field_types import EventChange
from calendars.services.series import series_edits
from config.kernel.choices import choices
from config.kernel.errors import ExternalIdTaken

TIMES = ("start", "end")
# What the occurrences of a series have from its first visit.
OF_SERIES = ("clinic", "provider", "operatory", "appointment_type")
# What a change of it can make a visit take what another one has.
TAKING = {*TIMES, "calendar", "provider", "operatory", "appointment_type"}
# What belongs to one visit, whatever the reach of an edit; a visit's occurrences begin with what its root has.
OF_ONE = (
    "external_id",
    "owner_uuid",
    "type_names",
    "address",
    "siteprofile_uuid",
    "named_contact_uuid",
    "invitee_uuids",
    "workflowlevel2_uuids",
    "summary",
)
# What a visit calls the fields of its event.
NAMES = {"start": "starts_at", "end": "ends_at"}
UNSPLIT = gettext_lazy(
    "Part of this series has been, and it cannot be split before what comes next, because its rule counts from "
    "its start; change this one alone, or give the series another rule in the admin."
)


@dataclass(frozen=True)
class VisitEdit:
    """An edit of a visit and its event: what becomes of each, when, and how much of the series it is about."""

    now: datetime
    reach: Reach | None
    of_event: EventChange = field(default_factory=EventChange)
    of_visit: Mapping[str, Any] = field(default_factory=dict)
    keeps_past: bool = True
    # Why a visit may take what another one has.
    overlap_reason: str = ""

    def is_alone(self, event: Event) -> bool:
        """Return whether it is about one visit only."""
        in_series = event.is_series or event.parent_event_id is not None
        return not in_series or self.reach == Reach.THIS or (self.reach is None and not event.is_series)


def lock(visit: Appointment, reach: Reach | None, version: int | None) -> Appointment:
    """Lock root, event and visit, in this order as everywhere, and return the visit as it stands now."""
    _lock_events(visit.event, reach)
    row = _locked(pk=visit.pk)
    if version is not None and row.version != version:
        raise ChangedMeanwhile
    return row


def lock_of_event(event: Event, reach: Reach | None, version: int | None) -> Appointment:
    """Lock root, event and the visit that an event stands for, and return the visit; `version` is the event's."""
    _lock_events(event, reach)
    row = _locked(event=event)
    if version is not None and row.event.version != version:
        raise ChangedMeanwhile
    return row


def _lock_events(event: Event, reach: Reach | None) -> None:
    if reach not in (None, Reach.THIS):
        Event.objects.lock_series(event)
    Event.objects.lock(event.pk)


def lock_many(keys: Collection[int]) -> dict[int, Appointment]:
    """Lock visits, whose events are locked, in the order of their ids; return them by these."""
    return {row.pk: row for row in _lockable().filter(pk__in=list(keys)).order_by("pk")}


def _locked(**which: Any) -> Appointment:
    return _lockable().get(**which)


def _lockable() -> QuerySet[Appointment]:
    known = ("event__parent_event", "event__calendar", "contact", "provider", "operatory", "appointment_type")
    return Appointment.objects.select_for_update(of=("self",)).select_related(*known)


def change(row: Appointment, event: Event, edit: VisitEdit) -> Event:
    """Change a locked visit and its event; return the event, or the root of what is to come.

    Raises `VisitHasPatient`, `VisitHasTime`, `IllegalStatus`, `ProviderMayNot`, `SlotTaken`, `VisitTooLong`,
    `ExternalIdTaken`, and what `series_edits.change` raises.
    """
    news, own = checked_news(row, edit)
    if not news and not own:
        return event
    stands = event
    if edit.reach == Reach.ALL:
        _keep_past(event, edit.now)
    if news and edit.keeps_past:
        stands = series_edits.change(event, now=edit.now, reach=edit.reach, **news)
    elif news:
        events.change(event, now=edit.now, **news)
    if of_series := {name: own[name] for name in OF_SERIES if name in own}:
        _set_of_series(row, stands, edit, of_series)
    _set_of_one(row, {**own, **news}, edit)
    if TAKING & {*news, *own}:
        _check_conflicts(row, stands, edit)
    _record(action_of({*news, *own}), row, edit, changed=[NAMES.get(name, name) for name in (*news, *own)])
    return stands


def checked_news(row: Appointment, edit: VisitEdit) -> tuple[EventChange, dict[str, Any]]:
    """Return what an edit says that is new of a locked visit, for its event and for its own row.

    Raises what `change` raises of what may not be.
    """
    news, own = _news(row.event, edit.of_event), _news_of_visit(row, edit.of_visit)
    _check_change(row, news, edit)
    _check_change_of_visit(row, own)
    return news, own


def cancel(row: Appointment, event: Event, edit: VisitEdit, *, reason: str) -> None:
    """Cancel a locked visit with its event; raise `IllegalStatus` for one alone that is over."""
    if edit.is_alone(row.event):
        if row.event.is_called_off:
            return
        if row.status not in OPEN and row.event.closure_effect != ClosureEffect.SKIPPED:
            raise illegal_status(row.status, VisitStatus.CANCELLED)
    if edit.reach == Reach.ALL:
        _keep_past(event, edit.now)
    series_edits.cancel(event, reason=reason, now=edit.now, reach=edit.reach)
    _record("cancel", row, edit, changed=["status"], status=VisitStatus.CANCELLED, reason=reason)


def restore(row: Appointment, event: Event, edit: VisitEdit) -> None:
    """Let a locked visit that is cancelled take place after all, with its event; raise `IllegalStatus` for another."""
    if row.status != VisitStatus.CANCELLED or not row.event.is_called_off:
        raise illegal_status(row.status, VisitStatus.SCHEDULED)
    series_edits.restore(event, now=edit.now, reach=edit.reach)
    _check_conflicts(row, event, edit)
    _record("restore", row, edit, changed=["status"], status=VisitStatus.SCHEDULED)


def delete(row: Appointment, event: Event, edit: VisitEdit) -> None:
    """Remove a locked visit with its event; the first one of a series that goes on is cancelled."""
    if edit.reach in (None, Reach.THIS) and row.event.is_series:
        cancel(row, event, replace(edit, reach=Reach.THIS), reason="event_deleted")
        return
    series_edits.delete(event, now=edit.now, reach=edit.reach)
    _record("delete", row, edit)


def _check_conflicts(row: Appointment, event: Event, edit: VisitEdit) -> None:
    """Raise `SlotTaken` where a visit, or another one that the edit reached, now takes what another one has."""
    event.refresh_from_db()
    rows = Appointment.objects.filter(pk=row.pk)
    if not edit.is_alone(row.event):
        root_id = event.parent_event_id or event.pk
        rows |= Appointment.objects.filter(event__parent_event=root_id) | Appointment.objects.filter(event=root_id)
    visit_conflicts.check(rows, now=edit.now, overlap_reason=edit.overlap_reason)


def _record(action: str, row: Appointment, edit: VisitEdit, *, changed: Any = (), **facts: Any) -> None:
    """Tell the audit trail of a visit; that its event was edited with it, or it with its event, is one deed."""
    reach: dict[str, Any] = {"reach": edit.reach} if edit.reach else {}
    audit.record(action, row, changed=changed, **facts, **reach)
    audit.stands_for(row.event)


def action_of(changed: set[str]) -> str:
    """Return what a change of some fields is called in the audit trail."""
    if changed & {*TIMES}:
        return "move"
    return "rename" if "title" in changed else "update"


def _set_of_one(row: Appointment, changed: Mapping[str, Any], edit: VisitEdit) -> None:
    """Give a visit what belongs to it alone, and the patient that nobody's visit gets."""
    if values := {name: changed[name] for name in (*OF_ONE, "contact") if name in changed}:
        _write_alone(row, edit, values)
        visit_notifications.follow([row.event_id], now=edit.now)


def _set_of_series(row: Appointment, event: Event, edit: VisitEdit, values: Mapping[str, Any]) -> None:
    """Give the visits that an edit reaches new values; of the root also for the occurrences that come later."""
    if edit.reach == Reach.THIS:
        _write_alone(row, edit, values)
        return
    if edit.reach == Reach.FOLLOWING and event.parent_event_id:
        event = series_edits.split(event, now=edit.now)
    first = Appointment.objects.filter(event=event.parent_event_id or event.pk)
    rows = others(event, edit) | first | Appointment.objects.filter(pk=row.pk)
    visit_rows.write(rows, **values)
    visit_rows.forget_series(first, values)
    if "appointment_type" in values:
        reminder_plans.replan(rows, now=edit.now)


def _write_alone(row: Appointment, edit: VisitEdit, values: Mapping[str, Any]) -> None:
    """Give one visit new values; where it is the first of a series, the later ones have what it had."""
    same = Appointment.objects.filter(pk=row.pk)
    # It may begin a series of its own since it was read.
    first = row if edit.is_alone(row.event) else same.select_related("event").get()
    if noted := visit_rows.notes_for_series(first, values):
        values = {**values, "series_fields": noted}
    visit_rows.write(same, **values)
    if "appointment_type" in values:
        reminder_plans.replan(same, now=edit.now)


def others(event: Event, edit: VisitEdit) -> QuerySet[Appointment]:
    """Return the visits to come that an edit of one reaches besides."""
    root_id = event.parent_event_id or event.pk
    family = Appointment.objects.filter(event__parent_event=root_id) | Appointment.objects.filter(event=root_id)
    if edit.reach == Reach.THIS:
        return family.none()
    return family.filter(starts_at__gt=event.start if edit.reach == Reach.FOLLOWING else edit.now)


def differing(row: Appointment, of_event: EventChange, of_visit: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that say something else than a visit and its event do."""
    return [*_news(row.event, of_event), *_news_of_visit(row, of_visit)]


def _news_of_visit(row: Appointment, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if getattr(row, name) != value}


def _news(event: Event, fields: EventChange) -> EventChange:
    """Return the fields that say something else than the event does; start and end, rule and its end stay together."""
    news = event_comparison.differing(event, fields)
    if news & {"recurrence", "rule"}:
        news |= {"end_recurring_period"} & fields.keys()
    if news & {*TIMES, "time_zone"}:
        news |= {name for name in TIMES if name in fields}
    return cast(EventChange, {name: value for name, value in fields.items() if name in news})


def _check_change(row: Appointment, news: EventChange, edit: VisitEdit) -> None:
    if "contact" in news and not (row.contact is None and edit.is_alone(row.event)):
        other = news["contact"]
        raise VisitHasPatient(
            _("This is a visit of %(contact)s and cannot become one of %(other)s: cancel it and book a new one.")
            % {"contact": row.contact or _("nobody"), "other": other or _("nobody")},
            field="contact",
        )
    for name in ("all_day", "floating"):
        if news.get(name):
            raise VisitHasTime(field=name)
    if not news or not edit.is_alone(row.event):
        return
    is_moved = bool({*news} & {*TIMES})
    if row.event.is_called_off or (is_moved and row.status in (VisitStatus.COMPLETED, VisitStatus.NO_SHOW)):
        words = (
            _("A visit that is %(status)s cannot be moved; book a new one.")
            if is_moved
            else _("A visit that is %(status)s cannot be changed; book a new one.")
        )
        raise IllegalStatus(words % {"status": row.get_status_display().lower()}, field="status")


def _check_change_of_visit(row: Appointment, own: Mapping[str, Any]) -> None:
    check_external_id(own.get("external_id", ""))
    if own.keys() & {"provider", "appointment_type"}:
        visit_types.check_provider(own.get("appointment_type", row.appointment_type), own.get("provider", row.provider))


def _keep_past(event: Event, now: datetime) -> None:
    """Split a series before its first occurrence to come, so that an edit of all leaves alone what has been."""
    root = event.parent_event
    if root is None or root.start > now:
        return
    first = root.children.filter(start__gt=now, cancelled_at=None).order_by("recurrence_id").first()
    if first is None:
        return
    try:
        series_edits.split(first, now=now)
    except CannotSplit:
        raise CannotSplit(str(UNSPLIT), field="reach") from None
    event.refresh_from_db()


def illegal_status(status: str, new: str) -> IllegalStatus:
    """Return the error for a status that a visit cannot come to; it names both in the active language."""
    names = dict(choices(VisitStatus))
    words = _("A visit that is %(status)s cannot become %(new)s.")
    values = {"status": str(names[status]).lower(), "new": str(names.get(new, new)).lower()}
    return IllegalStatus(words % values, field="status")


def check_external_id(external_id: str) -> None:
    """Raise `ExternalIdTaken` for an id that another visit has."""
    if external_id and Appointment.objects.filter(external_id=external_id).exists():
        raise ExternalIdTaken(field="external_id")
