"""Refuse visits that take a provider, an operatory or a full calendar a second time, unless somebody wants just that.

It looks at visits once they are written, in the transaction that wrote them: whoever holds the lock of a provider sees
what others committed before, and of two who book one time the second is refused.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.services import audit
from appointments.engine import availability, slot_clashes
from appointments.engine.availability import VisitLength
from appointments.engine.slot_clashes import HOLD, VISIT, Clash, TakenSpan
from appointments.engine.states import VisitStatus
from appointments.errors import SlotTaken, TakenTime, VisitTooLong
from appointments.models import Appointment, SlotHold
from appointments.services import free_times, taken_spans, visit_rows
from appointments.services.free_times import LONGEST, STEP, FreeTime, WantedVisit
from appointments.services.taken_spans import KNOWN, TakenSpans
from config.kernel import language
from notifications.services import staff_items

# How far from the wanted time others are looked for, and how many are told.
AROUND = timedelta(days=7)
NEAREST = 3
TAKES = Q(provider__isnull=False) | Q(operatory__isnull=False) | Q(event__calendar__max_concurrent__gt=0)


@dataclass(frozen=True)
class WantedTime:
    """A time that a visit is to have: which visit, or which one an occurrence that is not made yet will be like."""

    span: TakenSpan
    like: Appointment
    starts_at: datetime
    ends_at: datetime
    # When the rule of its series says; else its start.
    original_start: datetime


def check(
    rows: QuerySet[Appointment], *, now: datetime, overlap_reason: str = "", hold: SlotHold | None = None
) -> None:
    """Raise `SlotTaken` where visits to come need what others have; with a reason they may, and it is recorded.

    A `hold` of whoever books is looked through. Raises `VisitTooLong` for a visit with a provider or an operatory that
    lasts longer than a day.
    """
    wanted = wanted_times(rows, now=now)
    check_times(wanted, dict.fromkeys((each.span.source for each in wanted), overlap_reason), now=now, hold=hold)


def wanted_times(rows: QuerySet[Appointment], *, now: datetime) -> list[WantedTime]:
    """Return the times of the visits to come that take something."""
    coming = rows.filter(TAKES).exclude(status=VisitStatus.CANCELLED).filter(ends_at__gt=now).select_related(*KNOWN)
    spans = ((row, taken_spans.of_visit(row)) for row in coming.order_by("starts_at", "pk"))
    return [WantedTime(span, row, row.starts_at, row.ends_at, row.starts_at) for row, span in spans if span.takes]


def check_times(
    wanted: Sequence[WantedTime],
    reasons: Mapping[tuple[str, int | str], str],
    *,
    now: datetime,
    hold: SlotHold | None = None,
) -> None:
    """Raise `SlotTaken` for times that are taken and that no reason, by the source of their span, lets overlap."""
    if not wanted:
        return
    found = clashes(wanted, hold=hold)
    refused = [each for each in wanted if each.span.source in found and not reasons.get(each.span.source)]
    if refused:
        raise refusal(refused, wanted, found, now=now, hold=hold)
    for each in wanted:
        if each.span.source[0] == VISIT:
            _note(each.like, found.get(each.span.source, []), reasons.get(each.span.source, ""))
    # What background work had told staff is settled.
    staff_items.settle([staff_key(each.like.pk) for each in wanted if each.span.source[0] == VISIT], now=now)


def staff_key(pk: int) -> str:
    """Return the key of what staff are told of a visit in a taken time."""
    return f"taken:{pk}"


def clashes(wanted: Sequence[WantedTime], *, hold: SlotHold | None = None) -> dict[tuple[str, int | str], list[Clash]]:
    """Lock what some times take, and return who has it then, by the source of their spans. Raises `VisitTooLong`."""
    if any(_is_too_long(each) for each in wanted):
        raise VisitTooLong(field="ends_at")
    taken_spans.lock(each.span for each in wanted)
    return find(wanted, hold=hold)


def find(wanted: Sequence[WantedTime], *, hold: SlotHold | None = None) -> dict[tuple[str, int | str], list[Clash]]:
    """Return who has what some times take, by the source of their spans."""
    spans = [each.span for each in wanted]
    limits = taken_spans.limits_of(each.like.event.calendar for each in wanted)
    taken = TakenSpans(spans, limits).load(without=[(HOLD, hold.pk)] if hold else [])
    found: dict[tuple[str, int | str], list[Clash]] = {}
    for clash in slot_clashes.find(spans, taken.others, limits):
        found.setdefault(clash.own.source, []).append(clash)
    return found


def _is_too_long(each: WantedTime) -> bool:
    return bool(each.like.provider_id or each.like.operatory_id) and each.ends_at - each.starts_at > LONGEST


def _note(row: Appointment, met: Sequence[Clash], reason: str) -> None:
    """Keep with a visit why it overlaps; one that does not any more needs no reason."""
    if met:
        others = sorted({_name(clash.other) for clash in met})
        audit.record("overlap", row, reason=reason, others=", ".join(others))
    if row.overlap_reason != (reason if met else ""):
        visit_rows.write(Appointment.objects.filter(pk=row.pk), overlap_reason=reason if met else "")


def _name(span: TakenSpan) -> str:
    return str(span.source[1]) if span.source[0] == VISIT else " ".join(map(str, span.source))


def refusal(
    refused: Sequence[WantedTime],
    family: Iterable[WantedTime],
    found: Mapping[tuple[str, int | str], Sequence[Clash]],
    *,
    now: datetime,
    hold: SlotHold | None = None,
) -> SlotTaken:
    """Return the error that tells of each refused time who has it, and the nearest free times."""
    taken = describe(refused, family, found, now=now, hold=hold)
    words = taken[0].words
    if len(taken) > 1:
        words = _("%(words)s %(count)s occurrences are taken in all.") % {"words": words, "count": len(taken)}
    return SlotTaken(words, field="starts_at", taken=taken)


def describe(
    times: Sequence[WantedTime],
    family: Iterable[WantedTime],
    found: Mapping[tuple[str, int | str], Sequence[Clash]],
    *,
    now: datetime,
    hold: SlotHold | None = None,
) -> list[TakenTime]:
    """Return of taken times who has them, and which are free nearby as if their own family were not there."""
    ignored = {int(each.span.source[1]) for each in family if each.span.source[0] == VISIT}
    free = _free_around(times, ignored, now=now, hold=hold)
    return [_taken_time(each, found[each.span.source][0], free) for each in times]


def _taken_time(wanted: WantedTime, clash: Clash, free: Sequence[FreeTime]) -> TakenTime:
    zone, other = ZoneInfo(wanted.like.clinic.time_zone), clash.other
    is_visit = other.source[0] == VISIT
    words = (
        _("%(taken)s is booked then, from %(begin)s until %(end)s; choose another time, or say why it may overlap.")
        if is_visit
        else _("Somebody is booking %(taken)s just now, from %(begin)s until %(end)s; choose another time, or wait.")
    )
    begin, end = (availability.moment(at).astimezone(zone) for at in (other.begin, other.end))
    thing = wanted.like.event.calendar if clash.thing == slot_clashes.CALENDAR else getattr(wanted.like, clash.thing)
    return TakenTime(
        wanted.original_start.astimezone(zone),
        wanted.starts_at.astimezone(zone),
        wanted.ends_at.astimezone(zone),
        int(other.source[1]) if is_visit else 0,
        words % {"taken": thing, "begin": language.short_moment(begin), "end": f"{end:%H:%M}"},
        tuple(
            (availability.moment(each.begin).astimezone(zone), availability.moment(each.end).astimezone(zone))
            for each in _nearest(free, availability.seconds(wanted.starts_at))
        ),
    )


def _nearest(free: Sequence[FreeTime], start: int) -> list[FreeTime]:
    around = int(AROUND.total_seconds())
    near = [each for each in free if abs(each.begin - start) <= around]
    return sorted(sorted(near, key=lambda each: abs(each.begin - start))[:NEAREST], key=attrgetter("begin"))


def _free_around(
    times: Sequence[WantedTime], ignored: Collection[int], *, now: datetime, hold: SlotHold | None
) -> list[FreeTime]:
    """Return the free times of the provider around some times, all of which are of one kind."""
    like = times[0].like
    if like.provider is None:
        return []
    begin = max(min(each.starts_at for each in times) - AROUND, now)
    end = max(each.starts_at for each in times) + AROUND
    which: dict[str, Any] = {"provider": like.provider, "clinic": like.clinic, "ignored": frozenset(ignored)}
    span = times[0].span
    length = VisitLength(span.end - span.begin, span.before, span.after, STEP)
    wanted = WantedVisit(begin, end, length, like.appointment_type, **which, hold=hold.pk if hold else None)
    return free_times.find(wanted, now=now)
