"""The children of series: make them over a rolling horizon, across organizations; let them follow a changed root."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DataError, IntegrityError, transaction
from django.db.models import (
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce, Greatest, Least

from accounts import tenancy
from calendars.engine import series_plan, time_kinds
from calendars.engine.closure_decision import OpeningTimes, ScheduledTimes, decide
from calendars.engine.recurrence.recurrence_set import RecurrenceSet, wall
from calendars.engine.recurrence.recurrence_set import resolve as instant
from calendars.engine.series_plan import FAR, IDENTITY, Edited, Series
from calendars.engine.states import ClosureEffect, TimeKind
from calendars.engine.wall_clock import is_missing
from calendars.errors import UNREADABLE
from calendars.models import Alarm, Event
from calendars.querysets import EventQuerySet
from calendars.services import event_rows
from calendars.services.alarms import alarm_rescheduling
from calendars.services.alarms.alarm_rescheduling import LONGEST_LEAD, lead_of
from calendars.services.closures import closure_effects
from calendars.services.event_rows import ChildRow, NewChild
from calendars.signals import children_made, event_cancelled, event_moved, events_renamed
from config.kernel import text
from notifications.models import StaffItem
from notifications.services import staff_items

# Children are made a little further than needed, so that a series is worked on once a day and not each minute.
SLACK = timedelta(days=1)
# How far into the past a series is filled in that starts there.
HISTORY = timedelta(days=366)
# At most so many children of one series at once, and so many ahead of a dense one, unless its alarms need more.
CHUNK = 1000
# About so many children in one transaction, and in one tick; the rest comes with the next.
ROWS_AT_ONCE, ROWS_A_TICK = 10_000, 100_000
COMPLETE_BATCH = 5000
NOTHING = timedelta()
LEAD = ExpressionWrapper(
    Least(
        Greatest(F("event__start") - F("date_start_notice"), Value(NOTHING))
        + F("advance_notice") * Value(timedelta(seconds=1)),
        Value(LONGEST_LEAD),
    ),
    output_field=DurationField(),
)


@dataclass
class Expansion:
    """What one root is to get: the wall-clock starts of its new children, and where that leaves it."""

    root: Event
    series: Series | None = None
    starts: list[datetime] = field(default_factory=list)
    expanded_until: datetime | None = None
    ended: bool = False
    error: str = ""
    opening: OpeningTimes | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which staff are told of its children."""
        return closure_effects.zone_for_staff(self.root, self.opening) if self.opening else self.root.series_zone


@tenancy.system()
def expand(*, now: datetime, limit: int = 500, most: int = ROWS_A_TICK) -> int:
    """Make the children that the horizon asks for, and complete what is over; return how many were made.

    Any number of these may run at once: each takes roots that nobody else holds, those that reach least far first.
    Beyond `most` children the rest is left for the next time.
    """
    made, last = 0, None
    while made < most:
        with transaction.atomic():
            roots = list(_expandable(now, last)[:limit])
            places = [(root.expanded_until, root.pk) for root in roots]
            done, children = _expand(roots, now)
        made += len(children)
        if done == len(roots) < limit:
            break
        last = places[done - 1]
    complete(now=now)
    return made


def expand_roots(roots: list[Event], *, now: datetime) -> list[ChildRow]:
    """Make children that some locked roots lack; one that cannot be worked out is marked and told."""
    made: list[ChildRow] = []
    while roots:
        done, children = _expand(roots, now)
        made += children
        roots = roots[done:]
    return made


def _expand(roots: list[Event], now: datetime) -> tuple[int, list[ChildRow]]:
    """Return how many of the roots were looked at, until there was enough for one transaction, and the new children."""
    if not roots:
        return 0, []
    alarms = list(Alarm.objects.unscoped().filter(event__in=roots))
    expansions = list(_enough(_expansions(roots, alarms, now)))
    made = _write(expansions, alarms, now)
    _announce(made, {expansion.root.pk: expansion.zone for expansion in expansions})
    return len(expansions), made


