"""Phone numbers. Plain Python."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from config.kernel.text import N_
from contacts.errors import BadPhone


def normalise_phone(text: str, region: str) -> str:
    """Return a number as E.164; one without a country code is read in the region (ISO 3166), else as international.

    A possible number is enough, as the older interfaces took such; raises `BadPhone`.
    """
    stripped = text.strip()
    for candidate in (stripped, f"+{stripped}"):
        try:
            number = phonenumbers.parse(candidate, region)
        except NumberParseException:
            continue
        # An extension cannot be reached by text, and E.164 has no place for it.
        if phonenumbers.is_possible_number(number) and not number.extension:
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    raise BadPhone(
        N_(
            "“%(stripped)s” is no possible phone number; write it with its country code, like +33612345678.",
            stripped=stripped[:30],
        )
    )
