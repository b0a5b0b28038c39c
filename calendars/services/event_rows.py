"""Write the table of events: the only module that does. All but new rows are locked by the caller."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple, cast

from django.db import connection
from django.db.models import F, Func, Q, QuerySet, Value

from calendars.engine.series_plan import SeriesEnding
from calendars.engine.states import ClosureEffect, EventStatus
from calendars.models import Event
from calendars.models.series_fields import FIELDS
from calendars.querysets import EventQuerySet
from config.kernel import bulk_sql

# What a new event is made of; the rest is as the database has it.
SINGLE = (
    "organization calendar creator title description start end time_zone all_day floating private local_start "
    "recurrence recurrence_id uid external_id data status notify_count occ_count closure contact on_closure rule "
    "end_recurring_period series_ended series_error series_fields version"
).split()
# What an occurrence has from its root, and what it has of its own: the value of each column.
COPIED = "organization end_recurring_period rule all_day floating".split()
OWN = {
    # A root that was changed alone has others of these than its series.
    **{name: bulk_sql.noted_value(Event, name, of="r", notes="series_fields") for name in FIELDS},
    "status": "%s",
    "cancelled_at": "CASE WHEN c.effect = %s THEN punctual_now() END",
    "parent_event": "r.id",
    "recurrence_id": "c.recurrence_id",
    "start": "c.start",
    "end": 'c."end"',
    "local_start": "c.local_start",
    "occ_count": "c.ordinal",
    "closure": "c.closure",
    "closure_effect": "c.effect",
    "recurrence": "''",
    "uid": "''",
    "external_id": "''",
    "notify_count": "0",
    "series_ended": "false",
    "series_error": "''",
    "series_fields": "NULL::jsonb",
    "version": "1",
}


COMPUTED = bulk_sql.computed_once(Event, (*OWN, *COPIED))
INSERT_CHILDREN = f"""
INSERT INTO calendars_event ({bulk_sql.columns(Event, (*OWN, *COPIED))}, {", ".join(COMPUTED)})
SELECT {", ".join(OWN.values())}, {bulk_sql.columns(Event, COPIED, of="r")}, {", ".join(COMPUTED.values())}
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::int[], %s::text[], %s::text[],
    %s::text[]) AS c (root_id, recurrence_id, start, "end", ordinal, local_start, closure, effect)
JOIN calendars_event r ON r.id = c.root_id
ORDER BY r.id, c.start
ON CONFLICT (organization_id, parent_event_id, recurrence_id) WHERE parent_event_id IS NOT NULL DO NOTHING
RETURNING id, parent_event_id, organization_id, start, closure, closure_effect
"""  # noqa: S608 # nosec B608
RETIME = """
UPDATE calendars_event e SET start = c.start, "end" = c."end", time_zone = c.time_zone, all_day = c.all_day,
    floating = c.floating, local_start = c.local_start, version = e.version + 1
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::boolean[], %s::boolean[], %s::text[])
    AS c (id, start, "end", time_zone, all_day, floating, local_start)
