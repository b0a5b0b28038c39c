"""Find free times of providers and operatories, in a number of queries that no count of rows changes."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from accounts import tenancy
from accounts.models import Clinic, Organization
from appointments.engine import availability, work_hours
from appointments.engine.availability import Interval, Resource, VisitLength, ZoneClock
from appointments.engine.states import VisitStatus
from appointments.engine.work_hours import WorkPlan
from appointments.models import Appointment, AppointmentType, Blockout, Operatory, Provider, ScheduleEntry, SlotHold
from appointments.services import visit_types
from calendars.services.closures import closure_effects
from calendars.services.exchange.ical_export import EpochSeconds
from config.kernel.clock import DatabaseNow

MINUTE = 60
# Between two starts that are offered.
STEP = 15 * MINUTE
# A visit with a provider or an operatory lasts at most so long, and so does a buffer.
LONGEST = timedelta(days=1)


@dataclass(frozen=True)
class WantedVisit:
    """What a free time is for: visits that begin from one moment on and before another."""

    begin: datetime
    end: datetime
    length: VisitLength
    appointment_type: AppointmentType | None = None
    provider: Provider | None = None
    clinic: Clinic | None = None
    # The numbers of visits that are looked through.
    ignored: frozenset[int] = frozenset()
    # The number of a hold that is looked through: that of whoever asks.
    hold: int | None = None

    @classmethod
    def of_type(cls, row: AppointmentType, *, begin: datetime, end: datetime, **which: Any) -> "WantedVisit":
        """Return what a visit of a type needs."""
        minutes = (row.duration, row.buffer_before, row.buffer_after)
        length = VisitLength(*(MINUTE * each for each in minutes), step=STEP)
        return cls(begin, end, length, row, **which)


@dataclass(frozen=True, slots=True)
class FreeTime:
    """When a provider can see a patient at a clinic, and in which operatory if one is needed; seconds since 1970."""

    begin: int
    end: int
    provider: Provider
    clinic: Clinic
    operatory: Operatory | None = None


def find(wanted: WantedVisit, *, now: datetime) -> list[FreeTime]:
    """Return all free times in order; a type's lead time counts from now."""
    kind = wanted.appointment_type
    earliest = max(wanted.begin, now + timedelta(minutes=kind.lead_time if kind else 0))
    if earliest >= wanted.end:
        return []
    return _Search(wanted, availability.seconds(earliest)).run()


