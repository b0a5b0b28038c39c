"""Check at run time what is given by name: entry points pass on fields that no type checker has seen."""

from collections.abc import Mapping
from typing import Any, cast


def check(fields: Mapping[str, Any], shape: type) -> None:
    """Raise `TypeError` for fields that a shape, a `TypedDict`, does not have."""
    keys: frozenset[str] = cast(Any, shape).__required_keys__ | cast(Any, shape).__optional_keys__
    if unknown := sorted(fields.keys() - keys):
        raise TypeError(f"{shape.__name__} has no {', '.join(unknown)}")
