"""The carrier's rules: what it takes, what it owes, who asked for silence. Nothing here knows HTTP or SMTP."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from simulator import faults
from simulator.errors import NobodyThere
from simulator.faults import Faults, Kind
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
    """A text that a customer wants sent; numbers E.164; receipts go to `callback`, else to the account's."""

    sender: str
    recipient: str
    body: str
    callback: str = ""


@dataclass(frozen=True)
class Letter:
    """A mail that arrived, taken apart; addresses in small letters."""

    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    message_id: str


# Written out because every text of a load test passes here: the same by the ORM takes twice as long to build as to run.
_LINE = """
SELECT account.id, account.access_key, account.sms_callback, account.dlr_callback, weather.rate, weather.kinds,
       (SELECT status FROM simulator_carriermessage
         WHERE sender = %s AND recipient = %s AND direction = 'inbound' AND status IN ('silenced', 'resumed')
         ORDER BY id DESC LIMIT 1) AS last_word
  FROM simulator_carrieraccount account
  LEFT JOIN LATERAL (SELECT rate, kinds FROM simulator_carrierfaults ORDER BY id LIMIT 1) weather ON true
 WHERE account.access_key = %s
"""


def line(access_key: str, *, sender: str, recipient: str) -> Line:
    """Return account, faults and opt-out of a pair of numbers, in one query; an unknown account is opened."""
    row = _ask(recipient, sender, access_key)
    if row is None:
        account(access_key)
        row = _ask(recipient, sender, access_key)
    *known, rate, kinds, last_word = row
    return Line(CarrierAccount(*known), faults.of(rate, json.loads(kinds or "[]")), last_word == SILENCED)


def account(access_key: str) -> CarrierAccount:
    """Return an account; the first use of a key opens it."""
    return CarrierAccount.objects.get_or_create(access_key=access_key)[0]


@transaction.atomic
def accept(account: CarrierAccount, wanted: Text, *, self_link: str, fault: Kind | None) -> CarrierMessage:
    """Take a text, deliver it to the phone, and owe two receipts to the callback, if there is one."""
    message = CarrierMessage.objects.create(
        public_id=new_id(),
        account=account,
        channel="sms",
        direction=OUTBOUND,
        sender=wanted.sender,
        recipient=wanted.recipient,
        text=wanted.body,
    )
    callback = wanted.callback or account.dlr_callback
    if callback and fault is not Kind.NO_RECEIPT:
        related = self_link + message.public_id
        bodies = [{"data": _receipt(message, step, related)} for step in RECEIPTS]
        bodies *= 2 if fault is Kind.DUPLICATE_RECEIPT else 1
        CarrierPost.objects.bulk_create(CarrierPost(url=callback, body=body) for body in bodies)
    return message


@transaction.atomic
def write(phone: str, text: str, *, to: str = "") -> CarrierMessage:
    """Text from a phone: to a number, or to the one that wrote last; the owner's callback hears of it."""
    number = to or _last_writer(phone)
    owner = _owner(number, phone=phone)
    keyword = _KEYWORDS.get(text.strip().lower(), "")
    message = CarrierMessage.objects.create(
        public_id=new_id(),
        account=owner,
        channel="sms",
        direction=INBOUND,
        sender=phone,
        recipient=number,
        text=text,
        status=keyword or "delivered",
    )
    if owner.sms_callback:
        record = attributes(message) | {"message_callback_url": owner.sms_callback}
        body = {"data": {"id": message.public_id, "type": "message", "attributes": record}}
        CarrierPost.objects.create(url=owner.sms_callback, body=body)
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


def new_id() -> str:
    """Return a record id as Flowroute makes them."""
    return f"mdr2-{secrets.token_hex(16)}"


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


def attributes(message: CarrierMessage) -> dict[str, Any]:
    """Return a text's record as Flowroute 2.1 prints it: numbers without plus, times to the second."""
    is_plain = message.text.isascii()
    segments = max(1, -(-len(message.text) // (160 if is_plain else 70)))
    return {
        "body": message.text,
        "status": "delivered" if message.direction == OUTBOUND else "received",
        "direction": message.direction,
        "to": message.recipient.removeprefix("+"),
        "from": message.sender.removeprefix("+"),
        "timestamp": stamp(message),
        "amount_display": f"${0.004 * segments:.4f}",
        "amount_nanodollars": 4_000_000 * segments,
        "message_encoding": 0 if is_plain else 8,
        "is_mms": False,
        "message_type": "longcode",
        "delivery_receipts": [],
    }


def receipts(message: CarrierMessage) -> list[dict[str, Any]]:
    """Return the receipts of an accepted text as its record lists them."""
    return [_step(message, step) for step in RECEIPTS] if message.direction == OUTBOUND else []


# Flowroute's own samples: the first step has no code; the table of codes is not public.
RECEIPTS: tuple[dict[str, Any], ...] = (
    {"level": 1, "status": "smsc submit", "status_code": None, "status_code_description": None},
    {"level": 2, "status": "delivered", "status_code": "0", "status_code_description": "Message delivered to handset"},
)


def stamp(message: CarrierMessage) -> str:
    """Return when a message passed, in UTC, to the second."""
    return message.at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _step(message: CarrierMessage, step: dict[str, Any]) -> dict[str, Any]:
    return {**step, "timestamp": stamp(message)}


def _receipt(message: CarrierMessage, step: dict[str, Any], related: str) -> dict[str, Any]:
    return {
        "id": message.public_id,
        "type": "delivery_receipt",
        "links": {"related": related},
        "attributes": {**_step(message, step), "body": message.text},
    }


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
        public_id=new_id(), channel="sms", direction=NOTICE, sender=number, recipient=phone, text=text
    )
