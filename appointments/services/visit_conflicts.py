"""Refuse visits that take a provider, an operatory or a full calendar a second time, unless somebody wants just that.

It looks at visits once they are written, in the transaction that wrote them: whoever holds the lock of a provider sees
what others committed before, and of two who book one time the second is refused.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.services import audit
from appointments.engine import availability
from appointments.engine.availability import VisitLength
from appointments.engine.states import VisitStatus
from appointments.errors import SlotTaken, VisitTooLong
from appointments.models import Appointment
from appointments.services import free_times
from appointments.services.free_times import LONGEST, MINUTE, STEP, WantedVisit
from config.kernel import language

# Of advisory locks: until the transaction ends, and in the order of the names, so that nobody waits in a circle.
LOCK = """
SELECT pg_advisory_xact_lock(hashtextextended(name, 7303)) FROM (SELECT unnest(%s::text[]) AS name) named
"""
KNOWN = ("event__calendar", "provider", "operatory", "appointment_type", "clinic")
# How far from the wanted time others are looked for, and how many are told.
AROUND = timedelta(days=7)
NEAREST = 3


@dataclass(frozen=True)
class Clash:
    """A visit, one that has what it needs at the same time, and what that is."""

    visit: Appointment
    other: Appointment
    taken: Any


def check(rows: QuerySet[Appointment], *, now: datetime, overlap_reason: str = "") -> None:
    """Raise `SlotTaken` where visits to come need what others have; with a reason they may, and it is recorded.

    Raises `VisitTooLong` for one with a provider or an operatory that lasts longer than a day.
    """
    coming = rows.exclude(status=VisitStatus.CANCELLED).filter(ends_at__gt=now).select_related(*KNOWN)
    own = [row for row in coming.order_by("starts_at", "pk") if _names(row)]
    if not own:
        return
    if any((row.provider_id or row.operatory_id) and row.ends_at - row.starts_at > LONGEST for row in own):
        raise VisitTooLong(field="ends_at")
    _lock({name for row in own for name in _names(row)})
    clashes = list(_clashes(own, _others(own)))
    if clashes and not overlap_reason:
        raise _refusal(clashes[0], {row.pk for row in own}, now=now)
    for clash in {clash.visit.pk: clash for clash in clashes}.values():
        others = sorted({each.other.pk for each in clashes if each.visit.pk == clash.visit.pk})
        audit.record("overlap", clash.visit, reason=overlap_reason, others=", ".join(map(str, others)))


def _names(row: Appointment) -> list[str]:
    """Return what a visit takes, by name."""
    limit = row.event.calendar.max_concurrent
    wanted = {"provider": row.provider_id, "operatory": row.operatory_id}
    wanted["calendar"] = row.event.calendar_id if limit else None
    return [f"{name}:{pk}" for name, pk in wanted.items() if pk]


def _lock(names: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [sorted(names)])


def _others(own: Sequence[Appointment]) -> list[Appointment]:
    """Return what is booked around some visits, these included, in order."""
    first, last = min(row.starts_at for row in own) - LONGEST, max(row.ends_at for row in own) + LONGEST
    ids = {name: {getattr(row, f"{name}_id") for row in own} - {None} for name in ("provider", "operatory")}
    limited = {row.event.calendar_id for row in own if row.event.calendar.max_concurrent}
    # A visit with one of the former lasts at most a day, and its buffer does.
    near = Q(starts_at__gt=first - 2 * LONGEST) & (Q(provider__in=ids["provider"]) | Q(operatory__in=ids["operatory"]))
    which = near | Q(event__calendar__in=limited) if limited else near
    rows = Appointment.objects.exclude(status=VisitStatus.CANCELLED).filter(
        which, starts_at__lt=last, ends_at__gt=first
    )
    return list(rows.select_related(*KNOWN).order_by("starts_at", "pk"))


def _clashes(own: Sequence[Appointment], others: Sequence[Appointment]) -> Iterator[Clash]:
    for row in own:
        met = [other for other in others if other.pk != row.pk and _meet(row, other)]
        for other in met:
            for name in ("provider", "operatory"):
                if getattr(row, f"{name}_id") and getattr(row, f"{name}_id") == getattr(other, f"{name}_id"):
                    yield Clash(row, other, getattr(row, name))
        yield from _crowd(row, [other for other in others if other.pk != row.pk])


def _meet(one: Appointment, other: Appointment) -> bool:
    """Return whether two visits with their buffers meet."""
    first, second = _blocked(one), _blocked(other)
    return first[0] < second[1] and second[0] < first[1]


def _blocked(row: Appointment) -> tuple[datetime, datetime]:
    kind = row.appointment_type
    before, after = (kind.buffer_before, kind.buffer_after) if kind else (0, 0)
    return row.starts_at - timedelta(minutes=before), row.ends_at + timedelta(minutes=after)


def _crowd(row: Appointment, others: Sequence[Appointment]) -> Iterator[Clash]:
    """Yield the first of the visits that fill a calendar while a visit takes place."""
    calendar = row.event.calendar
    if not calendar.max_concurrent:
        return
    same = [other for other in others if other.event.calendar_id == calendar.pk]
    spans = [(availability.seconds(other.starts_at), availability.seconds(other.ends_at)) for other in same]
    own = [(availability.seconds(row.starts_at), availability.seconds(row.ends_at))]
    full = availability.intersect(own, availability.crowded(spans, calendar.max_concurrent))
    if full:
        begin, end = full[0]
        there = (other for other, span in zip(same, spans, strict=True) if span[0] < end and begin < span[1])
        yield Clash(row, next(there), calendar)


def _refusal(clash: Clash, ignored: Collection[int], *, now: datetime) -> SlotTaken:
    row, other = clash.visit, clash.other
    zone = ZoneInfo(row.clinic.time_zone)
    words = _("%(taken)s is booked then, from %(begin)s until %(end)s; choose another time, or say why it may overlap.")
    told = {"begin": language.short_moment(other.starts_at.astimezone(zone))}
    told |= {"end": f"{other.ends_at.astimezone(zone):%H:%M}", "taken": str(clash.taken)}
    free = [
        (availability.moment(each.begin).astimezone(zone), availability.moment(each.end).astimezone(zone))
        for each in nearest(row, ignored, now=now)
    ]
    return SlotTaken(words % told, field="starts_at", other=other.pk, free=free)


def nearest(row: Appointment, ignored: Collection[int], *, now: datetime) -> list[free_times.FreeTime]:
    """Return the three free times of a visit's provider that lie nearest to it, as if some visits were not there."""
    if row.provider is None:
        return []
    kind = row.appointment_type
    length = VisitLength(
        int((row.ends_at - row.starts_at).total_seconds()),
        MINUTE * (kind.buffer_before if kind else 0),
        MINUTE * (kind.buffer_after if kind else 0),
        STEP,
    )
    begin, end = max(row.starts_at - AROUND, now), row.starts_at + AROUND
    wanted = WantedVisit(begin, end, length, kind, row.provider, row.clinic, frozenset(ignored))
    start = availability.seconds(row.starts_at)
    found = free_times.find(wanted, now=now)
    return sorted(sorted(found, key=lambda each: abs(each.begin - start))[:NEAREST], key=lambda each: each.begin)
