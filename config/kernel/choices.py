"""Engine enumerations as Django choices."""

from enum import Enum


def choices(enumeration: type[Enum]) -> list[tuple[object, str]]:
    """Return `(value, label)` pairs; the label is the name in words."""
    return [(member.value, member.name.replace("_", " ").capitalize()) for member in enumeration]
