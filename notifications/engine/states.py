"""The states of deliveries and attempts, and the ways between them. Plain Python.

`scheduled → leased → calling → accepted → delivered | undelivered`;
`calling → in_doubt → accepted | scheduled | unknown`; late certainty: `scheduled | leased → accepted`.
"""

from enum import StrEnum


class Channel(StrEnum):
    """How a message reaches a person."""

    SMS = "sms"
    EMAIL = "email"
    VOICE = "voice"


class State(StrEnum):
    """Where a delivery stands."""

    SCHEDULED = "scheduled"  # waits for next_attempt_at
    LEASED = "leased"  # a worker prepares it; provably unsent
    CALLING = "calling"  # the intent is written, the provider is being called
    IN_DOUBT = "in_doubt"  # the provider may have taken it; never straight back to scheduled
    ACCEPTED = "accepted"  # the provider took it
    DELIVERED = "delivered"  # the handset or mailbox has it
    UNDELIVERED = "undelivered"  # the provider could not bring it
    FAILED = "failed"  # refused for good, or retries used up
    SKIPPED = "skipped"  # too late to be of use
    CANCELLED = "cancelled"  # its origin was cancelled or paused
    SUPPRESSED = "suppressed"  # the recipient opted out
    UNKNOWN = "unknown"  # the doubt could not be settled
    QUARANTINED = "quarantined"  # workers died on it


class AttemptState(StrEnum):
    """Where one try stands."""

    CALLING = "calling"
    IN_DOUBT = "in_doubt"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REFUSED = "refused"  # a definite no: nothing was sent
    ABSENT = "absent"  # proven by look-ups that it was not sent
    UNKNOWN = "unknown"


OPEN = frozenset({State.SCHEDULED, State.LEASED})  # can still be stopped
UNDER_WAY = frozenset({State.CALLING, State.IN_DOUBT})  # too late to stop, too early to know
SENT = frozenset({State.ACCEPTED, State.DELIVERED})
ENDED_UNSENT = frozenset({State.FAILED, State.SKIPPED, State.QUARANTINED})  # it can be tried once more
OPEN_ATTEMPT = frozenset({AttemptState.CALLING, AttemptState.IN_DOUBT})

# How a message ends that no provider was given, and what a call that may have reached one can come to.
ENDED_UNSENT = frozenset({State.SKIPPED, State.CANCELLED, State.SUPPRESSED, State.FAILED, State.QUARANTINED})
CALLED = SENT | {State.SCHEDULED, State.UNDELIVERED, State.FAILED, State.SUPPRESSED}

TRANSITIONS: dict[State, frozenset[State]] = {
    # That it is accepted is proven by a receipt of the try before, which arrived after all.
    State.SCHEDULED: ENDED_UNSENT | {State.LEASED, State.ACCEPTED},
    State.LEASED: ENDED_UNSENT | {State.SCHEDULED, State.CALLING, State.ACCEPTED},
    State.CALLING: CALLED | {State.IN_DOUBT},
    State.IN_DOUBT: CALLED | {State.UNKNOWN},
    State.ACCEPTED: frozenset({State.DELIVERED, State.UNDELIVERED}),
    State.UNKNOWN: frozenset({State.ACCEPTED, State.DELIVERED, State.UNDELIVERED}),
    State.FAILED: frozenset({State.SCHEDULED}),  # staff asked to try again
    State.SKIPPED: frozenset({State.SCHEDULED}),
    State.QUARANTINED: frozenset({State.SCHEDULED}),
    State.DELIVERED: frozenset(),
    State.UNDELIVERED: frozenset({State.DELIVERED}),
    State.CANCELLED: frozenset(),
    State.SUPPRESSED: frozenset(),
}
