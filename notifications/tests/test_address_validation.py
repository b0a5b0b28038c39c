"""Whatever people write as numbers, addresses, names and subjects, nothing of it means something else to a provider."""

import os
import random
import re
from email import message_from_bytes, policy
from email.utils import getaddresses

import phonenumbers
import pytest

from contacts.engine.phones import normalise_phone
from contacts.errors import BadPhone
from notifications.engine import address_validation
from notifications.engine.address_validation import AddressForm
from notifications.providers.base import Outgoing
from notifications.providers.smtp.driver import _mail

ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "10000"))
# What turns one value into two, ends a line, or starts another command.
BITS = [
    "\r",
    "\n",
    "\r\n",
    "\x00",
    "\x0b",
    "\x85",
    "\u2028",
    "\u2029",
    "\x1b[2J",
    ",",
    ";",
    "w",
    "p",
    "@",
    "<",
    ">",
    '"',
    "'",
    "\\",
    " ",
    "\t",
    "%0d%0a",
    "%00",
    "=?utf-8?q?=0D=0ABcc:_a=40b.example?=",
    "Bcc: eve@evil.example",
    "\r\nBcc: eve@evil.example",
    "\r\n\r\n.\r\nMAIL FROM:<x>",
    "RCPT TO:<eve@evil.example>",
    "ext. 5",
    ";ext=5",
    ";phone-context=evil",
    "tel:",
    "sip:",
    "+",
    "+1",
    "555",
    "1234567",
    "+15551234567",
    "٣",
    "１",
    "Ana",
    "a",
    "é",
    "ana@example.com",
    "@example.com",
    "\u202e",
    "🦓",
    "{originate}",
    "sofia/gateway/x/",
    "&bridge(",
    "${",
    "!",
    "|",
    "`id`",
    "#",
    "*",
    "-",
    "(",
    ")",
    ".",
    "/",
]
HEADERS = [
    "Subject",
    "From",
    "To",
    "Message-ID",
    "Auto-Submitted",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
]
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@pytest.fixture
def junk():
    """Return a function that makes texts of a seeded chance."""
    chance = random.Random(20261123)
    return lambda: "".join(chance.choices(BITS, k=chance.randint(1, 6)))


def test_whatever_is_written_as_a_number_is_one_number_or_refused(junk):
    kept = 0
    for _ in range(ROUNDS):
        text = junk()
        try:
            number = normalise_phone(text, "US")
        except BadPhone:
            continue
        assert re.fullmatch(r"\+[1-9]\d{6,14}", number, re.ASCII), text
        assert address_validation.problem(AddressForm.PHONE, number, "") == ""
        kept += 1
    assert kept > 10


def test_nothing_but_one_number_or_one_address_is_a_recipient(junk):
    texts = [junk() for _ in range(ROUNDS)]
    numbers = [text for text in texts if address_validation.problem(AddressForm.PHONE, text, "+15550100001") == ""]
    addresses = [
        text for text in texts if address_validation.problem(AddressForm.MAIL, text, "clinic@example.com") == ""
    ]
    assert [text for text in numbers if not re.fullmatch(r"\+\d{7,15}", text, re.ASCII)] == []
    assert [text for text in addresses if text.count("@") != 1 or not text.isascii()] == []
    assert [text for text in addresses if set(text) & set(' ,;:<>()[]\\"\r\n\t\x00')] == []
    # Of each there are some, and most of the junk is neither.
    assert 0 < len(numbers) < ROUNDS / 20
    assert 0 < len(addresses) < ROUNDS / 20


def test_no_text_becomes_a_header_or_a_second_recipient(junk):
    for _ in range(ROUNDS // 20):
        subject, name, words = (
            address_validation.line(junk()),
            address_validation.name(junk()),
            address_validation.body(junk()),
        )
        mail = _mail(Outgoing("ana@example.com", "clinic@example.com", words, subject, "", name, "", "<1@example.com>"))
        assert not CONTROL.search(subject + name + words)
        assert sorted(mail.keys()) == sorted(HEADERS)
        read = message_from_bytes(mail.as_bytes(policy=policy.SMTP))
        assert sorted(read.keys()) == sorted(HEADERS)
        assert read["To"] == "ana@example.com"
        assert [address for _, address in getaddresses([read["From"]])] == ["clinic@example.com"]


@pytest.mark.parametrize(
    ("form", "recipient", "sender", "code"),
    [
        ("phone", "+15551234567", "+15550100001", ""),
        ("phone", "+15551234567", "Riverside", ""),
        ("phone", "+15551234567", "+40400", ""),
        ("phone", "+15551234567", "", ""),
        ("phone", "+15551234567", "Riverside Clinic", "bad_sender"),
        ("phone", "+15551234567", "+1555\r\nX", "bad_sender"),
        ("phone", "+15551234567,+15551234568", "", "bad_recipient"),
        ("phone", "+15551234567w1", "", "bad_recipient"),
        ("phone", "+1555123456\u0667", "", "bad_recipient"),
        ("mail", "ana.o'hara+x@mail.example.com", "clinic@example.com", ""),
        ("mail", "ana@example.com", "", "bad_sender"),
        ("mail", "ana@example.com\n", "clinic@example.com", "bad_recipient"),
        ("mail", "ana@example.com,eve@evil.example", "clinic@example.com", "bad_recipient"),
        ("mail", '"a b"@example.com', "clinic@example.com", "bad_recipient"),
        ("mail", "ana@localhost", "clinic@example.com", "bad_recipient"),
    ],
)
def test_envelopes(form, recipient, sender, code):
    assert address_validation.problem(AddressForm(form), recipient, sender) == code


@pytest.mark.parametrize(
    ("number", "regions", "code"),
    [
        ("+12125550123", ["US"], ""),
        ("+15551234567", ["US"], ""),  # nobody has it; its country code is the United States'
        ("+33612345678", ["US"], "country_blocked"),
        ("+33612345678", ["US", "FR"], ""),
        ("+18765551234", ["US"], "country_blocked"),  # Jamaica, under the same country code
        ("+19005551234", ["US"], "premium_number"),
        ("+33899123456", ["US", "FR"], "premium_number"),
        ("+449012345678", ["GB"], "premium_number"),
        ("+882123456789", ["US"], "country_blocked"),  # satellites
        ("+979123456789", ["US"], "premium_number"),  # international premium rate
    ],
)
def test_numbers_that_cost_more_than_a_reminder_is_worth(number, regions, code):
    assert address_validation.toll(number, regions) == code


def test_ten_thousand_mixed_numbers_reach_the_allowed_countries_only():
    chance = random.Random(7)
    prefixes = ["+1212", "+1900", "+1876", "+33612", "+33899", "+4477009", "+4490", "+979", "+8816", "+4179", "+2519"]
    numbers = [chance.choice(prefixes) + str(chance.randrange(10**6, 10**7)) for _ in range(ROUNDS)]
    through = [number for number in numbers if not address_validation.toll(number, ["US", "CH"])]
    # One that nobody can have costs nothing.
    routed = {number[:4] for number in through if phonenumbers.is_valid_number(phonenumbers.parse(number))}
    assert routed == {"+121", "+417"}
