"""Import iCalendar components (RFC 5545, 5546): events are matched by UID; importing again changes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypedDict, Unpack
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from calendars.engine import time_kinds
from calendars.engine.icalendar import event_reader
from calendars.engine.icalendar.event_reader import ParsedEvent, SkippedComponent
from calendars.engine.series_plan import IDENTITY
from calendars.engine.states import ImportOutcome, TimeKind
from calendars.errors import CalendarWithoutUser
from calendars.models import Alarm, Calendar, CalendarUser, Event
from calendars.services import event_edit_routing, event_rows, event_times, events
from calendars.services.alarms import event_reminders
from calendars.services.event_rows import NewChild
from calendars.services.exchange.import_undo import MADE, VERSION
from calendars.services.field_types import EventChange, NewEvent
from calendars.signals import children_made
from config.kernel.errors import PunctualError

REASON = "cancelled_in_file"
# What a file says of an event.
FILE_FIELDS = ("title", "description", "start", "end", "time_zone", "all_day", "floating", "recurrence", "data")
BATCH = 500  # components
MAX_SEQUENCE = 2**30  # SEQUENCE, so that there is room above it


@dataclass(frozen=True)
class ComponentResult:
    """The result of importing one component, and why."""

    line: int
    uid: str
    title: str
    fate: ImportOutcome
    notes: tuple[str, ...] = ()
    event: Event | None = None
    # What the event said before it was changed.
    before: dict[str, Any] = field(default_factory=dict)


@dataclass
class UidComponents:
    """All components of one UID: the event or series, and its changed occurrences."""

    master: ParsedEvent | None = None
    overrides: dict[datetime, ParsedEvent] = field(default_factory=dict)

    @property
    def is_single(self) -> bool:
        """Whether it is one event that does not recur."""
        master = self.master
        return bool(master and not master.recurrence and not master.is_cancelled and not self.overrides)


class _Texts(TypedDict):
    """What an entry says of new and of known events."""

    title: str
    description: str
    start: datetime
    end: datetime
    all_day: bool
    floating: bool
    data: dict[str, Any] | None


@dataclass(frozen=True)
class ImportSource:
    """The lines of an indexed file; `repeated` are the UIDs that occur more than once."""

    lines: Iterable[str]
    time_zone: str
    repeated: frozenset[str]


def import_components(source: ImportSource, *, calendar: Calendar, now: datetime) -> Iterator[list[ComponentResult]]:
    """Import components and yield results, some hundred at a time, in the caller's transaction.

    What is told of one UID is taken together: where it stands in the file more than once, after all others.
    """
    if calendar.user is None:
        raise CalendarWithoutUser
    job = _Import(calendar, calendar.user, now)
    together: dict[str, UidComponents] = {}
    found = event_reader.read(source.lines, time_zone=source.time_zone)
    while batch := list(islice(found, BATCH)):
        alone: dict[str, UidComponents] = {}
        for entry in batch:
            if isinstance(entry, SkippedComponent):
                job.skip(entry)
            else:
                job.sort(entry, together if entry.uid in source.repeated else alone)
        job.take_batch(alone)
        yield job.handed_over()
    for telling in together.values():
        job.take(telling)
    yield job.handed_over()


class _Import:
    """One import; collects results."""

    def __init__(self, calendar: Calendar, creator: CalendarUser, now: datetime) -> None:
        self.calendar, self.creator, self.now = calendar, creator, now
        self.outcomes: list[ComponentResult] = []
        # Events by UID, as far as they were looked up for a whole batch; None where there is none.
        self.known: dict[str, Event | None] = {}

    def handed_over(self) -> list[ComponentResult]:
        """Return what became of the components since the last time, in their order."""
        outcomes, self.outcomes = sorted(self.outcomes, key=lambda outcome: outcome.line), []
        return outcomes

    def skip(self, entry: SkippedComponent) -> None:
        """Record a component that is no event, or cannot be read."""
        reason = entry.reason if entry.kind == "VEVENT" else f"{entry.kind}: {entry.reason}"
        self.outcomes.append(ComponentResult(entry.line, entry.uid, "", ImportOutcome.SKIPPED, (reason,)))

    def sort(self, entry: ParsedEvent, tellings: dict[str, UidComponents]) -> None:
        """Add an event to the components of its UID; of two versions the newer counts (RFC 5546)."""
        telling = tellings.setdefault(entry.uid, UidComponents())
        if entry.recurrence_at is None:
            telling.master = self._newer(telling.master, entry)
        else:
            telling.overrides[entry.recurrence_at] = self._newer(telling.overrides.get(entry.recurrence_at), entry)

    def take_batch(self, tellings: dict[str, UidComponents]) -> None:
        """Import the components of some UIDs: new single events in one statement, all others one by one."""
        self.known = dict.fromkeys(tellings)
        rows = Event.objects.filter(calendar=self.calendar, parent_event=None, uid__in=list(tellings))
        self.known |= {event.uid: event for event in rows}
        single = [each.master for uid, each in tellings.items() if each.is_single and self.known[uid] is None]
        self._create_many([entry for entry in single if entry])
        for uid, telling in tellings.items():
            if not telling.is_single or self.known[uid]:
                self.take(telling)
        self.known = {}

    def take(self, telling: UidComponents) -> None:
        """Import the components of one UID; a refused one affects no other."""
        master = telling.master
        first = telling.overrides.pop(master.start, None) if master and master.recurrence else None
        root = self._root(master, skip_first=first is not None) if master else None
        if first and master:
            self._alone(first, first.uid)
        for entry in telling.overrides.values():
            root = root or self._find(entry.uid)
            self._override(root, entry)

    def _root(self, master: ParsedEvent, *, skip_first: bool) -> Event | None:
        entry: ParsedEvent | None = master
        if master.recurrence and not master.is_cancelled and (skip_first or event_reader.is_first_excluded(master)):
            entry = event_reader.without_first(master)
        if entry is None:
            self._note(master, ImportOutcome.SKIPPED, _("all its occurrences are excluded or replaced"))
            return None
        return self._store(entry, entry.uid)

    def _alone(self, entry: ParsedEvent, uid: str) -> None:
        """Store a replaced first occurrence as a separate event: the root of a series is its first occurrence."""
        at = entry.recurrence_at or entry.start
        zone = ZoneInfo("UTC" if entry.kind == TimeKind.TIMED else entry.time_zone)
        self._store(entry, f"{uid}/{time_kinds.local(at, zone, entry.kind).strftime(IDENTITY)}")

    def _store(self, entry: ParsedEvent, uid: str) -> Event | None:
        event = self._find(uid)
        try:
            with transaction.atomic():
                if event is None:
                    return self._create(entry, uid)
                self._update(event, entry, recurrence=entry.recurrence)
        except PunctualError as error:
            self._note(entry, ImportOutcome.SKIPPED, error.message)
        return event

    def _create(self, entry: ParsedEvent, uid: str) -> Event | None:
        if entry.is_cancelled:
            self._note(entry, ImportOutcome.SKIPPED, _("it is cancelled, and there is nothing here to cancel"))
            return None
        event = events.create(calendar=self.calendar, creator=self.creator, now=self.now, **_fields(entry, uid))
        self._note(entry, ImportOutcome.CREATED, event=event)
        return event

    def _create_many(self, entries: list[ParsedEvent]) -> None:
        given = (_fields(entry, entry.uid) for entry in entries)
        for entry, made in zip(entries, events.create_many(self.calendar, self.creator, given), strict=True):
            if isinstance(made, Event):
                self._note(entry, ImportOutcome.CREATED, event=made)
            else:
                self._note(entry, ImportOutcome.SKIPPED, made.message)

    def _update(self, event: Event, entry: ParsedEvent, *, made: bool = False, **fields: Unpack[EventChange]) -> None:
        new: dict[str, Any] = {MADE: True} if made else {}
        before = new or {VERSION: event.version, **{name: getattr(event, name) for name in FILE_FIELDS}}
        if reason := _reason_to_skip(event, entry):
            self._note(
                entry,
                ImportOutcome.UNCHANGED if reason == "same" else ImportOutcome.SKIPPED,
                *_reasons(reason),
                event=event,
            )
        elif entry.is_cancelled:
            event_edit_routing.cancel(event, reason=REASON, now=self.now)
            self._note(entry, ImportOutcome.CANCELLED, event=event, before=new)
        else:
            texts: EventChange = {**_file_fields(entry), "time_zone": entry.time_zone}
            texts["data"] = {**(event.data or {}), **(texts["data"] or {})}
            event_edit_routing.replace(event, now=self.now, **texts, **fields)
            _raise_version(event, entry)
            self._note(entry, ImportOutcome.CHANGED, event=event, before=before)

    def _override(self, root: Event | None, entry: ParsedEvent) -> None:
        if root is None:
            self._note(entry, ImportOutcome.SKIPPED, _("it changes an occurrence of a series that is not here"))
            return
        at = entry.recurrence_at or entry.start
        identity = time_kinds.local(at, ZoneInfo(root.time_zone), root.kind).strftime(IDENTITY)
        if identity == event_times.read_recurrence(root).root.strftime(IDENTITY):
            self._note(
                entry, ImportOutcome.SKIPPED, _("it changes the first occurrence; take the whole series into the file")
            )
            return
        try:
            with transaction.atomic():
                self._change_child(root, identity, entry)
        except PunctualError as error:
            self._note(entry, ImportOutcome.SKIPPED, error.message)

    def _change_child(self, root: Event, identity: str, entry: ParsedEvent) -> None:
        child = root.children.filter(recurrence_id=identity).first()
        made = child is None
        child = child or self._early_child(root, identity, entry)
        child.parent_event = root
        self._update(child, entry, made=made)

    def _early_child(self, root: Event, identity: str, entry: ParsedEvent) -> Event:
        """Create an occurrence beyond the expansion horizon; expansion leaves it as it is."""
        at = entry.recurrence_at or entry.start
        row = NewChild(root.pk, identity, at, at + (root.end - root.start), 0, "")
        made = event_rows.insert_children([row])
        event_reminders.copy(made, roots={root.pk: root}, alarms=Alarm.objects.filter(event=root), now=self.now)
        children_made.send(Event, child_ids=[made[0].pk])
        child: Event = Event.objects.get(pk=made[0].pk)
        return child

    def _find(self, uid: str) -> Event | None:
        if uid in self.known:
            return self.known[uid]
        event: Event | None = Event.objects.filter(calendar=self.calendar, uid=uid, parent_event=None).first()
        return event

    def _newer(self, one: ParsedEvent | None, other: ParsedEvent) -> ParsedEvent:
        if one is None:
            return other
        newer, older = (other, one) if other.age >= one.age else (one, other)
        self._note(older, ImportOutcome.SKIPPED, _("line %(line)s tells a newer version of it") % {"line": newer.line})
        return newer

    def _note(
        self,
        entry: ParsedEvent,
        fate: ImportOutcome,
        *reasons: str,
        event: Event | None = None,
        before: dict[str, Any] | None = None,
    ) -> None:
        notes = (*reasons, *entry.warnings)
        self.outcomes.append(ComponentResult(entry.line, entry.uid, entry.title, fate, notes, event, before or {}))


def _raise_version(event: Event, entry: ParsedEvent) -> None:
    """Raise an event's version to the file's SEQUENCE, so that exports never carry a lower one."""
    wanted = _version(entry)
    if wanted > event.version:
        event_rows.set_version(event, wanted)


def _version(entry: ParsedEvent) -> int:
    return max(0, min(entry.sequence, MAX_SEQUENCE)) + 1


def _fields(entry: ParsedEvent, uid: str) -> NewEvent:
    """Return what a new event is made of."""
    return {
        "uid": uid,
        "time_zone": entry.time_zone,
        "recurrence": entry.recurrence,
        "version": _version(entry),
        **_file_fields(entry),
    }


def _file_fields(entry: ParsedEvent) -> _Texts:
    told = {"sequence": entry.sequence, "stamp": entry.stamp, "digest": entry.digest}
    return {
        "title": entry.title,
        "description": entry.description,
        "start": entry.start,
        "end": entry.end,
        "all_day": entry.kind == TimeKind.DAYS,
        "floating": entry.kind == TimeKind.FLOATING,
        "data": {"ical": told},
    }


def _reason_to_skip(event: Event, entry: ParsedEvent) -> str:
    """Return why a component is not applied, an empty string when it is."""
    known = (event.data or {}).get("ical", {})
    if event.parent_event and known == (event.parent_event.data or {}).get("ical"):
        known = {}  # it only has what its root handed down
    if known.get("digest") == entry.digest or (entry.is_cancelled and event.is_called_off) or _is_equal(event, entry):
        return "same"
    if entry.age < (known.get("sequence", 0), known.get("stamp", "")):
        return _("a newer version of it is here")
    return _("it is cancelled here") if event.is_called_off else ""


def _is_equal(event: Event, entry: ParsedEvent) -> bool:
    """Return whether an event equals a component, as when our own export is imported."""
    told: dict[str, Any] = {**_file_fields(entry), "data": event.data, "time_zone": entry.time_zone}
    if event.parent_event_id is None:
        told["recurrence"] = entry.recurrence
    same = all((getattr(event, name) or "") == (value or "") for name, value in told.items())
    return same and not entry.is_cancelled and not event.cancelled_at


def _reasons(reason: str) -> tuple[str, ...]:
    return () if reason == "same" else (reason,)
