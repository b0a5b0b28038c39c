"""Update alarms and alarm requests from their deliveries; set-based, across organizations."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts import tenancy
from calendars.engine.states import FOLLOWS, AlarmState, AlarmStatus, EventStatus
from calendars.models import Alarm
from calendars.services.alarms.alarm_rescheduling import CLOSED
from notifications.services import outbox

# The integers of the older interface, by the names of the enums.
STATUSES = {status.name.lower(): int(status) for status in AlarmStatus} | {"paused": int(EventStatus.PAUSED)}

REQUESTS = """
INSERT INTO calendars_alarmrequest
    (organization_id, alarm_id, attempt_id, date, status, callstatus, duration, state, reason)
SELECT d.organization_id, a.id, t.id, t.started_at,
    CASE
        WHEN t.state IN ('calling', 'in_doubt') THEN %(in_process)s
        WHEN t.state IN ('accepted', 'delivered') THEN %(success)s
        WHEN t.state IN ('refused', 'absent')
            AND (d.state IN ('scheduled', 'leased', 'calling', 'in_doubt')
                 OR EXISTS (SELECT 1 FROM notifications_attempt n WHERE n.delivery_id = d.id AND n.number > t.number))
            THEN %(retry)s
        ELSE %(failure)s
    END,
    0, 0, t.state, t.error_code
FROM notifications_attempt t
JOIN notifications_delivery d ON d.id = t.delivery_id
JOIN calendars_alarm a ON a.id = d.origin_id AND a.organization_id = d.organization_id
WHERE d.id = ANY(%(deliveries)s) AND d.origin = 'alarm'
ORDER BY t.id
ON CONFLICT (attempt_id) DO UPDATE SET status = excluded.status, state = excluded.state, reason = excluded.reason
"""

# Alarms are locked in the order of their ids, like everywhere; only the current revision's message speaks for one.
ALARMS = """
WITH news AS (
    SELECT a.id, d.state, d.reason, f.status, f.state AS alarm_state,
        (SELECT count(*) FROM notifications_attempt t WHERE t.delivery_id = d.id) AS tries
    FROM notifications_delivery d
    JOIN calendars_alarm a ON a.id = d.origin_id AND a.organization_id = d.organization_id
    JOIN unnest(%(delivery_states)s::text[], %(statuses)s::int[], %(states)s::text[])
        AS f (delivery_state, status, state) ON f.delivery_state = d.state
    WHERE d.id = ANY(%(deliveries)s) AND d.origin = 'alarm' AND d.dedup_key = 'alarm:' || a.id || ':' || a.revision
    ORDER BY a.id
    FOR UPDATE OF a
)
UPDATE calendars_alarm a SET
    status = CASE WHEN news.state IN ('scheduled', 'leased') AND news.tries > 0 THEN %(retry)s ELSE news.status END,
    state = news.alarm_state, reason = news.reason, num_attempt = news.tries
FROM news WHERE a.id = news.id
"""

# Messages that came back from a refused try although their event was stopped, moved or deleted meanwhile.
STRAYS = """
SELECT d.organization_id, d.origin_id,
    CASE WHEN a.id IS NULL THEN 'deleted'
         WHEN e.closure_effect = 'skipped' THEN 'closed'
         WHEN e.cancelled_at IS NOT NULL THEN 'event_cancelled'
         WHEN d.dedup_key <> 'alarm:' || a.id || ':' || a.revision THEN 'outdated'
         ELSE 'paused' END
FROM notifications_delivery d
LEFT JOIN calendars_alarm a ON a.id = d.origin_id AND a.organization_id = d.organization_id
LEFT JOIN calendars_event e ON e.id = a.event_id
LEFT JOIN calendars_event r ON r.id = coalesce(e.parent_event_id, e.id)
WHERE d.id = ANY(%(deliveries)s) AND d.origin = 'alarm' AND d.state = 'scheduled'
    AND (a.id IS NULL OR e.cancelled_at IS NOT NULL OR e.status = %(paused)s OR r.paused_at IS NOT NULL
         OR d.dedup_key <> 'alarm:' || a.id || ':' || a.revision)
ORDER BY d.origin_id
"""


@dataclass(frozen=True)
class Stray:
    """A message that must not leave any more."""

    organization_id: int
    alarm_id: int
    reason: str


def sync_alarms(delivery_ids: list[int]) -> None:
    """Write down the tries of alarms' deliveries and what became of them; stop those that must not leave any more."""
    given: dict[str, Any] = {**STATUSES, "deliveries": delivery_ids}
    follows = {
        "delivery_states": list(FOLLOWS),
        "statuses": [int(status) for status, _ in FOLLOWS.values()],
        "states": [str(state) for _, state in FOLLOWS.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(REQUESTS, given)
        cursor.execute(ALARMS, given | follows)
        cursor.execute(STRAYS, given)
        strays = [Stray(*row) for row in cursor.fetchall()]
    for key in sorted({(stray.organization_id, stray.reason) for stray in strays}):
        organization_id, reason = key
        with tenancy.tenant(organization_id):
            ids = [stray.alarm_id for stray in strays if (stray.organization_id, stray.reason) == key]
            _stop(ids, reason)


def _stop(alarm_ids: list[int], reason: str) -> None:
    stopped = outbox.cancel("alarm", alarm_ids, reason=reason)
    if reason not in ("event_cancelled", CLOSED):
        # Only an alarm whose own, current message was stopped waits again; an outdated one has its successor.
        Alarm.objects.filter(pk__in=stopped.cancelled, state=AlarmState.CANCELLED, reason=reason).wait_again()
