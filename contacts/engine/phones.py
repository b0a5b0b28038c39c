"""Phone numbers. Plain Python."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from config.kernel.text import N_
from contacts.errors import BadPhone

# The other possible ones lack their area code, and lead to nobody from outside.
IS_POSSIBLE = phonenumbers.ValidationResult.IS_POSSIBLE


def normalise_phone(text: str, region: str) -> str:
    """Return a number as E.164; one without a country code is read in the region (ISO 3166), else as international.

    A possible number is enough, as the older interfaces took such, but not one that is possible inside its area only;
    raises `BadPhone`.
    """
    stripped = text.strip()
    for candidate in (stripped, f"+{stripped}"):
        try:
            number = phonenumbers.parse(candidate, region)
        except NumberParseException:
            continue
        # An extension cannot be reached by text, and E.164 has no place for it.
        if phonenumbers.is_possible_number_with_reason(number) == IS_POSSIBLE and not number.extension:
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    raise BadPhone(
        N_(
            "“%(stripped)s” is no possible phone number; write it with its country code, like +33612345678.",
            stripped=stripped[:30],
        )
    )
