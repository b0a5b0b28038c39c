"""The occurrences of a new series of visits: which of them are taken, and what becomes of those.

All that take place within a year of the first are looked at, also those that have no row yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from appointments.engine import availability
from appointments.engine.slot_clashes import PLANNED
from appointments.errors import NoSuchOccurrence, TakenTime
from appointments.models import Appointment, SlotHold
from appointments.services import taken_spans, visit_conflicts, visit_edits
from appointments.services.visit_conflicts import WantedTime
from appointments.services.visit_edits import VisitEdit
from calendars.engine import wall_clock
from calendars.engine.states import Reach
from calendars.engine.wall_clock import resolve
from calendars.models import Event
from calendars.services.field_types import EventChange
from calendars.services.series import expansion, occurrences
from calendars.services.series.occurrences import Occurrence, Period

LOOKED_AT = timedelta(days=366)
MOST = 500


class Deed(StrEnum):
    """What becomes of an occurrence that is taken."""

    SKIP = "skip"
    MOVE = "move"
    OVERLAP = "overlap"


@dataclass(frozen=True)
class OccurrenceDecision:
    """What becomes of one occurrence, which is named by when the rule of its series says."""

    original_start: datetime
    deed: Deed
    # Of one that is moved; without an end it keeps its length.
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    overlap_reason: str = ""


@dataclass(frozen=True)
class PlannedOccurrence:
    """An occurrence as it would be booked; `taken` says who has its time."""

    original_start: datetime
    starts_at: datetime
    ends_at: datetime
    closure: str = ""
    is_cancelled: bool = False
    taken: TakenTime | None = None
    overlap_reason: str = ""


@dataclass
class VisitPlan:
    """A visit that was written just now, or a series of them with what was decided of its occurrences."""

    visit: Appointment
    now: datetime
    hold: SlotHold | None = None
    overlap_reason: str = ""
    reasons: dict[datetime, str] = field(default_factory=dict)

    def decide(self, decisions: Sequence[OccurrenceDecision]) -> None:
        """Skip and move occurrences, and note why others may overlap.

        Raises `NoSuchOccurrence`, and what `visit_edits.change` raises.
        """
        if not decisions:
            return
        if not self.visit.event.is_series:
            raise NoSuchOccurrence(field="occurrences")
        by_start = {self._original_start(one): one for one in self._occurrences()}
        zone = ZoneInfo(self.visit.event.time_zone)
        # Who is skipped makes room for who is moved.
        for decision in sorted(decisions, key=lambda each: each.deed != Deed.SKIP):
            start = decision.original_start
            one = by_start.get(start if start.tzinfo else wall_clock.resolve(start, zone))
            if one is None or one.is_cancelled:
                raise NoSuchOccurrence(field="occurrences")
            self._carry_out(decision, self._original_start(one), self._row(one))

    def _carry_out(self, decision: OccurrenceDecision, start: datetime, row: Appointment) -> None:
        edit = VisitEdit(self.now, Reach.THIS)
        if decision.deed == Deed.OVERLAP:
            self.reasons[start] = decision.overlap_reason
        elif decision.deed == Deed.SKIP:
            visit_edits.delete(row, row.event, edit)
        elif decision.starts_at:
            times = EventChange(start=decision.starts_at)
            if decision.ends_at:
                times["end"] = decision.ends_at
            visit_edits.change(row, row.event, replace(edit, of_event=times))

    def _row(self, one: Occurrence) -> Appointment:
        """Return the locked visit of an occurrence, which is made now where it was too far off."""
        event_id = one.event_id
        if event_id is None:
            root = Event.objects.lock(self.visit.event_id)
            made = expansion.make_one(root, datetime.fromisoformat(one.recurrence_id), now=self.now)
            if made is None:
                raise NoSuchOccurrence(field="occurrences")
            event_id = made.pk
        return visit_edits.lock(Appointment.objects.select_related("event").get(event=event_id), Reach.THIS, None)

    def check(self) -> None:
        """Raise `SlotTaken` for the occurrences that are taken and may not overlap; the hold is looked through."""
        wanted = self._wanted()
        reasons = {each.span.source: self._reason(each.original_start) for each in wanted}
        visit_conflicts.check_times(wanted, reasons, now=self.now, hold=self.hold)

    def preview(self) -> list[PlannedOccurrence]:
        """Return the occurrences in order, with who has their times. Raises `VisitTooLong`."""
        wanted = self._wanted()
        found = visit_conflicts.clashes(wanted, hold=self.hold) if wanted else {}
        met = [each for each in wanted if each.span.source in found]
        told = visit_conflicts.describe(met, wanted, found, now=self.now, hold=self.hold) if met else []
        taken = {each.original_start: each for each in told}
        return [self._planned(one, taken.get(self._original_start(one))) for one in self._occurrences()]

    def _planned(self, one: Occurrence, taken: TakenTime | None) -> PlannedOccurrence:
        zone, start = ZoneInfo(self.visit.clinic.time_zone), self._original_start(one)
        return PlannedOccurrence(
            start.astimezone(zone),
            one.start.astimezone(zone),
            one.end.astimezone(zone),
            one.closure,
            one.is_cancelled,
            taken,
            self._reason(start) if taken else "",
        )

    def _reason(self, original_start: datetime) -> str:
        return self.reasons.get(original_start, self.overlap_reason)

    def _wanted(self) -> list[WantedTime]:
        """Return the times that take something: of the visits, and of the occurrences that have no row yet."""
        if not taken_spans.of_visit(self.visit).takes:
            return []
        found = self._occurrences()
        starts = {one.event_id: self._original_start(one) for one in found if one.event_id}
        made = visit_conflicts.wanted_times(self._family(), now=self.now)
        wanted = [replace(each, original_start=starts.get(each.like.event_id, each.starts_at)) for each in made]
        return [*wanted, *(self._far(one) for one in found if one.event_id is None and not one.is_cancelled)]

    def _far(self, one: Occurrence) -> WantedTime:
        begin, end = availability.seconds(one.start), availability.seconds(one.end)
        span = replace(taken_spans.of_visit(self.visit), source=(PLANNED, one.recurrence_id), begin=begin, end=end)
        return WantedTime(span, self.visit, one.start, one.end, self._original_start(one))

    def _family(self) -> QuerySet[Appointment]:
        root = self.visit.event_id
        return Appointment.objects.filter(event=root) | Appointment.objects.filter(event__parent_event=root)

    def _occurrences(self) -> list[Occurrence]:
        event = Event.objects.select_related("calendar", "rule").get(pk=self.visit.event_id)
        begin = event.start
        if event.is_series:
            series = event.as_series()
            begin = min(begin, resolve(series.recurrence.root, series.zone))
        period = Period(begin, begin + LOOKED_AT, shows_cancelled=True)
        return occurrences.list_occurrences(event, period, most=MOST).occurrences

    def _original_start(self, one: Occurrence) -> datetime:
        return occurrences.start_of(one.recurrence_id, self.visit.event.time_zone) if one.recurrence_id else one.start
