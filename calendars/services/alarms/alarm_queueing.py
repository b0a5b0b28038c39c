"""Plan due alarms: put their messages into the outbox; one statement, across organizations."""

from collections import Counter
from dataclasses import dataclass

from django.db import connection, transaction

from accounts import tenancy
from calendars.services.alarms import channel_sql, delivery_results
from notifications.models import Gateway, StaffItem
from notifications.services import staff_items

# An alarm is taken together with its event and the root of its series: a cancellation, move or pause holds one
# of these, so either this statement comes first and its messages are seen, or it skips the alarm for this tick.
# What was locked is carried along: a second look at the tables would see them as they were before the wait.
PLAN = """
WITH due AS (
    SELECT a.id, a.organization_id, a.method, {alarm_columns},
        a.due_at, a.useful_until, a.daily_start, a.daily_stop, a.revision,
        e.id AS event_id, e.title, e.start, e."end", e.time_zone, e.all_day, e.data, e.contact_id, e.creator_id,
        e.calendar_id
    FROM calendars_alarm a
    JOIN calendars_event e ON e.id = a.event_id
    JOIN calendars_event r ON r.id = coalesce(e.parent_event_id, e.id)
    WHERE a.status = %(pending)s AND a.due_at <= punctual_now()
        AND e.status <> %(paused)s AND e.cancelled_at IS NULL AND r.paused_at IS NULL
    ORDER BY a.due_at, a.id
    LIMIT %(limit)s
    FOR SHARE OF e, r SKIP LOCKED
    FOR UPDATE OF a SKIP LOCKED
), facts AS (
    SELECT due.*, o.name AS organization, coalesce(nullif(k.language, ''), o.language) AS language,
        k.first_name, k.last_name, coalesce(nullif(k.time_zone, ''), due.time_zone) AS reader_zone,
        c.name AS clinic, c.phone AS clinic_phone, g.id AS gateway_id, g.status AS gateway_status, g.driver,
        {channel} AS channel, {recipient} AS recipient, {sender} AS sender, {template} AS template_id
    FROM due
    JOIN accounts_organization o ON o.id = due.organization_id
    JOIN calendars_calendar l ON l.id = due.calendar_id
    LEFT JOIN accounts_clinic c ON c.organization_id = due.organization_id
        AND CASE WHEN l.clinic_id IS NULL THEN c.is_default ELSE c.id = l.clinic_id END
    LEFT JOIN contacts_contact k ON k.id = due.contact_id
{first_addresses}
    LEFT JOIN calendars_calendaruserprofile u ON u.user_id = due.creator_id
    LEFT JOIN calendars_calendarsetting s ON s.id = u.calendar_setting_id
    LEFT JOIN LATERAL (SELECT regexp_replace(s.callerid, '[^0-9+]', '', 'g') AS id) caller ON true
    LEFT JOIN notifications_gateway g ON g.id = {gateway}
), judged AS (
    SELECT facts.*, CASE
        WHEN useful_until <= punctual_now() THEN 'too_late'
        WHEN recipient = '' THEN 'no_recipient'
        WHEN NOT {is_sent} THEN 'no_driver'
        WHEN template_id IS NULL THEN 'no_template'
        WHEN gateway_id IS NULL OR gateway_status = %(inactive)s THEN 'no_gateway'
        WHEN driver = '' THEN 'no_driver'
        ELSE '' END AS problem
    FROM facts
), put AS (
    INSERT INTO notifications_delivery (
        organization_id, channel, recipient, sender, contact_id, gateway_id, {content_columns},
        wording, values, language, origin, origin_id, topic, version, dedup_key, due_at, useful_until,
        answerable_until, window_start, window_stop, time_zone, state, reason, detail, next_attempt_at,
        fence, claims, tries)
    SELECT organization_id, channel, left(recipient, 254), sender, contact_id, gateway_id,
        {contents},
        '', {values}, language, 'alarm', id, 'event:' || event_id, 1, 'alarm:' || id || ':' || revision,
        due_at, useful_until, CASE WHEN {takes_replies} THEN "end" END, daily_start, daily_stop, reader_zone,
        CASE problem WHEN '' THEN 'scheduled' WHEN 'too_late' THEN 'skipped' ELSE 'failed' END, problem, '', due_at,
        0, 0, 0
    FROM judged ORDER BY id
    ON CONFLICT (organization_id, dedup_key) DO NOTHING
    RETURNING id, origin_id
), marked AS (
    UPDATE calendars_alarm a SET
        status = CASE problem WHEN '' THEN %(in_process)s ELSE %(failure)s END,
        state = CASE problem WHEN '' THEN 'queued' WHEN 'too_late' THEN 'skipped' ELSE 'failed' END,
        reason = problem
    FROM judged WHERE judged.id = a.id
)
SELECT judged.organization_id, judged.id, judged.revision, problem, put.id
FROM judged LEFT JOIN put ON put.origin_id = judged.id
"""

