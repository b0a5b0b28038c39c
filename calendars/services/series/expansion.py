"""Expanding series over a rolling horizon, across organizations."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Max, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Greatest, Least

from accounts import tenancy
from calendars.engine import event_kinds
from calendars.engine.recurrence.description import describe
from calendars.engine.recurrence.recurrence_set import RecurrenceSet, parse, wall
from calendars.engine.recurrence.recurrence_set import resolve as instant
from calendars.engine.states import Effect, EventStatus
from calendars.engine.wall_clock import is_missing
from calendars.errors import BadRule
from calendars.models import Alarm, Event
from calendars.querysets import EventQuerySet
from calendars.services.bulk_sql import arrays
from calendars.services.closures import closure_lock, opening_hours
from calendars.services.series import occurrence_rows
from calendars.services.series.occurrence_rows import Child, Expansion
from calendars.signals import children_made
from config.kernel import text
from notifications.models import StaffItem
from notifications.services import staff

# Children are made a little further than needed, so that a series is worked on once a day and not each minute.
SLACK = timedelta(days=1)
# How far into the past a series is filled in that starts there.
HISTORY = timedelta(days=366)
# How far the next occurrence of a series is looked for.
FAR = timedelta(days=41 * 366)
# At most so many children of one series at once, and so many ahead of a dense one, unless its alarms need more.
CHUNK = 1000
# About so many children in one transaction, and in one tick; the rest comes with the next.
ROWS_AT_ONCE, ROWS_A_TICK = 10_000, 100_000
COMPLETE_BATCH = 5000
NOTHING = timedelta()
# Times out of range, and zones that this machine's database has not.
UNREADABLE = (OverflowError, ValueError, ZoneInfoNotFoundError)
FINISH = """
UPDATE calendars_event e SET series_error = g.error, expanded_until = g.reached, series_ended = g.ended
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::boolean[]) AS g (id, error, reached, ended)
WHERE e.id = g.id
"""
# Children are made at most so far ahead for the sake of an alarm; what is to be sent still earlier is sent late.
LONGEST_LEAD = timedelta(days=366)
LEAD = ExpressionWrapper(
    Least(
        Greatest(F("event__start") - F("date_start_notice"), Value(NOTHING))
        + F("advance_notice") * Value(timedelta(seconds=1)),
        Value(LONGEST_LEAD),
    ),
    output_field=DurationField(),
)


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
            stood = [(root.expanded_until, root.pk) for root in roots]
            done, grown = _grow(roots, now)
        made += len(grown)
        if done == len(roots) < limit:
            break
        last = stood[done - 1]
    complete(now=now)
    return made


def grow(roots: list[Event], *, now: datetime) -> list[Child]:
    """Make children that some locked roots lack; one that cannot be worked out is marked and told."""
    return _grow(roots, now)[1]


def _grow(roots: list[Event], now: datetime) -> tuple[int, list[Child]]:
    """Return how many of the roots were looked at, until there was enough for one transaction, and the new children."""
    if not roots:
        return 0, []
    alarms = list(Alarm.objects.unscoped().filter(event__in=roots))
    growths = list(_enough(_growths(roots, alarms, now)))
    made = _write(growths, alarms, now)
    _announce(
        made, {growth.root.pk: opening_hours.clock(growth.root, growth.place) for growth in growths if growth.place}
    )
    return len(growths), made


def _growths(roots: list[Event], alarms: list[Alarm], now: datetime) -> Iterator[Expansion]:
    """Yield what each root lacks, worked out only when it is asked for."""
    of_root: dict[int, list[Alarm]] = {root.pk: [] for root in roots}
    for alarm in alarms:
        of_root[alarm.event_id].append(alarm)
    closure_lock.share(cast(int, root.organization_id) for root in roots)
    open_at = opening_hours.of(roots)
    for root in roots:
        growth = _growth(root, of_root[root.pk], now)
        growth.place = open_at[root.calendar_id]
        yield growth


def _enough(growths: Iterable[Expansion]) -> Iterator[Expansion]:
    """Yield as many as make one transaction."""
    rows = 0
    for growth in growths:
        yield growth
        rows += len(growth.starts)
        if rows >= ROWS_AT_ONCE:
            return


def _announce(made: list[Child], zones: Mapping[int, ZoneInfo]) -> None:
    """Tell the apps above of new children, and staff of those that take place on closed days."""
    by_organization: dict[int, list[Child]] = {}
    for child in made:
        by_organization.setdefault(child.organization_id, []).append(child)
    for organization_id, own in sorted(by_organization.items()):
        with tenancy.tenant(organization_id):
            children_made.send(Event, child_ids=[child.pk for child in own])
            kept = [child for child in own if child.closure and not child.effect]
            opening_hours.tell((child.closure, child.start.astimezone(zones[child.root_id])) for child in kept)


def make_next(root: Event, *, now: datetime) -> Event | None:
    """Make the first occurrence to come of a locked root that has no row yet and takes place; None for none."""
    recurrence, known = read(root), set(root.children.values_list("recurrence_id", flat=True))
    here = wall(max(now, root.start), recurrence.zone)
    alarms, place = list(Alarm.objects.filter(event=root)), opening_hours.of([root])[root.calendar_id]
    for local in islice(recurrence.between(here, here + FAR), CHUNK):
        if local.strftime(occurrence_rows.IDENTITY) not in known:
            growth = Expansion(root, [local], recurrence.ends, root.expanded_until, root.series_ended)
            growth.recurrence, growth.place = recurrence, place
            made = _write([growth], alarms, now)
            _announce(made, {root.pk: opening_hours.clock(root, place)})
            if made and made[0].effect != Effect.SKIPPED:
                return Event.objects.get(pk=made[0].pk)
    return None


def read(root: Event) -> RecurrenceSet:
    """Return the recurrence of a root; raises `BadRule`."""
    zone = ZoneInfo(root.time_zone)
    return parse(
        root=meant(root),
        zone=zone,
        frequency=root.rule.frequency if root.rule else "",
        params=root.rule.params if root.rule else None,
        text=root.recurrence,
        last=root.end_recurring_period,
        kind=root.kind,
    )


def meant(event: Event) -> datetime:
    """Return the wall-clock start of an event: what was meant, whatever its zone's rules have become since."""
    if event.local_start:
        return datetime.fromisoformat(event.local_start)
    return event_kinds.local(event.start, ZoneInfo(event.time_zone), event.kind)


