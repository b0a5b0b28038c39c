"""What a batch of imported visits would change here; nothing is written."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from appointments.engine.csv_table import Problem
from appointments.engine.csv_visits import Visit
from appointments.engine.states import Status, legal
from appointments.models import Appointment
from appointments.services import csv_import_contacts
from appointments.services.csv_import_contacts import People
from contacts.models import Contact

CLOSED = frozenset({Status.CANCELLED, Status.COMPLETED, Status.NO_SHOW})


@dataclass
class Change:
    """A visit that is here already, and what its row says differently."""

    visit: Visit
    appointment: Appointment
    is_moved: bool = False
    has_title: bool = False
    status: Status | None = None
    contact: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.is_moved or self.has_title or self.status or self.contact)


@dataclass
class Plan:
    """What becomes of the rows of a batch."""

    people: People
    creates: list[tuple[Visit, Contact | None]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)


def make(visits: Iterable[Visit]) -> Plan:
    """Compare visits with what is here, found again by their ids in the system that they come from."""
    visits = list(visits)
    rows = Appointment.objects.filter(external_id__in=[visit.external_id for visit in visits])
    here = {row.external_id: row for row in rows.select_related("contact", "event", "clinic")}
    people = csv_import_contacts.load((visit.person for visit in visits), (row.contact for row in here.values()))
    plan = Plan(people)
    for visit in visits:
        if appointment := here.get(visit.external_id):
            _compare(plan, visit, appointment)
        else:
            plan.creates.append((visit, people.find(visit.person, visit.external_id)))
    return plan


def _compare(plan: Plan, visit: Visit, appointment: Appointment) -> None:
    change = Change(
        visit,
        appointment,
        is_moved=(visit.starts_at, visit.ends_at) != (appointment.starts_at, appointment.ends_at),
        has_title=visit.title not in ("", appointment.title),
        status=_news(visit.status, appointment.status),
        contact=plan.people.changes(appointment.contact, visit.person),
    )
    if problem := _problem(change):
        plan.problems.append(problem)
    elif change:
        plan.changes.append(change)
    else:
        plan.unchanged += 1


def _news(told: Status | None, status: str) -> Status | None:
    """Return a status that the row knows better; "scheduled" is none: here the patient may have answered since."""
    return None if told in (None, Status.SCHEDULED, status) else told


def _problem(change: Change) -> Problem | None:
    visit, appointment = change.visit, change.appointment
    ours, theirs = appointment.contact.external_id, visit.person.external_id
    if ours and theirs and ours != theirs:
        text = f"this visit is of patient “{ours}” here"
        return Problem(visit.line, "", theirs, text, "cancel it and give the new one another id")
    if visit.clinic is not None and visit.clinic != appointment.clinic.number:
        text = f"this visit is in clinic {appointment.clinic.number} here"
        return Problem(visit.line, "", str(visit.clinic), text, "cancel it and give the new one another id")
    if change.status and not legal(appointment.status, change.status):
        text = f"the visit is {appointment.status} here and cannot become so"
        return Problem(visit.line, "", change.status, text, "change it by hand")
    if change.is_moved and appointment.status in CLOSED:
        shown = visit.starts_at.isoformat()
        return Problem(visit.line, "", shown, f"the visit is {appointment.status} here and keeps its time", "book anew")
    return None