WHERE e.id = c.id
"""
CLOSE = """
UPDATE calendars_event e SET start = c.start, "end" = c."end", local_start = c.local_start, recurrence = c.recurrence,
    closure = c.closure, closure_effect = c.effect, cancelled_at = c.cancelled_at, version = e.version + 1
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::timestamptz[]) AS c (id, start, "end", local_start, recurrence, closure, effect, cancelled_at)
WHERE e.id = c.id
"""
RECORD_EXPANSION = """
UPDATE calendars_event e SET series_error = c.error, expanded_until = c.reached, series_ended = c.ended
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::boolean[]) AS c (id, error, reached, ended)
WHERE e.id = c.id
"""
# Rows that changed since they were read are left out: they are not locked here.
FILL_WALL_CLOCK = """
UPDATE calendars_event e SET local_start = c.name
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[]) AS c (id, name, start, time_zone)
WHERE e.id = c.id AND e.local_start = '' AND e.start = c.start AND e.time_zone = c.time_zone
"""
# Tells the table's trigger that the wall-clock time is meant to stay.
KEEP_WALL_TIME = "SELECT set_config('punctual.same_wall_time', %s, true)"


# What a series says otherwise than its root, without the words that may name a person.
WITHOUT_TEXTS = Func(F("series_fields"), template="%(expressions)s - '{title,description,data}'::text[]")


class NewChild(NamedTuple):
    """An occurrence to be inserted: its root, RECURRENCE-ID and times, and what a closure does to it."""

    root_id: int
    recurrence_id: str
    start: datetime
    end: datetime
    ordinal: int
    local_start: str
    closure: str = ""
    effect: str = ""


class ChildRow(NamedTuple):
    """An occurrence that was inserted."""

    pk: int
    root_id: int
    organization_id: int
    start: datetime
    closure: str = ""
    effect: str = ""


def insert_children(rows: Sequence[NewChild]) -> list[ChildRow]:
    """Insert the occurrences of series that are not there yet, and return them; one statement for many roots."""
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(INSERT_CHILDREN, [EventStatus.PENDING, ClosureEffect.SKIPPED, *bulk_sql.arrays(rows)])
        return [ChildRow(*row) for row in cursor.fetchall()]


def insert_single(rows: Sequence[Event]) -> None:
    """Insert events in one statement."""
    bulk_sql.insert(rows, SINGLE)


def insert(row: Event) -> None:
    """Insert one event."""
    row.save(force_insert=True)


def save(row: Event, *, fields: Sequence[str] | None = None, keeps_wall_time: bool = False) -> None:
    """Save a changed event under a new version; with `keeps_wall_time` its wall-clock time is still what was meant."""
    row.version += 1
    names = None if fields is None else [*fields, "version"]
    if keeps_wall_time:
        with _same_wall_time():
            row.save(update_fields=names)
    else:
        row.save(update_fields=names)


def rename(root: Event, names: Mapping[int, str]) -> None:
    """Give occurrences of a series other RECURRENCE-IDs, by their keys; they may take one another's."""
    # Out of each other's way first: names are unique at every moment.
    aside = Func(F("recurrence_id"), Value("T"), Value("t"), function="replace")
    root.children.filter(pk__in=names).update(recurrence_id=aside)
    rows = [Event(pk=pk, recurrence_id=name) for pk, name in names.items()]
    Event.objects.bulk_update(rows, ["recurrence_id"])


def retime(rows: Sequence[Event]) -> None:
    """Write other times of events, which hang on other clocks, too; their wall-clock start is what was meant."""
    if not rows:
        return
    columns = [(row.pk, row.start, row.end, row.time_zone, row.all_day, row.floating, row.local_start) for row in rows]
    for row in rows:
        row.version += 1
    with _same_wall_time(), connection.cursor() as cursor:
        cursor.execute(RETIME, bulk_sql.arrays(columns))


def close(rows: Sequence[Event]) -> None:
    """Write what closures did to events: other times, other lines of a root, skipped or not."""
    columns = [
        (row.pk, row.start, row.end, row.local_start, row.recurrence, row.closure, row.closure_effect, row.cancelled_at)
        for row in rows
    ]
    for row in rows:
        row.version += 1
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, bulk_sql.arrays(columns))


def mark_closures(rows: Sequence[Event]) -> None:
    """Write which closures events meet; nothing else changes of them."""
    Event.objects.bulk_update(rows, ["closure"])


def cancel(rows: Sequence[Event], *, now: datetime) -> None:
    """Write that events do not take place."""
    Event.objects.filter(pk__in=[row.pk for row in rows]).update(cancelled_at=now, version=F("version") + 1)
    for row in rows:
        row.cancelled_at, row.version = now, row.version + 1


def restore(rows: Sequence[Event]) -> None:
    """Write that events take place after all."""
    Event.objects.filter(pk__in=[row.pk for row in rows]).update(cancelled_at=None, version=F("version") + 1)
    for row in rows:
        row.cancelled_at = None
        row.version += 1


def keep_cancelled(which: Q) -> None:
    """Let what a closure skipped stay cancelled, whatever becomes of the closure."""
    Event.objects.filter(which, closure_effect=ClosureEffect.SKIPPED).update(closure_effect="")


def delete(rows: Iterable[Event]) -> None:
    """Remove events."""
    Event.objects.filter(pk__in=[row.pk for row in rows]).delete()


def stop_series(rows: QuerySet[Event]) -> None:
    """Let the roots among some events make no more occurrences."""
    rows.filter(Q(rule__isnull=False) | ~Q(recurrence=""), parent_event=None).update(series_ended=True)


