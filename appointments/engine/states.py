"""The states of an appointment, and the ways between them. Plain Python."""

from enum import StrEnum


class Status(StrEnum):
    """Where a visit stands."""

    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"


# Those that are still to come, as far as anybody said.
OPEN = (Status.SCHEDULED, Status.CONFIRMED)
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.SCHEDULED: frozenset({Status.CONFIRMED, Status.CANCELLED, Status.COMPLETED, Status.NO_SHOW}),
    Status.CONFIRMED: frozenset({Status.SCHEDULED, Status.CANCELLED, Status.COMPLETED, Status.NO_SHOW}),
    Status.CANCELLED: frozenset(),
    Status.COMPLETED: frozenset({Status.NO_SHOW}),
    Status.NO_SHOW: frozenset({Status.COMPLETED}),
}


def legal(before: str, after: str) -> bool:
    """Return whether a visit may go from one status to another (staying is legal)."""
    return before == after or Status(after) in TRANSITIONS[Status(before)]
