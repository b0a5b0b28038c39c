"""Engine enumerations as Django choices."""

from enum import Enum

ACRONYMS = {"sms": "SMS", "dnc": "DNC"}


def choices(enumeration: type[Enum]) -> list[tuple[object, str]]:
    """Return `(value, label)` pairs; the label is the name in words."""
    return [(member.value, _words(member.name.lower())) for member in enumeration]


def _words(name: str) -> str:
    words = " ".join(ACRONYMS.get(word, word) for word in name.split("_"))
    return words[:1].upper() + words[1:]
