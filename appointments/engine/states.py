"""The states of an appointment, and the ways between them. Plain Python."""

from datetime import datetime
from enum import StrEnum


class VisitStatus(StrEnum):
    """Where a visit stands."""

    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    IN_CHAIR = "in_chair"
    COMPLETED = "completed"  # the patient came
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


class HistoryKind(StrEnum):
    """What became of a visit, as its history tells."""

    BOOKED = "booked"
    STATUS = "status"
    MOVED = "moved"
    RENAMED = "renamed"


# Those that are not over, as far as anybody said.
OPEN = (VisitStatus.SCHEDULED, VisitStatus.CONFIRMED, VisitStatus.ARRIVED, VisitStatus.IN_CHAIR)
# What is said of a visit at its own time; another time, it says nothing.
OF_ITS_TIME = (VisitStatus.CONFIRMED, VisitStatus.ARRIVED, VisitStatus.IN_CHAIR)
# Whose patient need not be asked any more; what is cancelled has no reminders at all.
CERTAIN = (*OF_ITS_TIME, VisitStatus.COMPLETED, VisitStatus.NO_SHOW)
# What one visit comes to, and never a series of them.
OF_ONE = (VisitStatus.ARRIVED, VisitStatus.IN_CHAIR, VisitStatus.NO_SHOW)
# What each can become; a visit that is cancelled is restored, by a verb of its own.
TRANSITIONS: dict[VisitStatus, frozenset[VisitStatus]] = {
    VisitStatus.SCHEDULED: frozenset(VisitStatus) - {VisitStatus.SCHEDULED},
    VisitStatus.CONFIRMED: frozenset(VisitStatus) - {VisitStatus.CONFIRMED},
    VisitStatus.ARRIVED: frozenset(VisitStatus) - {VisitStatus.ARRIVED},
    # Who sits there came; corrections lead back to the waiting room.
    VisitStatus.IN_CHAIR: frozenset({VisitStatus.ARRIVED, VisitStatus.COMPLETED, VisitStatus.CANCELLED}),
    VisitStatus.COMPLETED: frozenset({VisitStatus.ARRIVED, VisitStatus.IN_CHAIR, VisitStatus.NO_SHOW}),
    VisitStatus.NO_SHOW: frozenset({VisitStatus.ARRIVED, VisitStatus.IN_CHAIR, VisitStatus.COMPLETED}),
    VisitStatus.CANCELLED: frozenset(),
}


def legal(before: str, after: str) -> bool:
    """Return whether a visit may go from one status to another (staying is legal)."""
    return before == after or VisitStatus(after) in TRANSITIONS[VisitStatus(before)]


def is_too_early(status: str, *, starts_at: datetime, now: datetime) -> bool:
    """Return whether nobody can know yet that a visit comes to a status: nobody is missed before it begins."""
    return status == VisitStatus.NO_SHOW and now < starts_at