def _expansions(roots: list[Event], alarms: list[Alarm], now: datetime) -> Iterator[Expansion]:
    """Yield what each root lacks, worked out only when it is asked for."""
    of_root: dict[int, list[Alarm]] = {root.pk: [] for root in roots}
    for alarm in alarms:
        of_root[alarm.event_id].append(alarm)
    closure_effects.lock_shared(cast(int, root.organization_id) for root in roots)
    open_at = closure_effects.opening_times(roots)
    for root in roots:
        expansion = _expansion(root, of_root[root.pk], now)
        expansion.opening = closure_effects.opening_of_series(root, open_at)
        yield expansion


def _enough(expansions: Iterable[Expansion]) -> Iterator[Expansion]:
    """Yield as many as make one transaction."""
    rows = 0
    for expansion in expansions:
        yield expansion
        rows += len(expansion.starts)
        if rows >= ROWS_AT_ONCE:
            return


def _announce(made: list[ChildRow], zones: Mapping[int, ZoneInfo]) -> None:
    """Tell the apps above of new children, and staff of those that take place on closed days."""
    by_organization: dict[int, list[ChildRow]] = {}
    for child in made:
        by_organization.setdefault(child.organization_id, []).append(child)
    for organization_id, own in sorted(by_organization.items()):
        with tenancy.tenant(organization_id):
            children_made.send(Event, child_ids=[child.pk for child in own])
            kept = [child for child in own if child.closure and not child.effect]
            closure_effects.warn_staff((child.closure, child.start.astimezone(zones[child.root_id])) for child in kept)


def make_next(root: Event, *, now: datetime) -> Event | None:
    """Make the first occurrence to come of a locked root that has no row yet and takes place; None for none."""
    series, known = root.as_series(), set(root.children.values_list("recurrence_id", flat=True))
    here = wall(max(now, root.start), series.zone)
    starts = islice(series.recurrence.between(here, here + FAR), CHUNK)
    made = (make_one(root, local, now=now) for local in starts if local.strftime(IDENTITY) not in known)
    return next((child for child in made if child and child.closure_effect != ClosureEffect.SKIPPED), None)


def make_one(root: Event, local: datetime, *, now: datetime) -> Event | None:
    """Return the occurrence of a locked root with a wall-clock start, made ahead of the others; None where none is."""
    series, rows = root.as_series(), root.children.filter(recurrence_id=local.strftime(IDENTITY))
    if series.recurrence.has(local) and not rows.exists():
        expansion = Expansion(root, series, [local], root.expanded_until, root.series_ended)
        expansion.opening = closure_effects.opening_of_series(root, closure_effects.opening_times([root]))
        _announce(_write([expansion], list(Alarm.objects.filter(event=root)), now), {root.pk: expansion.zone})
    return cast("Event | None", rows.first())


def complete(*, now: datetime) -> int:
    """Mark events as completed whose own time has passed; return how many."""
    done = 0
    while True:
        with transaction.atomic():
            number = event_rows.complete(now, most=COMPLETE_BATCH)
        done += number
        if number < COMPLETE_BATCH:
            return done


def _expandable(now: datetime, last: tuple[datetime | None, int] | None) -> EventQuerySet[Event]:
    """Return series to work on, neediest first, from behind the one that was last."""
    alarms = Alarm.objects.unscoped().filter(event=OuterRef("pk")).order_by().values("event")
    lead = Coalesce(Subquery(alarms.annotate(lead=Max(LEAD)).values("lead")), Value(NOTHING))
    needed = ExpressionWrapper(Value(now + _horizon()) + lead, output_field=DateTimeField())
    rows = (
        cast("EventQuerySet[Event]", Event.objects.unscoped())
        .expandable(needed)
        .select_related("organization", "contact", "rule")
    )
    if last:
        rows = rows.after(*last)
    return rows.order_by(F("expanded_until").asc(nulls_first=True), "pk").select_for_update(
        skip_locked=True, of=("self",)
    )


def _expansion(root: Event, alarms: list[Alarm], now: datetime) -> Expansion:
    lead = min(max((lead_of(root, alarm) for alarm in alarms), default=NOTHING), LONGEST_LEAD)
    try:
        return _next_children(root, root.as_series(), needed=now + max(lead, NOTHING) + SLACK, now=now)
    except UNREADABLE as error:
        return Expansion(root, error=text.of(error))


