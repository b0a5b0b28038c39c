"""What providers, operatories and calendars with a limit are taken by: visits, and times that are held."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from appointments.engine import availability
from appointments.engine.slot_clashes import CALENDAR, HOLD, SINGLE, VISIT, TakenSpan
from appointments.engine.states import VisitStatus
from appointments.models import Appointment, SlotHold
from appointments.services.free_times import LONGEST, MINUTE
from config.kernel.clock import DatabaseNow

# Of advisory locks: until the transaction ends, and in the order of the names, so that nobody waits in a circle.
LOCK = """
SELECT pg_advisory_xact_lock(hashtextextended(name, 7303)) FROM (SELECT unnest(%s::text[]) AS name) named
"""
TRY_LOCK = """
SELECT bool_and(pg_try_advisory_xact_lock(hashtextextended(name, 7303)))
FROM (SELECT unnest(%s::text[]) AS name) named
"""
KNOWN = ("event__calendar", "provider", "operatory", "appointment_type", "clinic")
BUFFERS = ("appointment_type__buffer_before", "appointment_type__buffer_after")


@dataclass
class TakenSpans:
    """What is taken around some spans, these included, and how many visits each calendar takes at once."""

    own: Sequence[TakenSpan]
    limits: Mapping[int, int]
    others: list[TakenSpan] = field(default_factory=list)

    def load(self, *, without: Iterable[tuple[str, int]] = ()) -> "TakenSpans":
        """Load what others have; what is among the own spans, or to be left out, is not looked at."""
        left_out = {span.source for span in self.own} | {*without}
        found = [*self._visits(), *self._holds()]
        self.others = [span for span in found if span.source not in left_out]
        return self

    def _near(self, calendar: str) -> Q:
        """Return what takes the same things around the same time."""
        things: dict[str, set[int]] = {name: set() for name in (*SINGLE, CALENDAR)}
        for span in self.own:
            for name, pk in span.takes.items():
                things[name].add(pk)
        first = availability.moment(min(span.first for span in self.own)) - LONGEST
        last = availability.moment(max(span.last for span in self.own)) + LONGEST
        which = Q(provider__in=things["provider"]) | Q(operatory__in=things["operatory"])
        # A visit with one of the former lasts at most a day, and its buffer does.
        near = Q(starts_at__gt=first - LONGEST) & which
        limited = things[CALENDAR] & self.limits.keys()
        around = near | Q(**{f"{calendar}__in": limited}) if limited else near
        return Q(starts_at__lt=last, ends_at__gt=first) & around

    def _visits(self) -> list[TakenSpan]:
        rows = Appointment.objects.exclude(status=VisitStatus.CANCELLED).filter(self._near("event__calendar"))
        return _read(rows, VISIT, "event__calendar_id")

    def _holds(self) -> list[TakenSpan]:
        return _read(live_holds().filter(self._near("calendar")), HOLD, "calendar_id")


def live_holds() -> QuerySet[SlotHold]:
    """Return the holds that have not expired by the database clock."""
    rows: QuerySet[SlotHold] = SlotHold.objects.filter(expires_at__gt=DatabaseNow())
    return rows


def of_visit(row: Appointment) -> TakenSpan:
    """Return what a visit takes; its event with its calendar is loaded."""
    takes = {"provider": row.provider_id, "operatory": row.operatory_id}
    return of_row((VISIT, row.pk), row, takes | limited(row.event.calendar))


def of_row(source: tuple[str, int | str], row: Any, takes: Mapping[str, int | None]) -> TakenSpan:
    """Return what a row takes from its start to its end, with the buffers of its type."""
    kind = row.appointment_type
    return TakenSpan(
        source,
        availability.seconds(row.starts_at),
        availability.seconds(row.ends_at),
        {name: pk for name, pk in takes.items() if pk},
        MINUTE * (kind.buffer_before if kind else 0),
        MINUTE * (kind.buffer_after if kind else 0),
    )


def limited(calendar: Any) -> dict[str, int | None]:
    """Return what a visit takes of its calendar: a place, where their number is limited."""
    return {CALENDAR: calendar.pk if calendar and calendar.max_concurrent else None}


def limits_of(calendars: Iterable[Any]) -> dict[int, int]:
    """Return how many visits calendars take at once, of those that have a limit."""
    return {row.pk: row.max_concurrent for row in calendars if row and row.max_concurrent}


def lock(spans: Iterable[TakenSpan]) -> None:
    """Lock what spans take, until the transaction ends; wait for who has it."""
    _execute(LOCK, _names(span.takes for span in spans))


def lock_all(wanted: Iterable[Mapping[str, Any]]) -> None:
    """Lock what visits to be booked one after the other take, given by their fields.

    Of two who book the same in another order, one waits here and not in a circle.
    """
    _execute(
        LOCK,
        _names(
            {name: getattr(fields.get(name), "pk", None) for name in SINGLE} | limited(fields["calendar"])
            for fields in wanted
        ),
    )


def try_lock(spans: Iterable[TakenSpan]) -> bool:
    """Lock what spans take unless somebody has it; return whether all of it is locked."""
    return bool(_execute(TRY_LOCK, _names(span.takes for span in spans)))


def _names(wanted: Iterable[Mapping[str, int | None]]) -> list[str]:
    return sorted({f"{name}:{pk}" for takes in wanted for name, pk in takes.items() if pk})


def _execute(statement: str, names: list[str]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, [names])
        return (cursor.fetchone() or [True])[0]


def _read(rows: QuerySet[Any], kind: str, calendar: str) -> list[TakenSpan]:
    columns = ("pk", "starts_at", "ends_at", "provider_id", "operatory_id", calendar, *BUFFERS)
    return [
        TakenSpan(
            (kind, pk),
            availability.seconds(begin),
            availability.seconds(end),
            {name: thing for name, thing in (("provider", own), ("operatory", room), (CALENDAR, book)) if thing},
            MINUTE * (before or 0),
            MINUTE * (after or 0),
        )
        for pk, begin, end, own, room, book, before, after in rows.values_list(*columns)
    ]
