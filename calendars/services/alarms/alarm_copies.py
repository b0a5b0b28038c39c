"""Copy the alarms of a series' root to its occurrences."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from django.db import connection

from calendars.engine.states import AlarmResult, AlarmState, AlarmStatus, ClosureEffect
from calendars.models import Alarm, Event
from calendars.services.alarms.alarm_schedule import AlarmPattern
from calendars.services.event_rows import Child
from config.kernel import bulk_sql

# Why the alarms of an occurrence are cancelled that a closure skipped.
CLOSED = "closed"

# What a copy has from the alarm of its root, and what it has of its own: the value of each column.
COPIED = (
    "alarm_phonenumber",
    "alarm_email",
    "daily_start",
    "daily_stop",
    "advance_notice",
    "maxretry",
    "retry_delay",
    "method",
    "survey",
    "mail_template",
    "sms_template",
    "url_cancel",
    "url_confirm",
    "phonenumber_transfer",
    "phonenumber_sms_failure",
)
OWN = {
    "result": "%s",
    "organization": "a.organization_id",
    "event": "c.event_id",
    "parent_alarm": "a.id",
    "date_start_notice": "c.notice",
    "due_at": "c.due_at",
    "useful_until": "c.useful_until",
    "status": "c.status",
    "state": "c.state",
    "reason": "c.reason",
    "num_attempt": "0",
    "revision": "1",
}

INSERT = f"""
INSERT INTO calendars_alarm ({bulk_sql.columns(Alarm, (*OWN, *COPIED))})
SELECT {", ".join(OWN.values())}, {bulk_sql.columns(Alarm, COPIED, of="a")}
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::int[], %s::text[],
    %s::text[]) AS c (alarm_id, event_id, notice, due_at, useful_until, status, state, reason)
JOIN calendars_alarm a ON a.id = c.alarm_id
ORDER BY c.event_id, a.id
ON CONFLICT (organization_id, event_id, parent_alarm_id) DO NOTHING
"""  # noqa: S608 # nosec B608


def copy(children: Iterable[Child], *, roots: Mapping[int, Event], alarms: Iterable[Alarm], now: datetime) -> None:
    """Give occurrences their copies of the roots' alarms, moved along on the wall clock; one statement for all.

    A copy for an occurrence that had passed before its series was first expanded is skipped without telling anybody.
    """
    patterns: dict[int, list[AlarmPattern]] = {}
    for alarm in alarms:
        if alarm.event_id in roots:
            patterns.setdefault(alarm.event_id, []).append(AlarmPattern.of(alarm, roots[alarm.event_id]))
    rows = [
        _copy(pattern, child, roots[child.root_id], now)
        for child in children
        for pattern in patterns.get(child.root_id, ())
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [AlarmResult.NO_RESULT, *bulk_sql.arrays(rows)])


def hand_over(row: Event, root: Event, following: Sequence[Event], *, now: datetime) -> None:
    """Let the alarms of an occurrence that becomes a root be those that the following ones have copies of."""
    _complete(row, root, now=now)
    own = list(Alarm.objects.filter(event=row).select_for_update(of=("self",)).order_by("pk"))
    for alarm in own:
        copies = Alarm.objects.filter(event__in=following, parent_alarm=alarm.parent_alarm_id)
        copies.exclude(parent_alarm=None).update(parent_alarm=alarm)
    Alarm.objects.filter(pk__in=[alarm.pk for alarm in own]).update(parent_alarm=None)


def _complete(row: Event, root: Event, *, now: datetime) -> None:
    """Give the new root the alarms that somebody took from it alone, ended, for what follows to have them."""
    had = Alarm.objects.filter(event=row).exclude(parent_alarm=None).values("parent_alarm")
    taken = list(Alarm.objects.filter(event=root).exclude(pk__in=had).order_by("pk"))
    child = Child(row.pk, root.pk, cast(int, row.organization_id), row.start)
    copy([child], roots={root.pk: root}, alarms=taken, now=now)
    made = Alarm.objects.filter(event=row, parent_alarm__in=taken)
    made.update(status=AlarmStatus.FAILURE, state=AlarmState.CANCELLED, reason="alarm_deleted")


def _copy(pattern: AlarmPattern, child: Child, root: Event, now: datetime) -> tuple[object, ...]:
    notice = pattern.notice(child.start)
    due = pattern.due(notice, child.start, now=now)
    if child.effect == ClosureEffect.SKIPPED:
        stands = int(AlarmStatus.FAILURE), str(AlarmState.CANCELLED), CLOSED
    elif root.expanded_until is None and due.useful_until <= now:
        stands = int(AlarmStatus.FAILURE), str(AlarmState.SKIPPED), "past"
    else:
        stands = int(AlarmStatus.PENDING), str(AlarmState.PLANNED), ""
    return pattern.alarm.pk, child.pk, notice, due.at, due.useful_until, *stands