@dataclass
class _Search:
    """One look for free times, and what was loaded for it."""

    wanted: WantedVisit
    begin: int
    clinics: dict[int, Clinic] = field(default_factory=dict)
    clocks: dict[int, ZoneClock] = field(default_factory=dict)
    open: dict[int, list[Interval]] = field(default_factory=dict)
    has_hours: dict[int, bool] = field(default_factory=dict)
    default: int = 0
    taken: dict[tuple[str, int], list[Interval]] = field(default_factory=lambda: defaultdict(list))
    blocked: dict[tuple[str, int], list[Interval]] = field(default_factory=lambda: defaultdict(list))
    plans: dict[tuple[str, int], dict[int, WorkPlan]] = field(default_factory=dict)
    crowds: dict[int, list[Interval]] = field(default_factory=dict)

    def run(self) -> list[FreeTime]:
        """Return the free times in order."""
        self._load_clinics()
        providers, rooms = self._providers(), self._operatories()
        if not providers:
            return []
        ids = {"provider": [row.pk for row in providers], "operatory": [row.pk for row in rooms]}
        self._load_schedules(ids)
        self._load_blockouts(ids)
        self._load_visits(ids)
        self._load_crowds(providers)
        at_clinics = {clinic: self._room_spans(clinic, rooms) for clinic in self.clinics}
        found = [
            free
            for provider in providers
            for clinic in self.clinics
            for free in self._of_provider(provider, clinic, at_clinics[clinic])
        ]
        return sorted(found, key=lambda free: (free.begin, free.provider.pk, free.clinic.pk))

    @property
    def _range(self) -> tuple[datetime, datetime]:
        """Between which moments other visits can matter: their buffers and this one's reach so far."""
        length = self.wanted.length
        around = timedelta(seconds=length.duration + length.before + length.after) + LONGEST
        return availability.moment(self.begin) - around, self.wanted.end + around

    def _load_clinics(self) -> None:
        organization = Organization.objects.get(pk=tenancy.current())
        end = availability.seconds(self.wanted.end) + self.wanted.length.duration
        for clinic, opening in closure_effects.opening_times_of_clinics(organization).items():
            self.default = clinic.pk if clinic.is_default else self.default
            if self.wanted.clinic and clinic.pk != self.wanted.clinic.pk:
                continue
            clock = ZoneClock(opening.zone, self.begin, end)
            self.clinics[clinic.pk], self.clocks[clinic.pk] = clinic, clock
            self.open[clinic.pk] = work_hours.opened(clock, self._days(clinic.pk), opening)
            self.has_hours[clinic.pk] = bool(opening.hours)

    def _days(self, clinic: int) -> list[Any]:
        end = availability.seconds(self.wanted.end) + self.wanted.length.duration
        return work_hours.days_between(self.clocks[clinic], self.begin, end)

    def _providers(self) -> list[Provider]:
        rows = Provider.objects.filter(is_active=True).select_related("calendar")
        if self.wanted.provider:
            rows = rows.filter(pk=self.wanted.provider.pk)
        kind = self.wanted.appointment_type
        allowed = visit_types.providers_of([kind.pk]) if kind else {}
        return [row for row in rows.order_by("pk") if visit_types.may(kind, row, allowed)]

    def _operatories(self) -> list[Operatory]:
        kind = self.wanted.appointment_type
        if kind is None or not kind.needs_operatory:
            return []
        return list(Operatory.objects.filter(is_active=True, clinic__in=list(self.clinics)).order_by("pk"))

    def _load_schedules(self, ids: dict[str, list[int]]) -> None:
        for row in ScheduleEntry.objects.filter(_of(ids)):
            plans = self.plans.setdefault(_key(row), {})
            plan = plans.setdefault(row.clinic_id or 0, WorkPlan())
            spans = plan.dates.setdefault(row.day, []) if row.day else plan.weekdays.setdefault(row.weekday or 0, [])
            if row.begins is not None and row.ends is not None:
                spans.append((row.begins, row.ends))
        for plans in self.plans.values():
            days = {day for plan in plans.values() for day in plan.dates}
            for plan in plans.values():
                plan.days = days

    def _load_blockouts(self, ids: dict[str, list[int]]) -> None:
        first, last = self._range
        for row in Blockout.objects.filter(_of(ids), starts_at__lt=last, ends_at__gt=first):
            span = (availability.seconds(row.starts_at), availability.seconds(row.ends_at))
            for name in ("provider", "operatory"):
                if pk := getattr(row, f"{name}_id"):
                    self.blocked[name, pk].append(span)

    def _load_visits(self, ids: dict[str, list[int]]) -> None:
        """Load what is booked, with the buffers of its types."""
        first, last = self._range
        rows = Appointment.objects.exclude(status=VisitStatus.CANCELLED)
        rows = rows.filter(_of(ids), starts_at__lt=last, starts_at__gt=first - LONGEST, ends_at__gt=first)
        rows = rows.exclude(pk__in=self.wanted.ignored)
        buffers = ("appointment_type__buffer_before", "appointment_type__buffer_after")
        times = {"begin": EpochSeconds("starts_at"), "finish": EpochSeconds("ends_at")}
        columns = ("provider_id", "operatory_id", "begin", "finish", *buffers)
        taken = self.taken
        held = self._holds().filter(_of(ids)).annotate(**times).values_list(*columns)
        for provider, room, begin, end, before, after in [*rows.annotate(**times).values_list(*columns), *held]:
            span = (begin - MINUTE * (before or 0), end + MINUTE * (after or 0))
            if provider:
                taken["provider", provider].append(span)
            if room:
                taken["operatory", room].append(span)

    def _holds(self) -> QuerySet[SlotHold]:
        """Return the times that somebody holds meanwhile, in the range of the look."""
        first, last = self._range
        rows = SlotHold.objects.filter(expires_at__gt=DatabaseNow(), starts_at__lt=last, ends_at__gt=first)
        return rows.exclude(pk=self.wanted.hold) if self.wanted.hold else rows

    def _load_crowds(self, providers: Sequence[Provider]) -> None:
        """Load where calendars have as many visits at once as they allow."""
        limits = {
            row.calendar_id: row.calendar.max_concurrent
            for row in providers
            if row.calendar and row.calendar.max_concurrent
        }
        if not limits:
            return
        first, last = self._range
        rows = Appointment.objects.exclude(status=VisitStatus.CANCELLED)
        rows = rows.filter(event__calendar__in=limits, starts_at__lt=last, ends_at__gt=first)
        rows = rows.exclude(pk__in=self.wanted.ignored)
        times = {"begin": EpochSeconds("starts_at"), "finish": EpochSeconds("ends_at")}
        found: dict[int, list[Interval]] = defaultdict(list)
        booked = rows.annotate(**times).values_list("event__calendar_id", "begin", "finish")
        held = self._holds().filter(calendar__in=limits).annotate(**times).values_list("calendar", "begin", "finish")
        for calendar, begin, end in [*booked, *held]:
            found[calendar].append((begin, end))
        for calendar, spans in found.items():
            self.crowds[calendar] = availability.crowd_spans(spans, limits[calendar] or 0, self.wanted.length)

    def _room_spans(self, clinic: int, rooms: Iterable[Operatory]) -> list[tuple[Operatory, list[Interval]]]:
        """Return when a visit can begin in the operatories of a clinic."""
        return [
            (room, self._resource("operatory", room.pk, clinic, self._planned("operatory", room.pk, clinic, clinic)))
            for room in rooms
            if room.clinic_id == clinic
        ]

    def _planned(self, name: str, pk: int, clinic: int, home: int) -> list[Interval]:
        """Return when somebody is there by schedule; without one whenever the clinic has said that it is open."""
        plans = self.plans.get((name, pk))
        if plans is None:
            is_there = clinic == home and (self.has_hours[clinic] or name == "operatory")
            return self.open[clinic] if is_there else []
        days, clock = self._days(clinic), self.clocks[clinic]
        named = [plans[at] for at in (clinic, *([0] if clinic == home else [])) if at in plans]
        return availability.merge(span for plan in named for span in work_hours.planned(clock, days, plan))

    def _resource(self, name: str, pk: int, clinic: int, planned: list[Interval]) -> list[Interval]:
        is_open = availability.intersect(planned, self.open[clinic])
        is_open = availability.subtract(is_open, availability.merge(self.blocked.get((name, pk), ())))
        return Resource(is_open, self.taken.get((name, pk), ())).start_spans(self.wanted.length)

    def _of_provider(
        self, provider: Provider, clinic: int, rooms: list[tuple[Operatory, list[Interval]]]
    ) -> Iterable[FreeTime]:
        planned = self._planned("provider", provider.pk, clinic, provider.clinic_id or self.default)
        spans = self._resource("provider", provider.pk, clinic, planned) if planned else []
        spans = availability.subtract(spans, self.crowds.get(provider.calendar_id or 0, ()))
        spans = availability.intersect(spans, [(self.begin, availability.seconds(self.wanted.end))])
        needs_room = bool(self.wanted.appointment_type and self.wanted.appointment_type.needs_operatory)
        if needs_room:
            spans = availability.intersect(spans, availability.merge(span for _, free in rooms for span in free))
        clock, length = self.clocks[clinic], self.wanted.length
        for begin, end in spans:
            for at in clock.steps(begin, end - 1, length.step):
                room = _free_room(rooms, at) if needs_room else None
                yield FreeTime(at, at + length.duration, provider, self.clinics[clinic], room)


def _free_room(rooms: list[tuple[Operatory, list[Interval]]], at: int) -> Operatory | None:
    for room, spans in rooms:
        place = bisect_right(spans, (at, float("inf"))) - 1
        if place >= 0 and at < spans[place][1]:
            return room
    return None


def _of(ids: dict[str, list[int]]) -> Q:
    return (
        Q(provider__in=ids["provider"]) | Q(operatory__in=ids["operatory"])
        if ids["operatory"]
        else Q(provider__in=ids["provider"])
    )


def _key(row: ScheduleEntry) -> tuple[str, int]:
    return ("provider", row.provider_id) if row.provider_id else ("operatory", row.operatory_id or 0)
