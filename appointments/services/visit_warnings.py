"""What is odd about the times of visits, though it is allowed: for the answers of REST, and for pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from appointments.engine.states import OPEN, VisitStatus
from appointments.models import Appointment
from calendars.engine.closure_decision import OUTSIDE
from config.kernel import language

IN_PAST, PATIENT_ELSEWHERE, CLOSED, OUTSIDE_HOURS = "in_past", "patient_elsewhere", "closed", "outside_hours"


@dataclass(frozen=True)
class VisitWarning:
    """A stable code, and what it says in the language that is active."""

    code: str
    words: str


def of_closures(row: Appointment) -> list[VisitWarning]:
    """Return what closed days and opening hours say of a visit; its event is loaded."""
    code = OUTSIDE_HOURS if row.event.closure == OUTSIDE else CLOSED
    return [VisitWarning(code, words) for words in row.event.warnings]


def find(rows: Sequence[Appointment], *, now: datetime) -> dict[int, list[VisitWarning]]:
    """Return what is odd about visits, by their numbers; one query, and one where their clinics are not loaded.

    Their events are loaded.
    """
    prefetch_related_objects(list(rows), "clinic")
    others = _of_patients([row for row in rows if row.status in OPEN and row.contact_id])
    return {row.pk: [*of_closures(row), *_past(row, now), *_elsewhere(row, others)] for row in rows}


def _past(row: Appointment, now: datetime) -> list[VisitWarning]:
    # Who has arrived, or is treated, is there.
    is_past = row.status in (VisitStatus.SCHEDULED, VisitStatus.CONFIRMED) and row.starts_at <= now
    return [VisitWarning(IN_PAST, _("It lies in the past; nothing is sent for it."))] if is_past else []


def _elsewhere(row: Appointment, others: Iterable[Appointment]) -> list[VisitWarning]:
    if row.status not in OPEN:
        return []
    zone = ZoneInfo(row.clinic.time_zone)
    words = _("The patient has another visit then, from %(begin)s until %(end)s.")
    return [
        VisitWarning(
            PATIENT_ELSEWHERE,
            words
            % {
                "begin": language.short_moment(other.starts_at.astimezone(zone)),
                "end": f"{other.ends_at.astimezone(zone):%H:%M}",
            },
        )
        for other in others
        if other.contact_id == row.contact_id
        and other.pk != row.pk
        and other.starts_at < row.ends_at
        and row.starts_at < other.ends_at
    ]


def _of_patients(rows: Sequence[Appointment]) -> list[Appointment]:
    """Return the visits of the patients of some visits, around these."""
    if not rows:
        return []
    first, last = min(row.starts_at for row in rows), max(row.ends_at for row in rows)
    contacts = {row.contact_id for row in rows}
    near = Appointment.objects.exclude(status=VisitStatus.CANCELLED).filter(contact__in=contacts)
    found = near.filter(starts_at__lt=last, ends_at__gt=first).order_by("starts_at", "pk")
    return list(found.only("pk", "contact_id", "starts_at", "ends_at"))
