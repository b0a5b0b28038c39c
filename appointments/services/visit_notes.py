"""Notes on visits: at most one of each type on a visit."""

from collections.abc import Sequence
from typing import TypedDict, Unpack

from django.db import transaction

from accounts import tenancy
from accounts.services import audit
from appointments.errors import NoteTypeTaken, NoteTypeTwice
from appointments.models import Appointment, AppointmentNote


class NoteFields(TypedDict):
    """A note as it is written."""

    type: int
    note: str


class NoteChange(TypedDict, total=False):
    """What can be changed of a note."""

    type: int
    note: str
    appointment: Appointment | None


@transaction.atomic
def create(*, type: int, note: str = "", appointment: Appointment | None = None) -> AppointmentNote:
    """Write a note, also on no visit; raise `NoteTypeTaken` where the visit has one of that type."""
    _lock(appointment)
    _check_type(appointment, type)
    made = AppointmentNote.objects.create(type=type, note=note, appointment=appointment)
    audit.record("create", made)
    return made


@tenancy.of_row
def change(row: AppointmentNote, **fields: Unpack[NoteChange]) -> AppointmentNote:
    """Change a note; raise `NoteTypeTaken` where its visit has another one of that type."""
    note = AppointmentNote.objects.select_for_update(of=("self",)).get(pk=row.pk)
    changed = [name for name, value in fields.items() if getattr(note, name) != value]
    for name, value in fields.items():
        setattr(note, name, value)
    if {"type", "appointment"} & {*changed}:
        _lock(note.appointment)
        _check_type(note.appointment, note.type, own=note.pk)
    if changed:
        note.save(update_fields=changed)
        audit.record("update", note, changed=changed)
    row.refresh_from_db()
    return row


@tenancy.of_row
def write(visit: Appointment, notes: Sequence[NoteFields]) -> None:
    """Give a visit notes: each replaces the one of its type, and those of other types stay.

    Raises `NoteTypeTwice` for two of one type.
    """
    types = [each["type"] for each in notes]
    if len(set(types)) < len(types):
        raise NoteTypeTwice(field="notes")
    _lock(visit)
    known = {row.type: row for row in AppointmentNote.objects.filter(appointment=visit, type__in=types)}
    for each in notes:
        if each["type"] not in known:
            create(appointment=visit, **each)
        else:
            change(known[each["type"]], note=each["note"])


def _lock(visit: Appointment | None) -> None:
    """Let one after the other write notes on a visit."""
    if visit:
        Appointment.objects.select_for_update(of=("self",), no_key=True).get(pk=visit.pk)


def _check_type(visit: Appointment | None, type_number: int, *, own: int | None = None) -> None:
    others = AppointmentNote.objects.filter(appointment=visit, type=type_number).exclude(pk=own)
    if visit and others.exists():
        raise NoteTypeTaken(field="type")
