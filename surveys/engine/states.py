"""The integers of the older interface for voice applications and calls, kept. Plain Python."""

from enum import IntEnum


class SectionType(IntEnum):
    """What a node of a voice application does."""

    PLAY_MESSAGE = 1
    MULTI_CHOICE = 2
    RATING_QUESTION = 3
    CAPTURE_DIGITS = 4
    RECORD_MESSAGE = 5
    CALL_TRANSFER = 6
    HANGUP = 7
    CONFERENCE = 8
    DNC = 9
    SMS = 10


class CallStatus(IntEnum):
    """Where a call stands."""

    PENDING = 1
    FAILURE = 2
    RETRY = 3
    SUCCESS = 4
    ABORT = 5
    PAUSE = 6
    CALLING = 7


class CallType(IntEnum):
    """Whether a call that failed is tried again."""

    ALLOW_RETRY = 1
    CANNOT_RETRY = 2
    RETRY_DONE = 3


# Keys of a branching that are no digits: any key, an invalid one, and none in time.
WORDS = frozenset({"any", "invalid", "timeout"})
ASKS = frozenset({SectionType.MULTI_CHOICE, SectionType.RATING_QUESTION, SectionType.CAPTURE_DIGITS})
ENDS = frozenset({SectionType.HANGUP, SectionType.DNC})


def first_key(section_type: int) -> str | None:
    """Return the key of the branching that a new section has: `0` is played, None: the call ends there."""
    if section_type in ENDS:
        return None
    return "timeout" if section_type in ASKS else "0"


def is_key(keys: str) -> bool:
    """Return whether a branching can have these keys: digits, or a word."""
    return keys in WORDS or (keys.isascii() and keys.isdigit())
