"""Ways to reach a person: a number or an address, and what kind it is. Plain Python."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ContactPoint:
    """A phone number or an e-mail address; `kind` is empty where nobody said."""

    value: str
    kind: str = ""


def of(given: Iterable[str | ContactPoint]) -> list[ContactPoint]:
    """Return points; a bare text has no kind."""
    return [ContactPoint(each) if isinstance(each, str) else each for each in given]


def merge(points: Iterable[ContactPoint], known: Mapping[str, str]) -> list[ContactPoint]:
    """Return each value once, in order; one that comes without a kind keeps the one it is `known` with."""
    kinds: dict[str, str] = {}
    for point in points:
        kinds[point.value] = kinds.get(point.value) or point.kind
    return [ContactPoint(value, kind or known.get(value, "")) for value, kind in kinds.items()]
