"""Making the children of series and their alarms, for many roots in one statement each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from calendars.engine import event_kinds
from calendars.engine.closures import Occurrence, Place, decide
from calendars.engine.recurrence.recurrence_set import RecurrenceSet, resolve
from calendars.engine.states import AlarmState, AlarmStatus, Effect, EventStatus
from calendars.models import Alarm, Event
from calendars.services.alarms.alarm_schedule import AlarmPattern
from calendars.services.bulk_sql import arrays

IDENTITY = "%Y%m%dT%H%M%S"
# Why the alarms of a skipped occurrence are cancelled.
CLOSED = "closed"

INSERT_CHILDREN = """
INSERT INTO calendars_event (
    organization_id, title, description, start, "end", time_zone, creator_id, end_recurring_period, rule_id,
    recurrence, calendar_id, notify_count, status, data, parent_event_id, occ_count, contact_id, recurrence_id,
    uid, series_ended, series_error, version, local_start, on_closure, closure, closure_effect, cancelled_at, all_day,
    floating)
SELECT r.organization_id, r.title, r.description, c.start, c."end", r.time_zone, r.creator_id,
    r.end_recurring_period, r.rule_id, '', r.calendar_id, 0, %s, r.data, r.id, c.ordinal, r.contact_id,
    c.recurrence_id, '', false, '', 1, c.local_start, r.on_closure, c.closure, c.effect,
    CASE WHEN c.effect = 'skipped' THEN punctual_now() END, r.all_day, r.floating
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::int[], %s::text[], %s::text[],
    %s::text[]) AS c (root_id, recurrence_id, start, "end", ordinal, local_start, closure, effect)
JOIN calendars_event r ON r.id = c.root_id
ORDER BY r.id, c.start
ON CONFLICT (organization_id, parent_event_id, recurrence_id) DO NOTHING
RETURNING id, parent_event_id, organization_id, start, closure, closure_effect
"""

INSERT_ALARMS = """
INSERT INTO calendars_alarm (
    organization_id, event_id, parent_alarm_id, date_start_notice, due_at, useful_until, status, state, reason,
    num_attempt, result, revision, alarm_phonenumber, alarm_email, daily_start, daily_stop, advance_notice, maxretry,
    retry_delay, method, survey_id, mail_template_id, sms_template_id, url_cancel, url_confirm,
    phonenumber_transfer, phonenumber_sms_failure)
SELECT a.organization_id, c.event_id, a.id, c.notice, c.due_at, c.useful_until, c.status, c.state, c.reason,
    0, 0, 1, a.alarm_phonenumber, a.alarm_email, a.daily_start, a.daily_stop, a.advance_notice, a.maxretry,
    a.retry_delay, a.method, a.survey_id, a.mail_template_id, a.sms_template_id, a.url_cancel, a.url_confirm,
    a.phonenumber_transfer, a.phonenumber_sms_failure
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::int[], %s::text[],
    %s::text[]) AS c (alarm_id, event_id, notice, due_at, useful_until, status, state, reason)
JOIN calendars_alarm a ON a.id = c.alarm_id
ORDER BY c.event_id, a.id
ON CONFLICT (organization_id, event_id, parent_alarm_id) DO NOTHING
"""


@dataclass
class Expansion:
    """What one root grows by: the wall-clock starts of its new children, and where that leaves it."""

    root: Event
    starts: list[datetime] = field(default_factory=list)
    ends: Mapping[datetime, datetime] = field(default_factory=dict)
    expanded_until: datetime | None = None
    ended: bool = False
    error: str = ""
    recurrence: RecurrenceSet | None = None
    place: Place | None = None


class Child(NamedTuple):
    """A child that was made."""

    pk: int
    root_id: int
    organization_id: int
    start: datetime
    closure: str = ""
    effect: str = ""


def insert(growths: Iterable[Expansion], *, ordinals: dict[int, int]) -> list[Child]:
    """Insert the children that are not there yet; `ordinals` tells each root's highest so far."""
    rows = [row for growth in growths for row in _rows(growth, ordinals.get(growth.root.pk, 0))]
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(INSERT_CHILDREN, [EventStatus.PENDING, *arrays(rows)])
        return [Child(*row) for row in cursor.fetchall()]


def copy_alarms(children: Iterable[Child], *, roots: dict[int, Event], alarms: Iterable[Alarm], now: datetime) -> None:
    """Give children their copies of the roots' alarms, moved along on the wall clock.

    A copy for an occurrence that had passed before its series was first expanded is skipped without telling anybody.
    """
    of_root: dict[int, list[AlarmPattern]] = {}
    for alarm in alarms:
        if alarm.event_id in roots:
            of_root.setdefault(alarm.event_id, []).append(AlarmPattern.of(alarm, roots[alarm.event_id]))
    rows = [
        _copy(track, child, roots[child.root_id], now) for child in children for track in of_root.get(child.root_id, ())
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(INSERT_ALARMS, arrays(rows))


def _copy(track: AlarmPattern, child: Child, root: Event, now: datetime) -> tuple[object, ...]:
    notice = track.notice(child.start)
    due = track.due(notice, child.start, now=now)
    if child.effect == Effect.SKIPPED:
        stands = int(AlarmStatus.FAILURE), str(AlarmState.CANCELLED), CLOSED
    elif root.expanded_until is None and due.useful_until <= now:
        stands = int(AlarmStatus.FAILURE), str(AlarmState.SKIPPED), "past"
    else:
        stands = int(AlarmStatus.PENDING), str(AlarmState.PLANNED), ""
    return track.alarm.pk, child.pk, notice, due.at, due.useful_until, *stands


def spans(
    root: Event, locals_: Iterable[datetime], ends: Mapping[datetime, datetime]
) -> Iterator[tuple[datetime, datetime, datetime]]:
    """Yield wall-clock start, start and end of occurrences: as long as their root, but where `ends` says otherwise."""
    zone, kind = ZoneInfo(root.time_zone), root.kind
    length = event_kinds.length(root.start, root.end, zone, kind)
    for local in locals_:
        start = resolve(local, zone)
        end = ends.get(local) or event_kinds.finish(local, length, zone, kind)
        # A start inside a missing hour can land behind its end on the wall clock: then the elapsed duration counts.
        yield local, start, end if end > start else start + (root.end - root.start)


def _rows(growth: Expansion, ordinal: int) -> Iterator[tuple[object, ...]]:
    root, zone = growth.root, ZoneInfo(growth.root.time_zone)
    found = spans(root, growth.starts, growth.ends)
    for place, (local, start, end) in enumerate(found, start=ordinal + 1):
        identity = local.strftime(IDENTITY)
        if growth.recurrence is None or growth.place is None or growth.place.is_always_open:
            yield root.pk, identity, start, end, place, identity, "", ""
            continue
        decision = decide(growth.place, growth.recurrence, root.on_closure, Occurrence(local, start, end))
        named = identity if decision.start == start else event_kinds.name(decision.start, zone, root.kind)
        yield root.pk, identity, decision.start, decision.end, place, named, decision.closure, decision.effect
