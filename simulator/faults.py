"""Faults that the carrier shows on request: a share of the messages handed to it meets one of the chosen kinds."""

import random
from dataclasses import dataclass
from enum import StrEnum

from simulator.errors import BadField
from simulator.models import CarrierFaults

SLOW_SECONDS = 2.0
HANG_SECONDS = 15.0  # longer than any caller waits, and an end to it
_random = random.SystemRandom()


class Fault(StrEnum):
    """A kind of fault."""

    SLOW = "slow"
    REFUSE = "refuse"
    OVERLOAD = "overload"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    LOSE_RESPONSE = "lose_response"
    HANG = "hang"
    DUPLICATE_RECEIPT = "duplicate_receipt"
    NO_RECEIPT = "no_receipt"


WORDS = {
    Fault.SLOW: "Answers, but takes two seconds",
    Fault.REFUSE: "Refuses the message for good",
    Fault.OVERLOAD: "Says it is overloaded (429)",
    Fault.ERROR_BEFORE: "Fails (500) without taking the message",
    Fault.ERROR_AFTER: "Takes the message, then fails (500)",
    Fault.LOSE_RESPONSE: "Takes the message, then the line breaks",
    Fault.HANG: "Takes the message, then answers far too late",
    Fault.DUPLICATE_RECEIPT: "Sends each delivery receipt twice",
    Fault.NO_RECEIPT: "Never sends a delivery receipt",
}


@dataclass(frozen=True)
class Faults:
    """The share of messages that go wrong (0 to 1), and how."""

    rate: float = 0.0
    kinds: tuple[Fault, ...] = ()

    def draw(self) -> Fault | None:
        """Choose at random whether one message meets a fault, and which."""
        if self.kinds and _random.random() < self.rate:
            return _random.choice(self.kinds)
        return None


def current() -> Faults:
    """Return the faults in force."""
    row = CarrierFaults.objects.values_list("rate", "kinds").first()
    return of(*row) if row else Faults()


def of(rate: float | None, kinds: list[str] | None) -> Faults:
    """Read a stored row; nothing stored is no fault."""
    return Faults(rate or 0.0, tuple(Fault(kind) for kind in kinds or []))


def put(*, rate: object, kinds: object) -> Faults:
    """Set the faults in force; raise BadField, which lists the kinds there are."""
    faults = Faults(_rate(rate), _kinds(kinds))
    if faults.rate and not faults.kinds:
        raise BadField(f"Choose at least one of: {', '.join(Fault)}.", field="kinds")
    CarrierFaults.objects.update_or_create(pk=1, defaults={"rate": faults.rate, "kinds": list(faults.kinds)})
    return faults


def _rate(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise BadField("The rate is a number from 0 (never) to 1 (every message).", field="rate")
    return float(value)


def _kinds(value: object) -> tuple[Fault, ...]:
    names = value if isinstance(value, list) else [value]
    unknown = [name for name in names if name not in list(Fault)]
    if unknown:
        raise BadField(f"Unknown kind {unknown[0]!r}; there are: {', '.join(Fault)}.", field="kinds")
    return tuple(Fault(str(name)) for name in names)