def lead_of(event: Event, alarm: Alarm) -> timedelta:
    """Return how long before its event an alarm is wanted."""
    return event.start - alarm.date_start_notice + timedelta(seconds=alarm.advance_notice)


def words(root: Event) -> str:
    """Return a series in plain words; nothing for what is no series, or cannot be read."""
    if not root.is_series:
        return ""
    try:
        return describe(read(root))
    except (BadRule, *UNREADABLE):
        return ""


def complete(*, now: datetime) -> int:
    """Mark events as completed whose own time has passed; return how many."""
    done = 0
    while True:
        with transaction.atomic():
            rows = Event.objects.unscoped().over(now).select_for_update(skip_locked=True).order_by("pk")
            ids = list(rows.values_list("pk", flat=True)[:COMPLETE_BATCH])
            done += Event.objects.unscoped().filter(pk__in=ids).update(status=EventStatus.COMPLETED)
        if len(ids) < COMPLETE_BATCH:
            return done


def _expandable(now: datetime, last: tuple[datetime | None, int] | None) -> EventQuerySet:
    """Return series to work on, neediest first, from behind the one that was last."""
    alarms = Alarm.objects.unscoped().filter(event=OuterRef("pk")).order_by().values("event")
    lead = Coalesce(Subquery(alarms.annotate(lead=Max(LEAD)).values("lead")), Value(NOTHING))
    needed = ExpressionWrapper(Value(now + _horizon()) + lead, output_field=DateTimeField())
    rows = Event.objects.unscoped().expandable(needed).select_related("organization", "contact", "rule")
    if last:
        rows = rows.after(*last)
    return rows.order_by(F("expanded_until").asc(nulls_first=True), "pk").select_for_update(
        skip_locked=True, of=("self",)
    )


