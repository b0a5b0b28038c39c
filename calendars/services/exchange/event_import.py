"""Make, change and cancel the events that a file tells of.

The root of a series is its first occurrence, whatever the file says of that one: DTSTART is the anchor of the rule. A
first occurrence that does not take place is a cancelled root; one at another time is a root that was moved alone; one
with other words or another length stands as an event of its own, since a series takes both from its root.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Left, Length

from calendars.engine import series_plan, time_kinds
from calendars.engine.icalendar.event_writer import BUSY
from calendars.engine.icalendar.parsed_event import ParsedEvent
from calendars.engine.icalendar.uid_components import UidComponents, detached_uid
from calendars.engine.recurrence.line_edits import dates_line
from calendars.engine.recurrence.recurrence_set import resolve
from calendars.engine.series_plan import IDENTITY
from calendars.engine.states import ImportOutcome, Reach, TimeKind
from calendars.models import Alarm, Calendar, CalendarUser, Event
from calendars.querysets import shown_in
from calendars.services import event_edit_routing, event_rows, events
from calendars.services.alarms import alarm_rescheduling
from calendars.services.event_rows import NewChild
from calendars.services.exchange.component_result import ResultCollector
from calendars.services.exchange.import_undo import MADE, VERSION
from calendars.services.exchange.own_components import OwnComponents
from calendars.services.field_types import EventChange, NewEvent
from calendars.signals import children_made
from config.kernel.errors import PunctualError
from config.kernel.text import N_

REASON = "cancelled_in_file"
# What a file says of an event.
FILE_FIELDS = (
    "title",
    "description",
    "start",
    "end",
    "time_zone",
    "all_day",
    "floating",
    "private",
    "recurrence",
    "data",
)
MAX_SEQUENCE = 2**30  # SEQUENCE, so that there is room above it
SUFFIX = len("/20261201T090000")  # of the UID of an occurrence that stands alone
SAME = "same"
CANCELLED_HERE = N_("it is cancelled here")
NOTHING_TO_CANCEL = N_("it is cancelled, and there is nothing here to cancel")
FOLLOWING_ALONE = N_("it changes an occurrence and all that follow; take the whole series into the file")


class _Texts(TypedDict):
    """What a component says of new and of known events."""

    title: str
    description: str
    start: datetime
    end: datetime
    all_day: bool
    floating: bool
    private: bool
    data: dict[str, Any] | None


@dataclass(frozen=True)
class _NewEvent:
    """A new event: the component, and what becomes of a first occurrence that the file changes."""

    uid: str
    entry: ParsedEvent
    fields: NewEvent
    is_off: bool = False
    first: ParsedEvent | None = None


class EventImporter:
    """Takes the components of UIDs into a calendar, some hundred at a time; a refused one affects no other."""

    def __init__(self, calendar: Calendar, creator: CalendarUser, now: datetime, results: ResultCollector) -> None:
        self.calendar, self.creator, self.now = calendar, creator, now
        self.note = results.note
        # The events of the batch by UID, and how they would be written.
        self.known: dict[str, Event] = {}
        self.own = OwnComponents(calendar)

    def take(self, batch: Sequence[UidComponents]) -> None:
        """Import the components of some UIDs: all new events in one statement, the rest one by one."""
        self._look_up(batch)
        is_new = [each.master is not None and each.uid not in self.known for each in batch]
        self._create(self._planned([each for each, new in zip(batch, is_new, strict=True) if new]))
        for each, new in zip(batch, is_new, strict=True):
            root = self.known.get(each.uid)
            if each.master and root and not new:
                self._store(root, each.master)
            for entry in each.overrides.values():
                self._take_override(root, entry, each.master)

    def _look_up(self, batch: Sequence[UidComponents]) -> None:
        uids = {each.uid for each in batch} | {_detached(entry) for each in batch for entry in each.overrides.values()}
        rows = Event.objects.filter(shown_in(self.calendar), parent_event=None, uid__in=uids)
        self.known = {**self.own.find(uids), **{event.uid: event for event in rows}}
        changed = [each.uid for each in batch if each.uid in self.known and not _is_known(each, self.known[each.uid])]
        self.own.load([self.known[uid] for uid in changed])

    def _planned(self, batch: Sequence[UidComponents]) -> list[_NewEvent]:
        """Return the events to create; of each series, and of a first occurrence that has to stand alone."""
        standing = self._standing_alone([each.uid for each in batch if each.master and each.master.recurrence])
        planned = []
        for each in batch:
            if each.master is None:
                continue
            if each.master.is_cancelled:
                self.note(each.master, ImportOutcome.SKIPPED, NOTHING_TO_CANCEL)
            elif each.is_empty:
                self.note(each.master, ImportOutcome.SKIPPED, N_("all its occurrences are excluded"))
            else:
                planned += _planned(each.uid, _without(each.master, standing.get(each.uid, ())), each.take_first())
        return planned

    def _standing_alone(self, uids: Sequence[str]) -> dict[str, list[str]]:
        """Return by UID of a new series the names of its occurrences that came before it, as events of their own."""
        found: dict[str, list[str]] = {}
        if uids:
            rows = Event.objects.filter(calendar=self.calendar, parent_event=None)
            rows = rows.annotate(series=Left("uid", Length("uid") - Value(SUFFIX))).filter(series__in=uids)
            for uid, series in rows.values_list("uid", "series"):
                found.setdefault(series, []).append(uid[-SUFFIX + 1 :])
        return found

    def _create(self, planned: Sequence[_NewEvent]) -> None:
        given = (each.fields for each in planned)
        made = events.create_many(self.calendar, self.creator, given, now=self.now)
        off = []
        for each, event in zip(planned, made, strict=True):
            if not isinstance(event, Event):
                self.note(each.entry, ImportOutcome.SKIPPED, event.sentence)
                continue
            self.known[each.uid] = event
            off += [event] if each.is_off else []
            self.note(each.entry, ImportOutcome.CREATED, event=event)
            if each.first:
                result = ImportOutcome.CANCELLED if each.is_off else ImportOutcome.CHANGED
                self.note(each.first, result, event=event, before={MADE: True})
        if off:
            event_rows.cancel(off, now=self.now)

    def _store(self, event: Event, entry: ParsedEvent) -> None:
        try:
            with transaction.atomic():
                is_changed = self._update(event, entry, recurrence=entry.recurrence)
                if is_changed and entry.is_first_off and event.cancelled_at is None:
                    self._cancel_first(event)
        except PunctualError as error:
            self.note(entry, ImportOutcome.SKIPPED, error.sentence)

    def _update(self, event: Event, entry: ParsedEvent, *, made: bool = False, **fields: Unpack[EventChange]) -> bool:
        """Let an event be as a component tells it; return whether its fields changed."""
        new: dict[str, Any] = {MADE: True} if made else {}
        before = new or _before(event)
        if reason := self._reason_to_skip(event, entry):
            result = ImportOutcome.UNCHANGED if reason == SAME else ImportOutcome.SKIPPED
            self.note(entry, result, *(() if reason == SAME else (reason,)), event=event)
        elif entry.is_cancelled:
            event_edit_routing.cancel(event, reason=REASON, now=self.now, reach=self._reach(event))
            self.note(entry, ImportOutcome.CANCELLED, event=event, before=new)
        else:
            texts: EventChange = {**_file_fields(entry), "time_zone": entry.time_zone}
            texts["data"] = {**(event.data or {}), **(texts["data"] or {})}
            if event.private and entry.is_private and entry.title == BUSY:
                # A file of this program, which hides the texts.
                del texts["title"], texts["description"]
            if reach := self._reach(event):
                event_edit_routing.change(event, now=self.now, reach=reach, **texts)
            else:
                event_edit_routing.replace(event, now=self.now, **texts, **fields)
            _raise_version(event, entry)
            self.note(entry, ImportOutcome.CHANGED, event=event, before=before)
            return True
        return False

    def _reach(self, event: Event) -> Reach | None:
        """Return how far an edit of an event goes: of one that alone is here, and its series elsewhere, no further."""
        is_alone = event.is_series and event.says("calendar_id") != self.calendar.pk
        return Reach.THIS if is_alone else None

    def _take_override(self, root: Event | None, entry: ParsedEvent, master: ParsedEvent | None) -> None:
        alone = self.known.get(_detached(entry))
        try:
            with transaction.atomic():
                if alone:
                    self._update(alone, _as_event(entry, alone.time_zone))
                elif entry.is_following:
                    self.note(entry, ImportOutcome.SKIPPED, FOLLOWING_ALONE)
                elif root is None and master and master.is_cancelled:
                    self.note(entry, ImportOutcome.SKIPPED, NOTHING_TO_CANCEL)
                elif root is None or not root.is_series:
                    self._create_alone(entry)
                else:
                    self._change_occurrence(root, entry)
        except PunctualError as error:
            self.note(entry, ImportOutcome.SKIPPED, error.sentence)

    def _change_occurrence(self, root: Event, entry: ParsedEvent) -> None:
        at = entry.recurrence_at or entry.start
        identity = time_kinds.local(at, root.series_zone, root.kind).strftime(IDENTITY)
        if identity == root.as_series().recurrence.root.strftime(IDENTITY):
            self._change_first(root, entry)
            return
        child = root.children.filter(recurrence_id=identity).first()
        made = child is None
        child = child or self._early_child(root, identity, entry)
        child.parent_event = root
        self._update(child, entry.on_clock_of(root.says("time_zone")), made=made)

    def _change_first(self, root: Event, entry: ParsedEvent) -> None:
        """Change or cancel the first occurrence of a series alone."""
        is_known = _told(root).get("first") == entry.digest or self.own.equals(root, entry)
        if is_known or (entry.is_cancelled and root.cancelled_at):
            self.note(entry, ImportOutcome.UNCHANGED, event=root)
        elif root.cancelled_at:
            self.note(entry, ImportOutcome.SKIPPED, CANCELLED_HERE, event=root)
        elif entry.is_cancelled:
            self._cancel_first(root)
            self.note(entry, ImportOutcome.CANCELLED, event=root)
        elif _shape(entry) == _shape_of(root):
            before, told = _before(root), {**_told(root), "first": entry.digest}
            times: EventChange = {"start": entry.start, "end": entry.end, "data": {**(root.data or {}), "ical": told}}
            event_edit_routing.change(root, now=self.now, reach=Reach.THIS, **times)
            self.note(entry, ImportOutcome.CHANGED, event=root, before=before)
        else:
            self._cancel_first(root)
            self._create_alone(entry)

    def _cancel_first(self, root: Event) -> None:
        event_edit_routing.cancel(root, reason=REASON, now=self.now, reach=Reach.THIS)

    def _create_alone(self, entry: ParsedEvent) -> None:
        """Create an occurrence as an event of its own."""
        if entry.is_cancelled:
            self.note(entry, ImportOutcome.SKIPPED, NOTHING_TO_CANCEL)
        else:
            self._create(_planned(_detached(entry), _as_event(entry, self.own.zone)))

    def _early_child(self, root: Event, identity: str, entry: ParsedEvent) -> Event:
        """Create an occurrence beyond the expansion horizon; expansion leaves it as it is."""
        at = entry.recurrence_at or entry.start
        row = NewChild(root.pk, identity, at, at + (root.end - root.start), 0, "")
        made = event_rows.insert_children([row])
        alarm_rescheduling.copy(made, roots={root.pk: root}, alarms=Alarm.objects.filter(event=root), now=self.now)
        children_made.send(Event, child_ids=[made[0].pk])
        child: Event = Event.objects.get(pk=made[0].pk)
        return child

    def _reason_to_skip(self, event: Event, entry: ParsedEvent) -> str:
        """Return why a component is not applied, an empty string when it is."""
        known, root = _told(event), event
        if event.parent_event:
            root = event.parent_event
            if known == _told(root):
                known = {}  # it only has what its root handed down
        is_off = event.is_called_off and not (event.is_series and not event.series_ended)
        if known.get("digest") == entry.digest or (entry.is_cancelled and is_off) or self.own.equals(root, entry):
            return SAME
        if entry.age < (known.get("sequence", 0), known.get("stamp", "")) or self.own.is_older(root, entry):
            return N_("a newer version of it is here")
        return CANCELLED_HERE if is_off else ""


def _planned(uid: str, master: ParsedEvent, first: ParsedEvent | None = None) -> list[_NewEvent]:
    """Return a new event, or a series with what becomes of its first occurrence."""
    if first is None:
        return [_NewEvent(uid, master, _fields(master, uid, is_off=master.is_first_off), is_off=master.is_first_off)]
    if first.is_cancelled:
        return [_NewEvent(uid, master, _fields(master, uid, first, is_off=True), is_off=True, first=first)]
    if _shape(first) == _shape(master):
        fields = _fields(master, uid, first)
        fields["recurrence"] = series_plan.anchored(master.recurrence, master.first, master.kind)
        fields["start"], fields["end"] = first.start, first.end
        return [_NewEvent(uid, master, fields, first=first)]
    root = _NewEvent(uid, master, _fields(master, uid, is_off=True), is_off=True)
    return [root, *_planned(_detached(first), _as_event(first, master.time_zone))]


def _shape(entry: ParsedEvent) -> tuple[object, ...]:
    """Return what all occurrences of a series have in common: words, kind and length."""
    return entry.title, entry.description, entry.is_private, _length(entry.start, entry.end, entry.zone, entry.kind)


def _shape_of(event: Event) -> tuple[object, ...]:
    length = _length(event.start, event.end, ZoneInfo(event.time_zone), event.kind)
    return event.title, event.description or "", event.private, length


def _length(start: datetime, end: datetime, zone: ZoneInfo, kind: TimeKind) -> tuple[TimeKind, timedelta]:
    return kind, time_kinds.length(start, end, zone, kind) if kind == TimeKind.DAYS else end - start


def _without(master: ParsedEvent, names: Collection[str]) -> ParsedEvent:
    """Return a series without the occurrences that stand as events of their own, given by the names that these have."""
    if not names:
        return master
    clock = ZoneInfo("UTC") if master.kind == TimeKind.TIMED else master.zone
    instants = [resolve(datetime.fromisoformat(name), clock) for name in names]
    found = {time_kinds.local(at, master.zone, master.kind) for at in instants}
    series = master.series if found else None
    off = [local for local in found if series and series.has(local)]
    if off:
        lines = "\n".join([master.recurrence, dates_line("EXDATE", off, master.kind)])
        master = replace(master, recurrence=lines)
    return replace(master, is_first_off=True) if series and series.root in found else master


def _as_event(entry: ParsedEvent, zone: str) -> ParsedEvent:
    """Return an occurrence as an event of its own; instants are told on the clock of a zone."""
    return replace(entry.on_clock_of(zone), recurrence="", recurrence_at=None, is_first_off=False)


def _detached(entry: ParsedEvent) -> str:
    return detached_uid(entry.uid, entry.kind, entry.recurrence_at or entry.start, entry.time_zone)


def _told(event: Event) -> dict[str, Any]:
    """Return what is known of the component that an event was made of."""
    told: dict[str, Any] = (event.data or {}).get("ical") or {}
    return told


def _is_known(each: UidComponents, event: Event) -> bool:
    """Return whether all that a file says of an event was said by an earlier one."""
    return bool(each.master and not each.overrides and _told(event).get("digest") == each.master.digest)


def _before(event: Event) -> dict[str, Any]:
    return {VERSION: event.version, **{name: getattr(event, name) for name in FILE_FIELDS}}


def _raise_version(event: Event, entry: ParsedEvent) -> None:
    """Raise an event's version to the file's SEQUENCE, so that exports never carry a lower one.

    To the version of an occurrence they add the one of its root.
    """
    wanted = _version(entry)
    if event.parent_event:
        wanted -= event.parent_event.version - 1 + bool(event.parent_event.cancelled_at)
    if wanted > event.version:
        event_rows.set_version(event, wanted)


def _version(entry: ParsedEvent) -> int:
    return max(0, min(entry.sequence, MAX_SEQUENCE)) + 1


def _fields(entry: ParsedEvent, uid: str, first: ParsedEvent | None = None, *, is_off: bool = False) -> NewEvent:
    """Return what a new event is made of; the first occurrence that is cancelled raises the version by itself."""
    fields: NewEvent = {
        "uid": uid,
        "time_zone": entry.time_zone,
        "recurrence": entry.recurrence,
        "version": max(1, _version(entry) - 2 * is_off),
        **_file_fields(entry),
    }
    if first:
        fields["data"] = {"ical": {**_digest(entry), "first": first.digest}}
    return fields


def _file_fields(entry: ParsedEvent) -> _Texts:
    return {
        "title": entry.title,
        "description": entry.description,
        "start": entry.start,
        "end": entry.end,
        "all_day": entry.kind == TimeKind.DAYS,
        "floating": entry.kind == TimeKind.FLOATING,
        "private": entry.is_private,
        "data": {"ical": _digest(entry)},
    }


def _digest(entry: ParsedEvent) -> dict[str, Any]:
    return {"sequence": entry.sequence, "stamp": entry.stamp, "digest": entry.digest}
