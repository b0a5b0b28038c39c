"""Compare a batch of imported visits with the database; nothing is written."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from appointments.engine.csv_table import RowProblem
from appointments.engine.csv_visits import CsvVisit
from appointments.engine.states import VisitStatus, is_too_early, legal
from appointments.models import Appointment
from appointments.services import csv_import_contacts
from appointments.services.csv_import_contacts import BatchContacts
from contacts.models import Contact

CLOSED = frozenset({VisitStatus.CANCELLED, VisitStatus.COMPLETED, VisitStatus.NO_SHOW})


@dataclass
class RowChange:
    """A visit that is here already, and what its row says differently."""

    visit: CsvVisit
    appointment: Appointment
    patient: Contact
    is_moved: bool = False
    has_title: bool = False
    status: VisitStatus | None = None
    contact: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.is_moved or self.has_title or self.status or self.contact)


@dataclass
class BatchPlan:
    """What a batch will create and change."""

    people: BatchContacts
    creates: list[tuple[CsvVisit, Contact | None]] = field(default_factory=list)
    changes: list[RowChange] = field(default_factory=list)
    unchanged: int = 0
    problems: list[RowProblem] = field(default_factory=list)


def plan_batch(visits: Iterable[CsvVisit], *, now: datetime) -> BatchPlan:
    """Compare visits with what is here, found again by their ids in the system that they come from."""
    visits = list(visits)
    rows = Appointment.objects.filter(external_id__in=[visit.external_id for visit in visits])
    here = {row.external_id: row for row in rows.select_related("contact", "event", "clinic")}
    people = csv_import_contacts.load_contacts(
        (visit.person for visit in visits), (row.contact for row in here.values() if row.contact)
    )
    plan = BatchPlan(people)
    for visit in visits:
        if visit.status and is_too_early(visit.status, starts_at=visit.starts_at, now=now):
            text = "this visit is to come, and nobody can have missed it"
            plan.problems.append(RowProblem(visit.line, "", visit.status, text, "correct the status or the start"))
        elif appointment := here.get(visit.external_id):
            _compare(plan, visit, appointment)
        else:
            plan.creates.append((visit, people.find(visit.person, visit.external_id)))
    return plan


def _compare(plan: BatchPlan, visit: CsvVisit, appointment: Appointment) -> None:
    if appointment.contact is None:
        text = "this visit is nobody's here"
        plan.problems.append(RowProblem(visit.line, "", visit.external_id, text, "give the new one another id"))
        return
    change = RowChange(
        visit,
        appointment,
        is_moved=(visit.starts_at, visit.ends_at) != (appointment.starts_at, appointment.ends_at),
        has_title=visit.title not in ("", appointment.title),
        status=_new_status(visit.status, appointment.status),
        patient=appointment.contact,
        contact=plan.people.changes(appointment.contact, visit.person),
    )
    if problem := _problem(change):
        plan.problems.append(problem)
    elif change:
        plan.changes.append(change)
    else:
        plan.unchanged += 1


def _new_status(told: VisitStatus | None, status: str) -> VisitStatus | None:
    """Return a status that the row knows better; "scheduled" is none: here the patient may have answered since."""
    return None if told in (None, VisitStatus.SCHEDULED, status) else told


def _problem(change: RowChange) -> RowProblem | None:
    visit, appointment = change.visit, change.appointment
    ours, theirs = change.patient.external_id, visit.person.external_id
    if ours and theirs and ours != theirs:
        text = f"this visit is of patient “{ours}” here"
        return RowProblem(visit.line, "", theirs, text, "cancel it and give the new one another id")
    if visit.clinic is not None and visit.clinic != appointment.clinic.number:
        text = f"this visit is in clinic {appointment.clinic.number} here"
        return RowProblem(visit.line, "", str(visit.clinic), text, "cancel it and give the new one another id")
    if change.status and not legal(appointment.status, change.status):
        text = f"the visit is {appointment.status} here and cannot become so"
        return RowProblem(visit.line, "", change.status, text, "change it by hand")
    if change.is_moved and appointment.status in CLOSED:
        shown = visit.starts_at.isoformat()
        return RowProblem(
            visit.line, "", shown, f"the visit is {appointment.status} here and keeps its time", "book anew"
        )
    return None
