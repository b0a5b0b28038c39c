"""Recipients, senders and header texts: which are valid, and how texts are made safe for headers. Plain Python."""

import re
import unicodedata
from collections.abc import Collection
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
# A short code, or a word of at most eleven letters, by which some carriers name a sender.
SENDER = re.compile(
    r"\+?[1-9][0-9]{2,14}|(?=[A-Za-z0-9 ]*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9 ]{0,9}[A-Za-z0-9])?", re.ASCII
)
ADDRESS = re.compile(
    r"(?=.{3,254}\Z)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?",
    re.ASCII,
)
PARTING = re.compile(r'[<>()\[\]:;@\\,"]')
# What is dialled after the answer: keys, and w for half a second of waiting.
KEYS = re.compile(r"[0-9*#wW]{0,30}", re.ASCII)
# Calls and texts there cost extra and pay the owner of the number.
COSTLY = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PAGER}


class AddressForm(StrEnum):
    """How recipients and senders are written."""

    PHONE = "phone"  # E.164; a sender may also be a short code or a word
    MAIL = "mail"


def problem(form: AddressForm, recipient: str, sender: str) -> str:
    """Return the code of what is wrong with an envelope, empty when it may go to a provider."""
    if form is AddressForm.MAIL:
        known, right = bool(ADDRESS.fullmatch(recipient)), bool(ADDRESS.fullmatch(sender))
    else:
        known, right = bool(E164.fullmatch(recipient)), not sender or bool(SENDER.fullmatch(sender))
    return "" if known and right else "bad_sender" if known else "bad_recipient"


def toll(number: str, regions: Collection[str]) -> str:
    """Return why a number in E.164 is not called or written to, empty when it may be.

    It must lie in one of the regions (ISO 3166), and not be one of those that earn their owner money.
    """
    try:
        found = phonenumbers.parse(number)
    except NumberParseException:
        return "bad_recipient"
    if phonenumbers.number_type(found) in COSTLY:
        return "premium_number"
    # A number that nobody has is known by its country code only, such as the 555 numbers of examples.
    region = phonenumbers.region_code_for_number(found) or phonenumbers.region_code_for_country_code(
        found.country_code or 0
    )
    return "" if region in regions else "country_blocked"


def line(text: str) -> str:
    """Return a text for a header: one line, without control characters, and no encoded word (RFC 2047).

    Older Pythons write out what such a word holds, line ends and further headers included (CVE-2024-6923).
    """
    parted = (" " if unicodedata.category(each) in {"Cc", "Zl", "Zp", "Cs"} else each for each in text)
    return " ".join("".join(parted).split()).replace("=?", "= ?")


def name(text: str) -> str:
    """Return a text for the name before an address, without the characters that part addresses.

    Older Pythons lose their quotes when they fold a long name (CVE-2025-1795).
    """
    return line(PARTING.sub(" ", text)).lstrip(". ")


def body(text: str) -> str:
    """Return a text without control characters but line ends and tabs."""
    return "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in {"Cc", "Cs"})
