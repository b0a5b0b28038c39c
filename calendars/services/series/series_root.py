"""What the root of a series is told, and what it has of its own: it is an occurrence, too, and its series' pattern."""

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from calendars.engine import series_plan, time_kinds
from calendars.engine.recurrence.recurrence_set import resolve, wall
from calendars.engine.series_plan import IDENTITY, Series
from calendars.engine.states import ClosureEffect, TimeKind
from calendars.engine.time_kinds import Shift
from calendars.models import Event
from calendars.models.series_fields import FIELDS
from calendars.services.event_times import CLOCK, RECURS, EventTimes, apply_fields
from calendars.services.field_types import EventChange


def root_by_rule(root: Event) -> Event:
    """Return a root, unsaved, as its series says: when its first occurrence was to be, how long, and its fields."""
    series, shown = root.as_series(), copy(root)
    shown.start, shown.end = series.span(series.recurrence.root)
    shown.local_start = series.recurrence.root.strftime(IDENTITY)
    shown.recurrence, shown.series_fields = series_plan.without_anchor(root.recurrence), None
    for column, value in root.series_values.items():
        setattr(shown, column, value)
    return shown


def said_of_root(root: Event, fields: EventChange) -> EventChange:
    """Return what is said of the first occurrence as said of its series; see `said_of_series`."""
    if not {*RECURS, *CLOCK, "start", "end"} & {*fields}:
        return fields
    series = root.as_series()
    first = series.recurrence.root
    return said_of_series(root, first, first, fields, home=series.zone)


def said_of_series(row: Event, slot: datetime, first: datetime, fields: EventChange, *, home: ZoneInfo) -> EventChange:
    """Return what is said of one occurrence as said of its series, whose first one is at a wall-clock time of `home`.

    Its series gives the occurrence the wall-clock start `slot`, from which it may have been moved: the series moves by
    as much as lies between this and the new start. What the occurrence is already says nothing.
    """
    given = cast(EventChange, {name: value for name, value in fields.items() if not _stands(row, name, fields)})
    if given.keys() & {"recurrence", "rule"} and "end_recurring_period" in fields:
        # The end of a new rule is that of its series, also where the occurrence still has the same from an older one.
        given["end_recurring_period"] = fields["end_recurring_period"]
    zone, days = ZoneInfo(fields.get("time_zone") or row.time_zone), fields.get("all_day", row.all_day)
    own = row.intended_start
    if "time_zone" not in given and row.kind == TimeKind.TIMED and row.time_zone != home.key:
        # It alone is in another zone.
        given, fields, zone, own = _instants(given, zone), _instants(fields, zone), home, wall(row.start, home)
    slot = own if row.closure_effect == ClosureEffect.MOVED else slot  # what a closure moved is seen there by all
    begin = time_kinds.midnight(own.date()) if days else own
    if "start" in given:
        begin = _local(given["start"], zone, days=days)
        given["start"] = Shift(slot, begin, turns=days != row.all_day)(first)
    given.pop("end", None)
    if (end := fields.get("end")) and ("start" in given or not _stands(row, "end", fields)):
        # A start that the clock leaves out is another on the wall, from which the end is counted.
        since = begin if "start" in given or days else time_kinds.local(row.start, zone, row.kind)
        lasts = _local(end, zone, days=days) - since
        if "start" not in given or days != row.all_day or lasts != row.wall_clock_length:
            given["end"] = given.get("start", first) + lasts
    return given


def change_series_root(row: Event, fields: EventChange, before: Series, *, is_edited: bool) -> None:
    """Put what is said of a whole series into its root, unsaved; what the root has of its own stays.

    A root that `is_edited` itself is as it was told, unless it is cancelled. Raises `RuleNamesDays`, and what
    `apply_fields` raises.
    """
    if not {*fields} & {*RECURS, *CLOCK, "start", "end"}:
        return row.take_over(fields, own_fields(row, is_edited=is_edited))
    own, series = copy(row), root_by_rule(row)
    apply_fields(series, fields, EventTimes.of(series))
    after = _after(series, fields, before)
    series.start, series.end = after.span(after.first)
    kept = own_fields(own, is_edited=is_edited)
    if "time_zone" not in fields and own.series_zone.key != own.time_zone:
        kept |= {"time_zone"}
    for name in {*fields, *RECURS, *CLOCK, "start", "end", "local_start"} - kept:
        setattr(row, name, getattr(series, name))
    if own.is_called_off or before.is_root_moved:
        _keep_own_times(row, own, after, {*fields} if is_edited and not own.is_called_off else set())
    elif row.time_zone != after.zone.key:
        _show_in_own_zone(row, after)
    if {"recurrence", "rule"} & set(fields):
        row.series_fields = None  # what somebody gives a rule goes on
    return note_series(row, series.series_values, after)


