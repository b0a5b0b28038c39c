"""Book visits as other programs send them: each with its contact, which may be new, and its reminder; one or many."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.db.models import prefetch_related_objects

from accounts import tenancy
from accounts.models import Clinic, Organization
from accounts.services import audit
from appointments.engine.states import VisitStatus
from appointments.errors import NoContact, ProviderMayNot
from appointments.models import Appointment
from appointments.services import taken_spans, visit_edits, visit_types, visits, visits_bulk
from appointments.services.series_occurrences import PlannedOccurrence
from appointments.services.visits_bulk import Booking
from calendars.engine.wall_clock import resolve
from calendars.errors import BadZone
from calendars.models import Calendar
from calendars.services.alarms import alarms
from config.kernel.errors import ExternalIdTaken, PunctualError
from contacts.models import Contact
from contacts.services import contacts

SCHEDULED = VisitStatus.SCHEDULED
LENGTH = timedelta(hours=1)  # of a visit without an end, as of an event
# With one of these a visit is booked alone: it recurs, is somebody else's, or may overlap.
OF_SERIES = (
    "overlap_reason",
    "rule",
    "recurrence",
    "end_recurring_period",
    "on_closure",
    "creator",
    "occurrences",
    "hold",
)

Fields = Mapping[str, Any]


@transaction.atomic
def book(fields: Fields, *, now: datetime) -> Appointment:
    """Book one visit.

    `fields` are those of `visits.book`, and `reminder` those of an alarm; in place of `contact` there may be
    `new_contact`, those of a contact: one that has its `external_id` already is taken as it is. Raises `NoContact`,
    and what the services raise that make contacts, visits and alarms.
    """
    own = dict(fields)
    person = own.pop("new_contact", None)
    contact = own.pop("contact", None) or _contact(person)
    return visits.book(contact=contact, now=now, **own)


def preview(fields: Fields, *, now: datetime) -> list[PlannedOccurrence]:
    """Return what `book` would book, each occurrence with who has its time; nothing stays. Raises what it raises."""
    own = dict(fields)
    person, contact = own.pop("new_contact", None), own.pop("contact", None)
    with transaction.atomic():
        found = visits.preview(contact=contact or _contact(person), now=now, **_without(own, "reminder", "status"))
        transaction.set_rollback(True)
    return found


def book_many(wanted: Sequence[Fields], *, now: datetime) -> list[Appointment | PunctualError]:
    """Book what can be booked; in place of each other visit stands why not, and nothing of it was made.

    Visits that do not recur are written together.
    """
    found: dict[int, Appointment | PunctualError] = {}
    plain = {place: fields for place, fields in enumerate(wanted) if _is_plain(fields)}
    with transaction.atomic():
        found |= _Batch(now).book(plain)
    taken_spans.lock_all(fields for place, fields in enumerate(wanted) if place not in plain)
    for place, fields in enumerate(wanted):
        if place not in plain:
            try:
                found[place] = book(fields, now=now)
            except PunctualError as error:
                found[place] = error
    return [found[place] for place in range(len(wanted))]


@dataclass
class _Batch:
    """Visits that are written together."""

    now: datetime
    people: dict[int, Contact] = field(default_factory=dict)
    refused: dict[int, PunctualError] = field(default_factory=dict)
    made: set[int] = field(default_factory=set)
    default: Clinic | None = None
    # Who may do visits of a type, where not everybody may.
    allowed: Mapping[int, Collection[int]] = field(default_factory=dict)
    organization: Organization = field(init=False)

    def book(self, wanted: Mapping[int, Fields]) -> dict[int, Appointment | PunctualError]:
        """Return what became of each, by its place."""
        self.organization = Organization.objects.get(pk=tenancy.current())
        self.default = Clinic.objects.filter(is_default=True).first()
        self._find_contacts(wanted)
        self._refuse_taken(wanted)
        kinds = {fields["appointment_type"].pk for fields in wanted.values() if fields.get("appointment_type")}
        self.allowed = visit_types.providers_of(kinds)
        plans = {}
        for place in wanted.keys() - self.refused.keys():
            try:
                plans[place] = self._plan(place, wanted[place])
            except PunctualError as error:
                error.field = visit_edits.NAMES.get(error.field, error.field)
                self.refused[place] = error
        self._forget_contacts(plans.keys())
        order = sorted(plans)
        visits_made = visits_bulk.book_planned([plans[place] for place in order], now=self.now)
        return {**self.refused, **dict(zip(order, visits_made, strict=True))}

    def _find_contacts(self, wanted: Mapping[int, Fields]) -> None:
        """Take the contacts that are named or known, and make the others."""
        people = _new_people(wanted)
        ids = [name for kind, name in people if kind == "id"]
        known = {("id", row.external_id): row for row in Contact.objects.filter(external_id__in=ids)} if ids else {}
        new = [key for key in people if key not in known]
        made = dict(zip(new, contacts.create_many([people[key] for key in new]), strict=True))
        found_or_made = known | made
        for place, fields in wanted.items():
            found = fields.get("contact") or found_or_made.get(_key(place, fields.get("new_contact") or {}))
            if isinstance(found, Contact):
                self.people[place] = found
            else:
                self.refused[place] = found or NoContact(field="contact")
        # Each reminder looks whether its contact can be reached, and when its organization sends at the latest.
        prefetch_related_objects(list({row.pk: row for row in self.people.values()}.values()), "phones", "emails")
        self.made = {row.pk for row in made.values() if isinstance(row, Contact)}

    def _refuse_taken(self, wanted: Mapping[int, Fields]) -> None:
        ids = [fields["external_id"] for fields in wanted.values() if fields.get("external_id")]
        taken = set(Appointment.objects.filter(external_id__in=ids).values_list("external_id", flat=True))
        for place, fields in wanted.items():
            own = fields.get("external_id")
            if own and own in taken:
                self.refused.setdefault(place, ExternalIdTaken(field="external_id"))
            elif own:
                taken.add(own)

    def _plan(self, place: int, fields: Fields) -> visits_bulk.PlannedVisit:
        calendar: Calendar = fields["calendar"]
        clinic = fields.get("clinic")
        at = clinic or calendar.clinic or self.default
        zone = _zone(fields.get("time_zone") or calendar.time_zone or (at.time_zone if at else "UTC"))
        starts_at = _instant(fields["starts_at"], zone)
        kind, provider = fields.get("appointment_type"), fields.get("provider")
        if not visit_types.may(kind, provider, self.allowed):
            raise ProviderMayNot(field="provider")
        length = timedelta(minutes=kind.duration) if kind else LENGTH
        ends_at = _instant(fields["ends_at"], zone) if fields.get("ends_at") else starts_at + length
        booking = Booking(
            contact=self.people[place],
            provider=provider,
            operatory=fields.get("operatory"),
            appointment_type=kind,
            starts_at=starts_at,
            ends_at=ends_at,
            title=fields.get("title", ""),
            clinic=clinic,
            external_id=fields.get("external_id", ""),
            time_zone=fields.get("time_zone", ""),
        )
        planned = visits_bulk.plan(booking, calendar=calendar, default=calendar.clinic or self.default)
        if fields.get("reminder"):
            planned.event.organization = self.organization
            planned.alarm = alarms.prepare(planned.event, now=self.now, **fields["reminder"])
        return planned

    def _forget_contacts(self, booked: Any) -> None:
        """Remove contacts that were made for visits of which none can be booked, and record the others."""
        kept = {self.people[place].pk for place in booked}
        Contact.objects.filter(pk__in=self.made - kept).delete()
        rows = {row.pk: row for row in self.people.values()}
        audit.record_many("create", [rows[pk] for pk in sorted(self.made & kept)])


def _is_plain(fields: Fields) -> bool:
    takes = fields.get("provider") or fields.get("operatory") or fields["calendar"].max_concurrent
    return not takes and not set(OF_SERIES) & set(fields) and fields.get("status", SCHEDULED) == SCHEDULED


def _contact(person: Fields | None) -> Contact:
    if person is None:
        raise NoContact(field="contact")
    known = person.get("external_id") and Contact.objects.filter(external_id=person["external_id"]).first()
    return known or contacts.create(**person)


def _without(fields: Fields, *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _new_people(wanted: Mapping[int, Fields]) -> dict[tuple[str, object], Fields]:
    """Return the contacts that are told instead of named, each once."""
    told = {place: fields.get("new_contact") for place, fields in wanted.items() if not fields.get("contact")}
    return {_key(place, person): person for place, person in told.items() if person is not None}


def _key(place: int, person: Fields) -> tuple[str, object]:
    """Return what tells new contacts of one request apart: who has no id is somebody else each time."""
    return ("id", person["external_id"]) if person.get("external_id") else ("place", place)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadZone(field="time_zone") from None


def _instant(value: datetime, zone: ZoneInfo) -> datetime:
    return value if value.tzinfo else resolve(value, zone)
