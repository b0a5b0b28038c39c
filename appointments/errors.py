"""What can go wrong with appointments."""

from collections.abc import Sequence
from datetime import datetime

from config.kernel.errors import Conflict, Invalid, Missing


class VisitHasTime(Invalid):
    """A visit has its time of day: its event can be neither all-day nor floating."""

    code = "visit_has_time"


class IllegalStatus(Conflict):
    """The visit cannot go from its status to that one."""

    code = "illegal_status"


class NoShowTooEarly(Conflict):
    """The visit has not begun: nobody can have missed it."""

    code = "no_show_too_early"


class VisitHasPatient(Invalid):
    """A visit stays its patient's: cancel it and book a new one."""

    code = "visit_has_patient"


class SlotTaken(Conflict):
    """Somebody else is booked then; choose another time, or say why it may overlap."""

    code = "slot_taken"

    # `other` is the number of the visit that is there, `free` has start and end of times nearby.

    def __init__(
        self, message: str = "", *, other: int = 0, free: Sequence[tuple[datetime, datetime]] = (), field: str = ""
    ) -> None:
        super().__init__(message, field=field)
        self.other, self.free = other, free


class VisitTooLong(Invalid):
    """A visit with a provider or an operatory lasts at most a day."""

    code = "visit_too_long"


class RuleAlone(Invalid):
    """A new rule is one for what is to come: choose this and all that follow, or all on the page of the first one."""

    code = "rule_alone"


class NoPatient(Invalid):
    """Nobody of that name or number is among the contacts."""

    code = "no_patient"


class SeveralPatients(Invalid):
    """Several contacts fit; write more of the name, or the number."""

    code = "several_patients"


class NoContact(Invalid):
    """Say who comes: a contact, or a new one."""

    code = "no_contact"


class NoCreator(Invalid):
    """The calendar belongs to no calendar user; name one as creator."""

    code = "no_creator"


class ProviderMayNot(Invalid):
    """This provider does no visits of this type; choose another one, or add them to those who may do it."""

    code = "provider_may_not"


class NoClinic(Invalid):
    """The organization has no clinic yet; make one first."""

    code = "no_clinic"


class NoSuchTemplate(Missing):
    """There is no text of that key."""

    code = "no_such_template"


class NoteTypeTwice(Invalid):
    """every type is only allowed once"""

    code = "note_type_twice"


class NoteTypeTaken(Invalid):
    """The visit has a note of this type already; change that one."""

    code = "note_type_taken"