def change_alone(row: Event, fields: EventChange) -> None:
    """Put what is said of one occurrence alone into it, unsaved; the series stays as it was, also of its root."""
    if not row.is_series:
        return apply_fields(row, fields, EventTimes.of(row))
    before, values = row.as_series(), row.series_values
    apply_fields(row, fields, EventTimes.of(row))
    note_series(row, values, before)
    first, lines = before.recurrence.root, series_plan.without_anchor(row.recurrence)
    is_there = row.start_in_series == first
    row.recurrence = lines if is_there else series_plan.anchored(lines, first, row.kind)
    return None


def own_fields(row: Event, *, is_edited: bool) -> set[str]:
    """Return which fields of a root stay when its series gets others; one that is cancelled stays as it was."""
    noted = row.series_fields or {}
    if row.is_called_off:
        return {*FIELDS}
    return set() if is_edited else {name for name, column in FIELDS.items() if column in noted}


def note_series(root: Event, values: Mapping[str, Any], series: Series) -> None:
    """Note in a root, unsaved, what its series has otherwise: values by columns, and how long its occurrences last."""
    zone = series.zone
    # Whole days and floating times are as long on any clock.
    is_timed = root.kind == TimeKind.TIMED
    root.note(
        values, series.lasts, wall(root.end, zone) - wall(root.start, zone) if is_timed else root.wall_clock_length
    )


def _stands(row: Event, name: str, fields: EventChange) -> bool:
    """Return whether a value, of times on the same clock, is what the occurrence has already."""
    value: Any = dict(fields)[name]
    if name in ("start", "end") and any(fields.get(each, getattr(row, each)) != getattr(row, each) for each in CLOCK):
        return False
    if isinstance(value, datetime) and value.tzinfo is None:
        value = resolve(value, ZoneInfo(row.time_zone))
    return bool(getattr(row, name) == value)


def _instants(fields: EventChange, zone: ZoneInfo) -> EventChange:
    """Return fields whose naive start and end, wall-clock times of a zone, are instants."""
    times: dict[str, Any] = {name: value for name, value in fields.items() if name in ("start", "end")}
    naive = {name: resolve(value, zone) for name, value in times.items() if value and value.tzinfo is None}
    return cast(EventChange, {**fields, **naive})


def _local(at: datetime, zone: ZoneInfo, *, days: bool) -> datetime:
    if at.tzinfo is None:
        return at
    is_day = days and time_kinds.is_start_of_day(at, zone)
    return time_kinds.local(at, zone, TimeKind.DAYS) if is_day else wall(at, zone)


def _after(series: Event, fields: EventChange, before: Series) -> Series:
    """Return a changed series, whose lines have moved along unless new ones were given."""
    after = replace(series.as_series(), length=_length(series, fields, before))
    is_elsewhere = (after.first, after.zone, after.kind) != (before.recurrence.root, before.zone, before.kind)
    if not is_elsewhere or {"recurrence", "rule"} & set(fields):
        return after
    moved = series_plan.move(before, after)
    series.recurrence, series.rule = moved.lines, series.rule if moved.frequency else None
    if "end_recurring_period" not in fields:
        series.end_recurring_period = moved.last
    return replace(moved, last=series.end_recurring_period)


def _length(series: Event, fields: EventChange, before: Series) -> timedelta:
    """Return how long the occurrences of a changed series last on the wall clock."""
    end, zone = fields.get("end"), ZoneInfo(series.time_zone)
    if series.kind != before.kind or zone != before.zone:
        return time_kinds.length(series.start, series.end, zone, series.kind)
    return end - fields.get("start", before.recurrence.root) if end else before.lasts


def _keep_own_times(row: Event, own: Event, after: Series, told: set[str]) -> None:
    """Let a root stay where it was put alone, but for the start or end that it was `told`, and its series elsewhere.

    Where its series becomes all-day, or ceases to be, it keeps its day.
    """
    first, begin, is_put = after.first, own.start_in_series, True
    if own.kind != row.kind:
        begin = first if "start" in told else datetime.combine(begin.date(), first.time())
        row.start, row.end = after.span(begin)
    elif told & {"start", "end"}:
        begin = first if "start" in told else begin
        row.start, row.end = after.lasting(after.lasts if "end" in told else own.wall_clock_length).span(begin)
    else:
        row.start, row.end, is_put = own.start, own.end, False
    row.local_start = begin.strftime(IDENTITY)
    if own.series_zone != after.zone and "start" not in told:
        row.local_start = time_kinds.name(row.start, after.zone, after.kind)
    if row.local_start != first.strftime(IDENTITY):
        row.recurrence = series_plan.anchored(row.recurrence, first, row.kind)
    if row.time_zone == after.zone.key:
        return
    if is_put:
        _show_in_own_zone(row, after)
    else:
        row.local_start = own.local_start


def _show_in_own_zone(row: Event, series: Series) -> None:
    """Let a root that alone is in another zone have the times that it was given in the zone of its series."""
    zone = ZoneInfo(row.time_zone)
    if row.kind != TimeKind.TIMED:
        local = time_kinds.local(row.start, series.zone, row.kind)
        lasts = time_kinds.length(row.start, row.end, series.zone, row.kind)
        row.start, row.end = resolve(local, zone), time_kinds.finish(local, lasts, zone, row.kind)
    row.local_start = time_kinds.name(row.start, zone, row.kind)
