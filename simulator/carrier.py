"""The carrier's rules: what it takes, what it owes, who opted out. Nothing here knows HTTP, SMTP or a provider."""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from simulator import faults, protocols
from simulator.errors import NobodyThere
from simulator.faults import Fault, Faults
from simulator.models import CarrierAccount, CarrierMessage, CarrierPost

OUTBOUND = "outbound"  # from a customer of the carrier; the ledger consists of these
INBOUND = "inbound"  # from a phone
NOTICE = "notice"  # from the carrier itself to a phone

SILENCED = "silenced"  # an inbound STOP
RESUMED = "resumed"  # an inbound START or UNSTOP
_KEYWORDS = {"stop": SILENCED, "unstop": RESUMED, "start": RESUMED}
_NOTICES = {
    SILENCED: 'NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. '
    'Text back "unstop" to receive messages again.',
    RESUMED: 'NETWORK MSG: You have replied "unstop" and will begin receiving messages again from this number.',
}


@dataclass(frozen=True)
class Line:
    """What the carrier knows when a customer wants to text a phone."""

    account: CarrierAccount
    faults: Faults
    silenced: bool


@dataclass(frozen=True)
class Text:
    """A text that a customer wants sent; numbers E.164; receipts go to `receipt_url`, else to the account's."""

    sender: str
    recipient: str
    body: str
    receipt_url: str = ""


@dataclass(frozen=True)
class Letter:
    """A mail that arrived, taken apart; addresses in small letters."""

    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    message_id: str


Receipts = Callable[[CarrierMessage, str], list[CarrierPost]]

# Written out because every text of a load test passes here: the same by the ORM takes twice as long to build as to run.
_LINE = """
SELECT account.id, account.protocol, account.access_key, account.inbound_url, account.receipt_url,
       fault_row.rate, fault_row.kinds,
       (SELECT status FROM simulator_carriermessage
         WHERE sender = %s AND recipient = %s AND direction = 'inbound' AND status IN ('silenced', 'resumed')
         ORDER BY id DESC LIMIT 1) AS last_word
  FROM simulator_carrieraccount account
  LEFT JOIN LATERAL (SELECT rate, kinds FROM simulator_carrierfaults ORDER BY id LIMIT 1) fault_row ON true
 WHERE account.protocol = %s AND account.access_key = %s
"""


def line(protocol: str, access_key: str, *, sender: str, recipient: str) -> Line:
    """Return account, faults and opt-out of a pair of numbers, in one query; an unknown account is opened."""
    row = _ask(recipient, sender, protocol, access_key)
    if row is None:
        account(protocol, access_key)
        row = _ask(recipient, sender, protocol, access_key)
    *known, rate, kinds, last_word = row
    return Line(CarrierAccount(*known), faults.of(rate, json.loads(kinds or "[]")), last_word == SILENCED)


def account(protocol: str, access_key: str) -> CarrierAccount:
    """Return an account; the first use of a key opens it."""
    return CarrierAccount.objects.get_or_create(protocol=protocol, access_key=access_key)[0]


@transaction.atomic
def accept(account: CarrierAccount, wanted: Text, *, receipts: Receipts, fault: Fault | None) -> CarrierMessage:
    """Take a text, deliver it to the phone, and owe the receipts, when there is an address for them.

    `receipts` makes the unsaved calls from the message and the address: their form is the protocol's.
    """
    message = CarrierMessage.objects.create(
        public_id=protocols.load(account.protocol).new_id(),
        account=account,
        channel="sms",
        direction=OUTBOUND,
        sender=wanted.sender,
        recipient=wanted.recipient,
        text=wanted.body,
    )
    url = wanted.receipt_url or account.receipt_url
    if url and fault is not Fault.NO_RECEIPT:
        times = 2 if fault is Fault.DUPLICATE_RECEIPT else 1
        CarrierPost.objects.bulk_create(post for _ in range(times) for post in receipts(message, url))
    return message


@transaction.atomic
def write(phone: str, text: str, *, to: str = "") -> CarrierMessage:
    """Text from a phone: to a number, or to the one that wrote last; the owner's callback address gets it."""
    number = to or _last_writer(phone)
    owner = _owner(number, phone=phone)
    protocol = protocols.load(owner.protocol)
    keyword = _KEYWORDS.get(text.strip().lower(), "")
    message = CarrierMessage.objects.create(
        public_id=protocol.new_id(),
        account=owner,
        channel="sms",
        direction=INBOUND,
        sender=phone,
        recipient=number,
        text=text,
        status=keyword or "delivered",
    )
    if owner.inbound_url:
        protocol.inbound(message, owner).save()
    if keyword:
        _notify(phone, number, _NOTICES[keyword])
    return message


@transaction.atomic
def receive(letter: Letter) -> CarrierMessage:
    """Put a mail into a mailbox; the same Message-ID again shows as `repeated` in the ledger."""
    digest = hashlib.sha256(f"{letter.message_id or secrets.token_hex()}\n{letter.recipient}".encode()).hexdigest()
    public_id = f"mail-{digest[:32]}"
    before = CarrierMessage.objects.filter(Q(public_id=public_id) | Q(public_id__startswith=f"{public_id}-")).count()
    return CarrierMessage.objects.create(
        public_id=f"{public_id}-{before + 1}" if before else public_id,
        channel="email",
        direction=OUTBOUND,
        sender=letter.sender[:254],
        recipient=letter.recipient[:254],
        subject=letter.subject[:300],
        text=letter.text,
        html=letter.html,
        status="repeated" if before else "delivered",
    )


def arrived() -> QuerySet[CarrierMessage]:
    """What reached phones and mailboxes, oldest first."""
    return CarrierMessage.objects.exclude(direction=INBOUND)


def accepted() -> QuerySet[CarrierMessage]:
    """What customers handed in and the carrier took: the ledger, oldest first."""
    return CarrierMessage.objects.filter(direction=OUTBOUND)


def conversation(phone: str) -> QuerySet[CarrierMessage]:
    """All that a phone's screen shows, oldest first."""
    mine = Q(sender=phone, direction=INBOUND) | Q(recipient=phone, direction__in=[OUTBOUND, NOTICE])
    return CarrierMessage.objects.filter(mine, channel="sms")


def records(account: CarrierAccount) -> QuerySet[CarrierMessage]:
    """A customer's own messages, both directions, oldest first."""
    return CarrierMessage.objects.filter(account=account, channel="sms")


def _ask(*parameters: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(_LINE, parameters)
        return cursor.fetchone()


def _last_writer(phone: str) -> str:
    last = CarrierMessage.objects.filter(recipient=phone, direction=OUTBOUND).order_by("-id").first()
    if last is None:
        raise NobodyThere(f'Nobody has written to {phone} yet: name the number in "to".', field="to")
    return last.sender


def _owner(number: str, *, phone: str) -> CarrierAccount:
    """Return who uses a number: the account that wrote to this phone last, else to anybody."""
    texts = CarrierMessage.objects.filter(sender=number, direction=OUTBOUND, channel="sms").order_by("-id")
    last = texts.filter(recipient=phone).select_related("account").first() or texts.select_related("account").first()
    if last is None or last.account is None:
        raise NobodyThere(f"No customer of the carrier has written from {number} yet.", field="to")
    return last.account


def _notify(phone: str, number: str, text: str) -> None:
    CarrierMessage.objects.create(
        public_id=f"notice-{secrets.token_hex(16)}",
        channel="sms",
        direction=NOTICE,
        sender=number,
        recipient=phone,
        text=text,
    )
