"""Engine enumerations as Django choices."""

from enum import Enum
from typing import Any

from django.utils.translation import gettext_lazy

ACRONYMS = {"sms": "SMS", "dnc": "DNC", "api": "API"}


def choices(enumeration: type[Enum]) -> list[tuple[object, Any]]:
    """Return `(value, label)` pairs; the label is the name in words, which the catalogues know from the models."""
    return [(member.value, gettext_lazy(_words(member.name.lower()))) for member in enumeration]


def _words(name: str) -> str:
    words = " ".join(ACRONYMS.get(word, word) for word in name.split("_"))
    return words[:1].upper() + words[1:]