# The event's own data cannot override what the product says of the visit.
VALUES = """
    coalesce((
        SELECT jsonb_object_agg(pair.key, pair.value)
        FROM jsonb_each(CASE WHEN jsonb_typeof(data) = 'object' THEN data ELSE '{}'::jsonb END) pair
        WHERE jsonb_typeof(pair.value) IN ('string', 'number')
    ), '{}'::jsonb) || jsonb_build_object(
        'first_name', coalesce(first_name, ''), 'last_name', coalesce(last_name, ''), 'title', title,
        'organization', organization, 'clinic', coalesce(clinic, organization),
        'clinic_phone', coalesce(clinic_phone, ''),
        'moments', jsonb_build_object('start', jsonb_build_array(
            to_char(start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), time_zone)
            || CASE WHEN all_day THEN '["day"]'::jsonb ELSE '[]'::jsonb END)
    )
"""

# The integers of the older interface, by the names of the enums.
STATUSES = delivery_results.STATUSES | {"inactive": int(Gateway.Status.INACTIVE)}


@dataclass(frozen=True)
class Planned:
    """One alarm that was taken; `problem` is empty when its message will leave."""

    organization_id: int
    alarm_id: int
    revision: int
    problem: str
    delivery_id: int | None


@tenancy.system()
def plan(*, limit: int = 5000) -> int:
    """Move the alarms that are due on the database clock into the outbox; return how many were taken.

    Any number of these may run at once. What cannot leave is put there too, as skipped or failed, and told to staff.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(PLAN.format(values=VALUES, **channel_sql.parts()), STATUSES | {"limit": limit})
            taken = [Planned(*row) for row in cursor.fetchall()]
        _catch_up([row for row in taken if row.delivery_id is None])
        _tell([row for row in taken if row.problem and row.delivery_id])
    return len(taken)


def _catch_up(taken: list[Planned]) -> None:
    """Give alarms whose message exists already (their status was set back by hand) the state of that message."""
    if not taken:
        return
    keys = [f"alarm:{row.alarm_id}:{row.revision}" for row in taken]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM notifications_delivery WHERE dedup_key = ANY(%s) AND organization_id = ANY(%s)",
            [keys, [row.organization_id for row in taken]],
        )
        delivery_results.sync_alarms([pk for (pk,) in cursor.fetchall()])


def _tell(taken: list[Planned]) -> None:
    """Tell staff: of each patient who cannot be reached, and once per organization of all else."""
    nobody = [row.delivery_id for row in taken if row.problem == "no_recipient" and row.delivery_id]
    if nobody:
        staff_items.tell_of_deliveries(StaffItem.Reason.FAILED, nobody, code="nobody_to_write_to")
    digest = Counter((row.organization_id, row.problem) for row in taken if row.problem != "no_recipient")
    for (organization_id, problem), number in sorted(digest.items()):
        with tenancy.tenant(organization_id):
            _tell_digest(problem, number)


def _tell_digest(problem: str, number: int) -> None:
    # The number is that of all ticks together, so it stands beside the words.
    if problem == "too_late":
        staff_items.tell(StaffItem.Reason.SKIPPED, "reminders_too_late", key="skipped:too_late", times=number)
    else:
        staff_items.tell(StaffItem.Reason.FAILED, f"reminders_{problem}", key=f"failed:{problem}", times=number)
