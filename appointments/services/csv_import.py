"""Import visits from CSV: read row by row, compared and booked in batches; importing again changes nothing."""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.db import connection, transaction

from accounts import tenancy
from accounts.engine.audit_actor import ChangeChannel
from accounts.models import Clinic
from accounts.services import audit
from appointments.engine import csv_table, csv_visits
from appointments.engine.csv_table import CsvLayout, RowProblem
from appointments.engine.csv_visits import CsvRules, CsvVisit
from appointments.engine.states import VisitStatus
from appointments.errors import SlotTaken
from appointments.models import Appointment
from appointments.services import csv_import_contacts, csv_import_plan, visits, visits_bulk
from appointments.services.csv_import_plan import BatchPlan, RowChange
from appointments.services.visits import VisitChange
from appointments.services.visits_bulk import Booking, ReminderSettings
from calendars.models import Calendar
from calendars.services.closures import closure_effects
from config.kernel.errors import PunctualError
from contacts.models import Contact

BATCH = 500
# Of an advisory lock, beside the organization's id: two imports at once would not see each other's patients.
LOCK = 7301


@dataclass
class ImportCounts:
    """Counts of what an import did, or would do."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    moved: int = 0
    unchanged: int = 0
    skipped: int = 0
    contacts: int = 0
    reminders: int = 0
    rounded: int = 0
    unreachable: int = 0
    closed: int = 0


@dataclass
class CsvImport:
    """One run over a file; without `commit` it only looks."""

    calendar: Calendar
    rules: CsvRules
    now: datetime
    commit: bool = False
    reminder: ReminderSettings | None = None
    told: Callable[[RowProblem], None] = lambda problem: None
    progress: Callable[[int], None] = lambda line: None
    report: ImportCounts = field(default_factory=ImportCounts)

    def run(self, path: Path, layout: CsvLayout) -> ImportCounts:
        """Take in a file in batches, each its own transaction, in constant memory but for the ids seen."""
        self.place = closure_effects.opening_times_of([self.calendar])[self.calendar.pk]
        self.clinics = {clinic.number: clinic for clinic in Clinic.objects.all()}
        read = self._visits(path, layout)
        while batch := list(islice(read, BATCH)):
            with transaction.atomic(), audit.acting_through(ChangeChannel.IMPORT):
                self._batch(batch)
        return self.report

    def _visits(self, path: Path, layout: CsvLayout) -> Iterator[CsvVisit]:
        seen: dict[int, int] = {}
        for record in csv_table.read_records(path, layout):
            self.report.rows += 1
            self.progress(record.line)
            found = [record] if isinstance(record, RowProblem) else csv_visits.read_visit(record, self.rules)
            if isinstance(found, CsvVisit):
                first = seen.setdefault(hash(found.external_id), found.line)
                if first == found.line:
                    self.report.rounded += found.rounded
                    yield found
                    continue
                text = f"stands already in line {first}"
                found = [RowProblem(found.line, "", found.external_id, text, "remove one of the two")]
            self._skip(found)

    def _batch(self, rows: list[CsvVisit]) -> None:
        if self.commit:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, tenancy.current()])
        plan = csv_import_plan.plan_batch(rows, now=self.now)
        for problem in plan.problems:
            self._skip([problem])
        self.report.unchanged += plan.unchanged
        self._create(plan)
        for change in plan.changes:
            self._change(change, plan)

    def _create(self, plan: BatchPlan) -> None:
        wanted = {
            csv_import_contacts.key_of(visit.person, visit.external_id): visit.person
            for visit, contact in reversed(plan.creates)
            if contact is None
        }
        self.report.contacts += len(wanted)
        self.report.created += len(plan.creates)
        self._look_at_closures(
            [visit for visit, _ in plan.creates] + [change.visit for change in plan.changes if change.is_moved]
        )
        if not self.commit:
            self._foresee(plan)
            return
        csv_import_contacts.create_contacts(dict(reversed(wanted.items())), plan.people)
        pairs = self._book(plan)
        if self.reminder:
            remind = [row for row, visit in pairs if self._is_reminded(self.reminder, visit, plan, row.contact)]
            self.report.reminders += visits_bulk.remind(remind, reminder=self.reminder, now=self.now)
        for appointment, visit in pairs:
            if visit.status == VisitStatus.CANCELLED:
                visits.set_status(appointment, status=VisitStatus.CANCELLED, now=self.now)

    def _book(self, plan: BatchPlan) -> list[tuple[Appointment, CsvVisit]]:
        """Book the new visits: all at once, and one by one where the calendar takes only so many at a time."""
        rows = [(self._booking(visit, self._contact(visit, contact, plan)), visit) for visit, contact in plan.creates]
        if not self.calendar.max_concurrent:
            made = visits_bulk.book([booking for booking, _ in rows], calendar=self.calendar, now=self.now)
            return list(zip(made, (visit for _, visit in rows), strict=True))
        pairs = []
        for booking, visit in rows:
            fields = {field.name: getattr(booking, field.name) for field in dataclasses.fields(booking)}
            try:
                pairs.append((visits.book(calendar=self.calendar, now=self.now, **fields), visit))
            except SlotTaken as error:
                self.report.created -= 1
                self._skip([RowProblem(visit.line, "", visit.external_id, error.message, "choose another time")])
        return pairs

    def _look_at_closures(self, rows: list[CsvVisit]) -> None:
        """Count the visits to come on closed days or outside the hours, and tell staff of the days."""
        coming = [visit for visit in rows if visit.starts_at > self.now and visit.status != VisitStatus.CANCELLED]
        met = [(self.place.why_closed(visit.starts_at, visit.ends_at), visit.starts_at) for visit in coming]
        self.report.closed += sum(bool(closure) for closure, _ in met)
        if self.commit:
            closure_effects.warn_staff((closure, at.astimezone(self.place.zone)) for closure, at in met)

    def _foresee(self, plan: BatchPlan) -> None:
        if self.reminder:
            for visit, contact in plan.creates:
                self.report.reminders += self._is_reminded(self.reminder, visit, plan, contact)

    def _contact(self, visit: CsvVisit, contact: Contact | None, plan: BatchPlan) -> Contact:
        if contact is None:
            contact = plan.people.by_key[csv_import_contacts.key_of(visit.person, visit.external_id)]
        if changes := plan.people.changes(contact, visit.person):
            csv_import_contacts.update_contact(contact, visit.person, changes, plan.people)
        return contact

    def _booking(self, visit: CsvVisit, contact: Contact) -> Booking:
        clinic = None if visit.clinic is None else self.clinics[visit.clinic]
        status = visit.status if visit.status and visit.status != VisitStatus.CANCELLED else VisitStatus.SCHEDULED
        return Booking(
            contact, visit.starts_at, visit.ends_at, visit.title, clinic, visit.external_id, visit.time_zone, status
        )

    def _is_reminded(
        self, reminder: ReminderSettings, visit: CsvVisit, plan: BatchPlan, contact: Contact | None
    ) -> bool:
        """Return whether a visit gets the reminder: it is still to come, and its patient can be reached."""
        if visit.starts_at <= self.now or visit.status not in (None, VisitStatus.SCHEDULED, VisitStatus.CONFIRMED):
            return False
        address = reminder.channel.address
        known = getattr(plan.people, address.contact_relation).get(contact.pk) if contact else None
        reached = bool(known or getattr(visit.person, address.import_field))
        self.report.unreachable += not reached
        return reached

    def _change(self, change: RowChange, plan: BatchPlan) -> None:
        try:
            with transaction.atomic():
                if self.commit:
                    self._apply(change, plan)
        except PunctualError as error:
            self._skip(
                [RowProblem(change.visit.line, "", change.visit.external_id, error.message, "change it by hand")]
            )
        else:
            self.report.changed += 1
            self.report.moved += change.is_moved

    def _apply(self, change: RowChange, plan: BatchPlan) -> None:
        appointment, visit = change.appointment, change.visit
        if change.contact:
            csv_import_contacts.update_contact(change.patient, visit.person, change.contact, plan.people)
        fields: VisitChange = {}
        if change.has_title:
            fields["title"] = visit.title
        if change.is_moved:
            fields |= {"starts_at": visit.starts_at, "ends_at": visit.ends_at}
        visits.change(appointment, now=self.now, **fields)
        if change.status:
            visits.set_status(appointment, status=change.status, now=self.now)

    def _skip(self, problems: list[RowProblem]) -> None:
        self.report.skipped += 1
        for problem in problems:
            self.told(problem)
