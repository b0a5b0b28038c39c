"""Phone numbers and mail addresses as the carrier keeps them: `+` and digits; small letters."""

import re

from simulator.errors import BadField

_E164 = re.compile(r"[1-9]\d{6,14}")
_PUNCTUATION = re.compile(r"[\s().-]")
_MAIL = re.compile(r"[^@\s/]+@[^@\s/]+")


def is_dialled(digits: str) -> bool:
    """Tell whether these are the digits of a number, without plus; North American ones have eleven."""
    return bool(_E164.fullmatch(digits)) and (digits[0] != "1" or len(digits) == 11)


def phone(text: object, *, field: str) -> str:
    """Return a number as E.164; a lost plus (a space, in a query) is no matter. Raise BadField."""
    digits = _PUNCTUATION.sub("", text).removeprefix("+") if isinstance(text, str) else ""
    if not is_dialled(digits):
        raise BadField(f"{text!r} is not a phone number like +15551234567.", field=field)
    return f"+{digits}"


def mail(text: object, *, field: str) -> str:
    """Return a mail address in small letters; raise BadField."""
    address = text.strip().lower() if isinstance(text, str) else ""
    if not _MAIL.fullmatch(address):
        raise BadField(f"{text!r} is not an e-mail address.", field=field)
    return address