def _next_children(root: Event, series: Series, *, needed: datetime, now: datetime) -> Expansion:
    """Return the next children of a root, as far as the horizon reaches beyond what its alarms need."""
    recurrence, zone = series.recurrence, series.zone
    # A root that was moved alone may be later than occurrences of its series.
    begin = root.expanded_until or max(instant(recurrence.root, zone), now - HISTORY)
    until = needed + _horizon()
    starts = list(islice(recurrence.between(wall(begin, zone), wall(until, zone)), CHUNK + 1))
    if len(starts) > CHUNK:
        until = min(until, max(needed, _crowded(recurrence, now, until)))
        starts = [start for start in starts if instant(start, zone) <= until]
    if len(starts) <= CHUNK:
        reached = max(until, begin)
        return Expansion(root, series, starts, reached, recurrence.ended(wall(reached, zone)))
    # To continue from a time that the clock leaves out would leave out what lies beside it.
    whole = next(place for place in range(CHUNK, 0, -1) if not is_missing(starts[place - 1], zone))
    return Expansion(root, series, starts[:whole], instant(starts[whole - 1], zone))


def _crowded(series: RecurrenceSet, now: datetime, until: datetime) -> datetime:
    """Return the moment up to which a dense series has as many occurrences ahead as are kept ready."""
    ahead = list(islice(series.between(wall(now, series.zone), wall(until, series.zone)), CHUNK))
    return instant(ahead[-1], series.zone) if len(ahead) == CHUNK else until


def _horizon() -> timedelta:
    return timedelta(days=settings.HORIZON_DAYS)


def _write(expansions: list[Expansion], alarms: list[Alarm], now: datetime) -> list[ChildRow]:
    """Write a batch; when the database refuses it, find the row that it refuses and let the others proceed."""
    try:
        with transaction.atomic():
            return _write_together(expansions, alarms, now)
    except (DataError, IntegrityError, *UNREADABLE) as error:
        if len(expansions) == 1:
            expansions[0].error = (str(error) or type(error).__name__).splitlines()[0]
            _finish(expansions)
            return []
        middle = len(expansions) // 2
        return _write(expansions[:middle], alarms, now) + _write(expansions[middle:], alarms, now)


def _write_together(expansions: list[Expansion], alarms: list[Alarm], now: datetime) -> list[ChildRow]:
    roots = {expansion.root.pk: expansion.root for expansion in expansions}
    counted = Event.objects.unscoped().filter(parent_event__in=roots).order_by().values_list("parent_event")
    ordinals = dict(counted.annotate(Max("occ_count")))
    made = event_rows.insert_children(
        [row for expansion in expansions for row in _rows(expansion, ordinals.get(expansion.root.pk, 0))]
    )
    alarm_rescheduling.copy(made, roots=roots, alarms=alarms, now=now)
    _finish(expansions)
    return made


def _rows(expansion: Expansion, ordinal: int) -> Iterator[NewChild]:
    root, series, opening = expansion.root, expansion.series, expansion.opening
    if series is None:
        return
    for number, (local, start, end) in enumerate(series.spans(expansion.starts), start=ordinal + 1):
        identity = local.strftime(IDENTITY)
        if opening is None or opening.is_always_open:
            yield NewChild(root.pk, identity, start, end, number, identity)
            continue
        decision = decide(opening, series.recurrence, root.says("on_closure"), ScheduledTimes(local, start, end))
        named = identity if decision.start == start else time_kinds.name(decision.start, series.zone, root.kind)
        yield NewChild(
            root.pk, identity, decision.start, decision.end, number, named, decision.closure, decision.effect
        )


def _finish(expansions: list[Expansion]) -> None:
    for expansion in expansions:
        root = expansion.root
        root.series_error = expansion.error[:300]
        if expansion.error:
            _tell(root, expansion.error)
        else:
            root.expanded_until, root.series_ended = expansion.expanded_until, expansion.ended
    event_rows.record_expansion([expansion.root for expansion in expansions])


def _tell(root: Event, why: str) -> None:
    with tenancy.tenant(cast(int, root.organization_id)):
        values = {"title": root.title[:80], "why": why}
        staff_items.tell(StaffItem.Reason.WARNING, "series_stopped", key=f"series:{root.pk}", values=values)


