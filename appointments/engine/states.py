"""The states of an appointment, and the ways between them. Plain Python."""

from enum import StrEnum


class VisitStatus(StrEnum):
    """Where a visit stands."""

    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"


# Those that are still to come, as far as anybody said.
OPEN = (VisitStatus.SCHEDULED, VisitStatus.CONFIRMED)
TRANSITIONS: dict[VisitStatus, frozenset[VisitStatus]] = {
    VisitStatus.SCHEDULED: frozenset(
        {VisitStatus.CONFIRMED, VisitStatus.CANCELLED, VisitStatus.COMPLETED, VisitStatus.NO_SHOW}
    ),
    VisitStatus.CONFIRMED: frozenset(
        {VisitStatus.SCHEDULED, VisitStatus.CANCELLED, VisitStatus.COMPLETED, VisitStatus.NO_SHOW}
    ),
    VisitStatus.CANCELLED: frozenset(),
    VisitStatus.COMPLETED: frozenset({VisitStatus.NO_SHOW}),
    VisitStatus.NO_SHOW: frozenset({VisitStatus.COMPLETED}),
}


def legal(before: str, after: str) -> bool:
    """Return whether a visit may go from one status to another (staying is legal)."""
    return before == after or VisitStatus(after) in TRANSITIONS[VisitStatus(before)]
