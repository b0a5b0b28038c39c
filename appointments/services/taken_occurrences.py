"""Tell staff of visits that background work put where somebody is booked: it never fails, and people decide.

Occurrences that are made, and visits that closures or a zone's new rules move, take place as they are; edits by hand
ask before (`visit_conflicts.check`).
"""

from collections.abc import Collection
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts import tenancy
from appointments.engine import slot_clashes
from appointments.engine.slot_clashes import VISIT
from appointments.models import Appointment
from appointments.services import taken_spans, visit_conflicts
from config.kernel import clock
from notifications.models import StaffItem
from notifications.services import staff_items


def tell(event_ids: Collection[int]) -> None:
    """Tell staff of the visits to come of some events that take what others have; safe to repeat.

    It waits for nobody: where somebody is booking the same things, it looks again once this transaction has ended.
    """
    rows = Appointment.objects.filter(event__in=event_ids, overlap_reason="")
    wanted = visit_conflicts.wanted_times(rows, now=clock.now())
    if not wanted:
        return
    if not taken_spans.try_lock(each.span for each in wanted):
        transaction.on_commit(partial(_look_again, tenancy.current(), list(event_ids)), robust=True)
    found = visit_conflicts.find(wanted)
    for each in wanted:
        clash = next((one for one in found.get(each.span.source, ()) if one.other.source[0] == VISIT), None)
        if clash:
            _tell_of(each, clash)


def _look_again(organization_id: int, event_ids: list[int]) -> None:
    """Look once who was booking has ended: neither saw what the other wrote."""
    with tenancy.tenant(organization_id), transaction.atomic():
        rows = Appointment.objects.filter(event__in=event_ids)
        taken_spans.lock(each.span for each in visit_conflicts.wanted_times(rows, now=clock.now()))
        tell(event_ids)


def _tell_of(wanted: visit_conflicts.WantedTime, clash: slot_clashes.Clash) -> None:
    row = wanted.like
    at = row.starts_at.astimezone(ZoneInfo(row.clinic.time_zone))
    taken = row.event.calendar if clash.thing == slot_clashes.CALENDAR else getattr(row, clash.thing)
    staff_items.tell(
        StaffItem.Reason.WARNING,
        "visit_in_taken_time",
        key=visit_conflicts.staff_key(row.pk),
        values={"title": row.headline[:80], "day": at.date(), "time": f"{at:%H:%M}", "taken": str(taken)[:80]},
        contact=row.contact,
    )
