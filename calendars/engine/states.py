"""The integers of the older interface, kept, and plain words beside them. Plain Python."""

from enum import IntEnum, StrEnum


class Reach(StrEnum):
    """How much of a series an edit is about."""

    THIS = "this"
    FOLLOWING = "following"  # this and all that follow
    ALL = "all"


class TimeKind(StrEnum):
    """How the time of an event hangs on a clock."""

    TIMED = "timed"  # wall-clock times of a zone that it names
    DAYS = "days"  # whole days, wherever its calendar is
    FLOATING = "floating"  # wall-clock times, wherever its calendar is


class OnClosure(StrEnum):
    """What a series does where an occurrence meets a closure or a public holiday."""

    KEEP = "keep"  # it takes place, and staff are told
    SKIP = "skip"  # it does not take place
    MOVE = "move"  # it takes place on the next open day


class ClosureEffect(StrEnum):
    """What a closure did to an event, as long as nobody changed it by hand."""

    SKIPPED = "skipped"
    MOVED = "moved"


class EventStatus(IntEnum):
    """Of an event; that it is cancelled is a field beside it."""

    PENDING = 1
    COMPLETED = 2
    PAUSED = 3


class AlarmStatus(IntEnum):
    """Of an alarm and, with the same numbers, of an alarm request."""

    PENDING = 1
    IN_PROCESS = 2
    FAILURE = 3
    RETRY = 4
    SUCCESS = 5


class AlarmMethod(IntEnum):
    """How an alarm reaches its recipient."""

    CALL = 1
    SMS = 2
    EMAIL = 3


class AlarmResult(IntEnum):
    """What the recipient answered."""

    NO_RESULT = 0
    CONFIRMED = 1
    CANCELLED = 2
    RESCHEDULED = 3


class AmdBehavior(IntEnum):
    """What a call does about answering machines."""

    ALWAYS_PLAY_MESSAGE = 1
    PLAY_MESSAGE_TO_HUMAN_ONLY = 2
    LEAVE_MESSAGE_TO_VOICEMAIL_ONLY = 3


class AlarmState(StrEnum):
    """Where an alarm stands, in plain words."""

    PLANNED = "planned"  # waits for its time
    QUEUED = "queued"  # in the outbox
    SENT = "sent"  # the provider took it
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    UNKNOWN = "unknown"  # it may or may not have arrived
    FAILED = "failed"
    SKIPPED = "skipped"  # it was too late to be of use
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"  # the recipient opted out


class Detail(StrEnum):
    """How much a calendar feed tells."""

    MINIMAL = "minimal"  # that somebody is busy
    FULL = "full"  # also the title


class ImportOutcome(StrEnum):
    """What became of a component of an imported file."""

    CREATED = "created"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"


class RunState(StrEnum):
    """How far workers are with what they do in batches: the import of a file, or closures."""

    QUEUED = "queued"  # stored; no worker began yet
    RUNNING = "running"  # a worker has begun; another goes on with it should that one die
    DONE = "done"
    FAILED = "failed"  # given up; what was done before stays


# What becomes of an alarm when its delivery stands so: (status, state).
FOLLOWS: dict[str, tuple[AlarmStatus, AlarmState]] = {
    "scheduled": (AlarmStatus.IN_PROCESS, AlarmState.QUEUED),
    "leased": (AlarmStatus.IN_PROCESS, AlarmState.QUEUED),
    "calling": (AlarmStatus.IN_PROCESS, AlarmState.QUEUED),
    "in_doubt": (AlarmStatus.IN_PROCESS, AlarmState.QUEUED),
    "accepted": (AlarmStatus.SUCCESS, AlarmState.SENT),
    "delivered": (AlarmStatus.SUCCESS, AlarmState.DELIVERED),
    "undelivered": (AlarmStatus.FAILURE, AlarmState.UNDELIVERED),
    "failed": (AlarmStatus.FAILURE, AlarmState.FAILED),
    "skipped": (AlarmStatus.FAILURE, AlarmState.SKIPPED),
    "cancelled": (AlarmStatus.FAILURE, AlarmState.CANCELLED),
    "suppressed": (AlarmStatus.FAILURE, AlarmState.SUPPRESSED),
    "unknown": (AlarmStatus.FAILURE, AlarmState.UNKNOWN),
    "quarantined": (AlarmStatus.FAILURE, AlarmState.FAILED),
}
