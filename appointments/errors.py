"""What can go wrong with appointments."""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class TakenTime:
    """A wanted time that somebody has: who, in words, and start and end of free times nearby.

    `visit` is the number of the visit that is there; 0: somebody holds the time while they book.
    """

    original_start: datetime
    starts_at: datetime
    ends_at: datetime
    visit: int
    words: str
    free: tuple[tuple[datetime, datetime], ...]


class SlotTaken(Conflict):
    """Somebody else is booked then; choose another time, or say why it may overlap."""

    code = "slot_taken"

    def __init__(self, message: str = "", *, field: str = "", taken: Sequence[TakenTime] = ()) -> None:
        super().__init__(message, field=field)
        self.taken = taken


class NoSuchOccurrence(Invalid):
    """The series does not take place then; name an occurrence by its original start, as the preview does."""

    code = "no_such_occurrence"


class NotYourHold(Conflict):
    """Somebody else holds this time; book without it, or hold one yourself."""

    code = "not_your_hold"


class TooManyHolds(Conflict):
    """You hold many times already; book them or give them back first."""

    code = "too_many_holds"


class HoldsNothing(Invalid):
    """Say what to hold: a provider, an operatory, or a calendar with a limit."""

    code = "holds_nothing"


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