def _growth(root: Event, alarms: list[Alarm], now: datetime) -> Expansion:
    lead = min(max((lead_of(root, alarm) for alarm in alarms), default=NOTHING), LONGEST_LEAD)
    try:
        return _grown(root, read(root), needed=now + max(lead, NOTHING) + SLACK, now=now)
    except (BadRule, *UNREADABLE) as error:
        return Expansion(root, error=text.of(error))


def _grown(root: Event, series: RecurrenceSet, *, needed: datetime, now: datetime) -> Expansion:
    """Return the next children of a root, as far as the horizon reaches beyond what its alarms need."""
    zone = series.zone
    # A root that was moved alone may stand behind occurrences of its series.
    begin = root.expanded_until or max(instant(series.root, zone), now - HISTORY)
    until = needed + _horizon()
    starts = list(islice(series.between(wall(begin, zone), wall(until, zone)), CHUNK + 1))
    if len(starts) > CHUNK:
        until = min(until, max(needed, _crowded(series, now, until)))
        starts = [start for start in starts if instant(start, zone) <= until]
    if len(starts) <= CHUNK:
        reached = max(until, begin)
        return Expansion(root, starts, series.ends, reached, series.ended(wall(reached, zone)), recurrence=series)
    # To go on from a time that the clock leaves out would leave out what lies beside it.
    whole = next(place for place in range(CHUNK, 0, -1) if not is_missing(starts[place - 1], zone))
    return Expansion(root, starts[:whole], series.ends, instant(starts[whole - 1], zone), recurrence=series)


def _crowded(series: RecurrenceSet, now: datetime, until: datetime) -> datetime:
    """Return the moment up to which a dense series has as many occurrences ahead as are kept ready."""
    ahead = list(islice(series.between(wall(now, series.zone), wall(until, series.zone)), CHUNK))
    return instant(ahead[-1], series.zone) if len(ahead) == CHUNK else until


def _horizon() -> timedelta:
    return timedelta(days=settings.HORIZON_DAYS)


def _write(growths: list[Expansion], alarms: list[Alarm], now: datetime) -> list[Child]:
    """Write a batch; when the database refuses it, find the row that it refuses and let the others proceed."""
    try:
        with transaction.atomic():
            return _write_together(growths, alarms, now)
    except (DataError, IntegrityError, *UNREADABLE) as error:
        if len(growths) == 1:
            growths[0].error = (str(error) or type(error).__name__).splitlines()[0]
            _finish(growths)
            return []
        middle = len(growths) // 2
        return _write(growths[:middle], alarms, now) + _write(growths[middle:], alarms, now)


def _write_together(growths: list[Expansion], alarms: list[Alarm], now: datetime) -> list[Child]:
    roots = {growth.root.pk: growth.root for growth in growths}
    counted = Event.objects.unscoped().filter(parent_event__in=roots).order_by().values_list("parent_event")
    made = occurrence_rows.insert(growths, ordinals=dict(counted.annotate(Max("occ_count"))))
    occurrence_rows.copy_alarms(made, roots=roots, alarms=alarms, now=now)
    _finish(growths)
    return made


def _finish(growths: list[Expansion]) -> None:
    for growth in growths:
        root = growth.root
        root.series_error = growth.error[:300]
        if growth.error:
            _tell(root, growth.error)
        else:
            root.expanded_until, root.series_ended = growth.expanded_until, growth.ended
    roots = [growth.root for growth in growths]
    rows = [(root.pk, root.series_error, root.expanded_until, root.series_ended) for root in roots]
    with connection.cursor() as cursor:
        cursor.execute(FINISH, arrays(rows))


def _tell(root: Event, why: str) -> None:
    with tenancy.tenant(cast(int, root.organization_id)):
        values = {"title": root.title[:80], "why": why}
        staff.tell(StaffItem.Kind.WARNING, "series_stopped", key=f"series:{root.pk}", values=values)