def keep_as_closed(rows: QuerySet[Event]) -> None:
    """Let events stay as closures left them, whatever becomes of the closures."""
    rows.exclude(closure_effect="").update(closure_effect="")


def erase_texts(rows: QuerySet[Event], *, title: str) -> int:
    """Replace the titles of events, and remove all that may name a person; return how many there are."""
    blank: dict[str, Any] = {"description": None, "data": None, "uid": "", "external_id": "", "series_error": ""}
    return rows.update(title=title, **blank, series_fields=WITHOUT_TEXTS)


def erase_series_texts(rows: QuerySet[Event]) -> None:
    """Remove what may name a person from what series say otherwise than their roots."""
    rows.exclude(series_fields=None).update(series_fields=WITHOUT_TEXTS)


def update_texts(rows: Sequence[Event], names: Iterable[str]) -> None:
    """Write some fields of events, or their columns, under a new version."""
    for row in rows:
        row.version += 1
    Event.objects.bulk_update(rows, [*names, "version"])


def give_to(root: Event, children: Iterable[Event]) -> None:
    """Let occurrences of one series be those of another."""
    Event.objects.filter(pk__in=[child.pk for child in children]).update(parent_event=root)


def end_series(root: Event, ending: SeriesEnding | None = None) -> None:
    """Let a root make no more occurrences; with an ending, its lines say so."""
    if ending is None:
        Event.objects.filter(pk=root.pk).update(series_ended=True, series_fields=root.series_fields)
        return
    root.recurrence, root.end_recurring_period, root.series_ended = ending.lines, ending.last, True
    save(root)


def exclude(root: Event, line: str) -> None:
    """Add an EXDATE line to a root."""
    recurrence = f"{root.recurrence}\n{line}".strip()
    Event.objects.filter(pk=root.pk).update(recurrence=recurrence, version=F("version") + 1)


def expand_again(root: Event, *, since: datetime) -> None:
    """Let a series be expanded anew from an instant on."""
    Event.objects.filter(pk=root.pk).update(expanded_until=since, series_ended=False, series_error="")


def record_expansion(roots: Iterable[Event]) -> None:
    """Write how far series were expanded, whether they ended, and why they cannot go on."""
    columns = [(root.pk, root.series_error, root.expanded_until, root.series_ended) for root in roots]
    with connection.cursor() as cursor:
        cursor.execute(RECORD_EXPANSION, bulk_sql.arrays(columns))


def fill_wall_clock(rows: Sequence[tuple[int, str, datetime, str]]) -> None:
    """Write the wall-clock starts of events that have none: key, wall-clock start, instant and zone of each."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(FILL_WALL_CLOCK, bulk_sql.arrays(rows))


def set_external_id(row: Event, external_id: str) -> None:
    """Write the id of an event in the system it came from."""
    Event.objects.filter(pk=row.pk).update(external_id=external_id)
    row.external_id = external_id


def set_version(row: Event, version: int) -> None:
    """Write the version of an event, which is its SEQUENCE in files."""
    Event.objects.filter(pk=row.pk).update(version=version)
    row.version = version


def pause(root: Event, *, since: datetime) -> None:
    """Write since when a series is paused."""
    Event.objects.filter(pk=root.pk).update(paused_at=since)


def resume(root: Event, *, reached: datetime) -> None:
    """Write that a series is not paused any more, and from where on it is expanded."""
    Event.objects.filter(pk=root.pk).update(paused_at=None, expanded_until=reached)


def set_status(pk: int, status: int, *, before: int | None = None) -> None:
    """Write the status of an event; with `before` only where it has that one."""
    rows = Event.objects.filter(pk=pk)
    (rows if before is None else rows.filter(status=before)).update(status=status)


def complete(now: datetime, *, most: int) -> int:
    """Mark events as completed whose own time has passed, of any organization; return how many, at most `most`."""
    rows = (
        cast("EventQuerySet[Event]", Event.objects.unscoped())
        .over(now)
        .select_for_update(skip_locked=True)
        .order_by("pk")
    )
    ids = list(rows.values_list("pk", flat=True)[:most])
    return int(Event.objects.unscoped().filter(pk__in=ids).update(status=EventStatus.COMPLETED))


@contextmanager
def _same_wall_time() -> Iterator[None]:
    """Let events go to other instants, or to another zone, that are at the same time on the wall."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP_WALL_TIME, ["yes"])
        yield
        cursor.execute(KEEP_WALL_TIME, [""])
