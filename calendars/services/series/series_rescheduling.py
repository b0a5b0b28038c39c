"""Moving whole series: children keep their identity under new original starts; their root is locked by the caller."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import F, Func, Q, Value

from calendars.engine import event_kinds
from calendars.engine.event_kinds import Shift
from calendars.engine.recurrence.line_edits import Text
from calendars.engine.recurrence.recurrence_set import RecurrenceSet, wall
from calendars.engine.recurrence.rules import named
from calendars.engine.states import Kind
from calendars.models import Event
from calendars.services import locking
from calendars.services.alarms import alarm_rescheduling
from calendars.services.series import expansion, occurrence_rows
from calendars.services.series.occurrence_rows import IDENTITY
from calendars.signals import event_moved


@dataclass(frozen=True)
class SeriesSnapshot:
    """How a series went before a change."""

    root: Event  # a copy: times, zone, kind, and nothing else
    recurrence: RecurrenceSet
    text: Text

    @classmethod
    def of(cls, root: Event) -> "SeriesSnapshot":
        """Read a root that is as it was stored."""
        copy = Event(
            start=root.start, end=root.end, time_zone=root.time_zone, all_day=root.all_day, floating=root.floating
        )
        return cls(copy, expansion.read(root), text_of(root))

    def shift(self, first: datetime, kind: Kind) -> Shift:
        """Return how occurrences move when the first goes to a wall-clock time, as an event of some kind."""
        turns = kind != self.root.kind and Kind.DAYS in (kind, self.root.kind)
        return Shift(self.recurrence.root, first, turns=turns)

    def span(self, local: datetime) -> tuple[datetime, datetime]:
        """Return start and end of the occurrence at a wall-clock time."""
        return _span(self.root, local, self.recurrence)


class Place(NamedTuple):
    """Where an occurrence goes: its wall-clock start, in a series that goes so."""

    local: datetime
    recurrence: RecurrenceSet


def text_of(root: Event) -> Text:
    """Return the recurrence of a series as lines, also of a named rule."""
    zone = ZoneInfo(root.time_zone)
    rule = named(root.rule.frequency, root.rule.params) if root.rule else None
    first = event_kinds.local(root.start, zone, root.kind)
    return Text.read(root.recurrence, root=first, zone=zone, named=rule, kind=root.kind)


def take_along(root: Event, before: SeriesSnapshot, *, keeps_rule: bool) -> None:
    """Move the lines of a series with its root, whose start was just changed; unsaved.

    A rule that was given anew stays as it is. Raises `RuleNamesDays` where the old one does not move along.
    """
    if not keeps_rule:
        return
    shift = before.shift(event_kinds.local(root.start, ZoneInfo(root.time_zone), root.kind), root.kind)
    write(root, before.text.moved(shift, root.kind), before.text)


def write(root: Event, lines: str, before: Text) -> None:
    """Give a root new lines; a named rule stays where it says the same; unsaved."""
    rules = [line for line in lines.splitlines() if line.startswith("RRULE:")]
    if before.is_named and rules == [f"RRULE:{rule}" for rule in before.rules]:
        lines = without_rules(lines)
    elif rules:
        root.rule = None
    root.recurrence = lines


def without_rules(lines: str) -> str:
    """Return the lines of dates only."""
    return "\n".join(line for line in lines.splitlines() if not line.startswith("RRULE:"))


def rekey(root: Event, before: SeriesSnapshot, *, now: datetime) -> None:
    """Let the children that are to come follow a series that moved: those that were as it said move with it.

    What somebody moved or cancelled by hand keeps its own time, and stands for the moved occurrence; in a series that
    becomes all-day, or ceases to be, it keeps its day.
    """
    after = expansion.read(root)
    shift = before.shift(after.root, root.kind)
    rows = _coming(root, before, now)
    meant = {child.pk: datetime.fromisoformat(child.recurrence_id) for child in rows}
    if shift.old != shift.new:
        _name_anew(root, rows, shift)
    for child in rows:
        if child.recurrence_id != shift(meant[child.pk]).strftime(IDENTITY):
            continue
        if child.cancelled_at is None and (child.start, child.end) == before.span(meant[child.pk]):
            _follow(child, root, Place(datetime.fromisoformat(child.recurrence_id), after), now=now)
        elif child.kind != root.kind:
            _follow(child, root, Place(_own_day(child, shift), after), now=now)


def _coming(root: Event, before: SeriesSnapshot, now: datetime) -> list[Event]:
    here = wall(now, before.recurrence.zone).strftime(IDENTITY)
    rows = root.children.filter(Q(recurrence_id__gt=here) | Q(start__gt=now)).select_related("organization", "contact")
    return list(rows.select_for_update(of=("self",)).order_by("pk"))


def _name_anew(root: Event, rows: list[Event], shift: Shift) -> None:
    """Give children the identity of the moved occurrences; one whose new place is taken keeps its old one."""
    ids = [child.pk for child in rows]
    taken = set(root.children.exclude(pk__in=ids).values_list("recurrence_id", flat=True))
    moved = []
    for child in rows:
        name = shift(datetime.fromisoformat(child.recurrence_id)).strftime(IDENTITY)
        if name not in taken:
            child.recurrence_id = name
            taken.add(name)
            moved.append(child)
    # Out of each other's way first: names are unique at every moment.
    aside = Func(F("recurrence_id"), Value("T"), Value("t"), function="replace")
    Event.objects.filter(pk__in=[child.pk for child in moved]).update(recurrence_id=aside)
    Event.objects.bulk_update(moved, ["recurrence_id"])


def _follow(child: Event, root: Event, place: Place, *, now: datetime) -> None:
    old_start = child.start
    child.start, child.end = _span(root, place.local, place.recurrence)
    child.time_zone, child.all_day, child.floating = root.time_zone, root.all_day, root.floating
    child.local_start = place.local.strftime(IDENTITY)
    child.version += 1
    with locking.same_wall_time():
        child.save(update_fields=["start", "end", "time_zone", "all_day", "floating", "local_start", "version"])
    event_moved.send(Event, event=child)
    if child.cancelled_at is None:
        alarm_rescheduling.move(child, old_start=old_start, now=now)


def _own_day(child: Event, shift: Shift) -> datetime:
    """Return the start of an occurrence on its own day, where its series becomes all-day or ceases to be."""
    local = event_kinds.local(child.start, ZoneInfo(child.time_zone), child.kind)
    return datetime.combine(local.date(), shift.new.time()) if shift.turns else local


def _span(root: Event, local: datetime, recurrence: RecurrenceSet) -> tuple[datetime, datetime]:
    _, start, end = next(occurrence_rows.spans(root, [local], recurrence.ends))
    return start, end