def move_children(root: Event, before: Series, edited: Edited, *, now: datetime) -> list[tuple[Event, datetime]]:
    """Move the children to come of a changed root; return those that take place, each with its old start.

    Those that the series has no more go; one of which somebody was told already stays as a cancelled row.
    """
    closure_effects.undo_for_series(root, before, now=now)
    after, here = root.as_series(), wall(now, before.zone).strftime(IDENTITY)
    children = {child.pk: child for child in _lock(root.children.filter(Q(recurrence_id__gt=here) | Q(start__gt=now)))}
    taken: set[str] = set()
    if after.recurrence.root != before.recurrence.root:
        taken.update(root.children.exclude(pk__in=children).values_list("recurrence_id", flat=True))
    values = [child.child_times() for child in children.values()]
    moves = series_plan.reschedule(before, after, values, taken, edited)
    coming = [child for child in values if child.start > now and not child.is_cancelled]
    gone = sorted(series_plan.dropped(before, after, coming, moves))
    names = {move.pk: move.identity.strftime(IDENTITY) for move in moves}
    event_rows.rename(root, {pk: name for pk, name in names.items() if children[pk].recurrence_id != name})
    told = edited.pk if root.series_zone != before.zone else None
    at_home = {pk for pk, child in children.items() if pk == told or child.time_zone == before.zone.key}
    moved = [
        _move_child(children[move.pk], root, *move.times, takes_zone=move.pk in at_home)
        for move in moves
        if move.times and move.pk not in gone
    ]
    event_rows.retime([child for child, _ in moved])
    for child, _ in moved:
        event_moved.send(Event, event=child)
    _remove_children([children[pk] for pk in gone], now)
    return [(child, old_start) for child, old_start in moved if child.cancelled_at is None]


def _move_child(
    child: Event, root: Event, local: datetime, start: datetime, end: datetime, *, takes_zone: bool
) -> tuple[Event, datetime]:
    """Give a child, unsaved, its times on the clock of its series; return it with its old start.

    One that alone is in another zone has them there, as far as it is at a time of a zone.
    """
    old_start, child.start, child.end, child.local_start = child.start, start, end, local.strftime(IDENTITY)
    if takes_zone or not child.kind == root.kind == TimeKind.TIMED:
        child.time_zone, child.all_day, child.floating = root.says("time_zone"), root.all_day, root.floating
    else:
        child.local_start = time_kinds.name(start, ZoneInfo(child.time_zone), child.kind)
    return child, old_start


def copy_values_to_children(root: Event, old: Mapping[str, Any], *, edited: int | None, now: datetime) -> None:
    """Give values of a series, by columns, to its future children; what differed from the `old` ones stays.

    The child that was `edited` is as it was told, also where it had values of its own.
    """
    new = {column: root.says(column) for column in old}
    # Those that a closure skips are among them, for they may take place after all.
    children = []
    for child in _lock(root.children.closable(now).filter(start__gt=now)):
        wanted = {column: new[column] for column in old if child.pk == edited or getattr(child, column) == old[column]}
        if any(getattr(child, column) != value for column, value in wanted.items()):
            children.append(child)
        for column, value in wanted.items():
            setattr(child, column, value)
    if "contact_id" in old:
        prefetch_related_objects(children, "contact")
    event_rows.update_texts(children, old)
    if "title" in old:
        events_renamed.send(Event, event_ids=[child.pk for child in children])
    alarm_rescheduling.refresh([child for child in children if child.cancelled_at is None], now=now)


def make_missing(root: Event, *, now: datetime) -> None:
    """Make the occurrences that a changed series has in addition, unless it is paused or was called off."""
    series = root.as_series()
    if root.is_series_called_off:
        return
    event_rows.expand_again(root, since=max(now, instant(series.recurrence.root, series.zone)))
    root.refresh_from_db()
    if root.is_series and not root.paused_at:
        expand_roots([root], now=now)


def _remove_children(gone: list[Event], now: datetime) -> None:
    acted = alarm_rescheduling.events_acted_on(gone)
    event_rows.delete(child for child in gone if child.pk not in acted)
    _cancel_children([child for child in gone if child.pk in acted], now)


def _cancel_children(children: list[Event], now: datetime) -> None:
    event_rows.cancel(children, now=now)
    alarm_rescheduling.cancel(children, reason="series_changed")
    for child in children:
        event_cancelled.send(Event, event=child, reason="series_changed")


def _lock(rows: QuerySet[Event]) -> list[Event]:
    known = rows.select_related("organization", "contact")
    return list(known.select_for_update(of=("self",)).order_by("pk"))
