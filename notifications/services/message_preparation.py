"""Between claim and intent: render a message and decide whether it may leave now. Nothing is written here."""

import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.dateparse import parse_datetime

from notifications import channels
from notifications.engine import address_validation, rendering, wording
from notifications.engine.address_validation import AddressForm
from notifications.engine.letters import MailContent
from notifications.engine.sending_window import Window
from notifications.models import Delivery, Gateway, ReplyText
from notifications.providers import registry
from notifications.providers.base import Outgoing

logger = logging.getLogger(__name__)

INACTIVE_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True)
class Postponed:
    """It may not leave now; it is tried again at that time."""

    at: datetime
    reason: str


@dataclass(frozen=True)
class NotSendable:
    """It can never leave as it is."""

    reason: str
    detail: str = ""


def window(delivery: Delivery) -> Window:
    """Return the daily window in which a delivery may leave."""
    return Window(delivery.window_start, delivery.window_stop, ZoneInfo(delivery.time_zone))


def prepare(
    delivery: Delivery, *, replies: dict[tuple[int, str, str], str], now: datetime
) -> Outgoing | Postponed | NotSendable:
    """Render a delivery, or return why it cannot leave now; an error in one does not stop the others."""
    try:
        return _prepare(delivery, replies=replies, now=now)
    except Exception as error:
        logger.exception("delivery %s cannot be prepared", delivery.pk)
        return NotSendable("unpreparable", f"{type(error).__name__}: {error}".replace("\x00", "")[:300])


def _prepare(
    delivery: Delivery, *, replies: dict[tuple[int, str, str], str], now: datetime
) -> Outgoing | Postponed | NotSendable:
    gateway = delivery.gateway
    if not gateway or not registry.load(gateway.driver):
        return NotSendable("no_gateway", "No gateway can send this.")
    if gateway.status != Gateway.Status.ACTIVE:
        return Postponed(now + INACTIVE_PAUSE, "gateway_inactive")
    opens = window(delivery).next_open(now)
    if opens >= delivery.useful_until:
        return NotSendable("no_window_left", "The daily window opens only when it is too late.")
    if opens > now:
        return Postponed(opens, "outside_window")
    said = message(delivery, gateway, replies)
    if not said.text.strip():
        return NotSendable("empty_text", "The template renders to nothing.")
    wrong = address_validation.problem(
        channels.of(delivery.channel).address.form, said.recipient, said.sender
    ) or _toll(delivery)
    return NotSendable(wrong) if wrong else said


def _toll(delivery: Delivery) -> str:
    if channels.of(delivery.channel).address.form is not AddressForm.PHONE:
        return ""
    return address_validation.toll(delivery.recipient, delivery.organization.message_regions)


def reply_texts(rows: list[Delivery]) -> dict[tuple[int, str, str], str]:
    """Return the organizations' own wordings that some deliveries may need, by organization, key and language."""
    organizations = {row.organization_id for row in rows if row.wording}
    if not organizations:
        return {}
    own = ReplyText.objects.unscoped().filter(organization_id__in=organizations)
    return {(row.organization_id, row.key, row.language.lower()): row.text for row in own}


def message(delivery: Delivery, gateway: Gateway, replies: dict[tuple[int, str, str], str]) -> Outgoing:
    """Return what a delivery says, with sender and recipient."""
    sender = delivery.sender or gateway.sender
    if letter := MailContent.of(delivery.values):
        return _of_letter(delivery, letter, sender)
    values = _values(delivery)
    if mail := delivery.mail_template:
        html_values = {name: _escaped(value) for name, value in values.items()}
        return Outgoing(
            recipient=delivery.recipient,
            sender=mail.from_email or sender,
            from_name=address_validation.name(mail.from_name or delivery.organization.name),
            subject=address_validation.line(rendering.render(mail.subject, values)),
            text=address_validation.body(rendering.render(mail.message_plaintext, values)),
            html=address_validation.body(rendering.render(mail.message_html, html_values)),
            message_id=_message_id(delivery, mail.from_email or sender),
        )
    text = delivery.sms_template.sms_text if delivery.sms_template else _wording(delivery, replies)
    driver = registry.load(gateway.driver)
    limit = driver.max_characters if driver else 0
    return Outgoing(
        recipient=delivery.recipient,
        sender=_number(sender),
        text=address_validation.body(rendering.render(text, values))[:limit],
        message_id=_message_id(delivery, sender),
    )


def _of_letter(delivery: Delivery, letter: MailContent, sender: str) -> Outgoing:
    return Outgoing(
        recipient=delivery.recipient,
        sender=sender,
        from_name=address_validation.name(letter.from_name or delivery.organization.name),
        subject=address_validation.line(letter.subject),
        text=address_validation.body(letter.text),
        html=address_validation.body(letter.html),
        calendar=letter.calendar,
        message_id=_message_id(delivery, sender),
    )


def _number(text: str) -> str:
    """Return a number as E.164, as records and replies name it; a word, which some carriers allow, as it is."""
    digits = re.sub(r"[^0-9A-Za-z]", "", text)
    return f"+{digits}" if digits.isdecimal() else text


def _wording(delivery: Delivery, replies: dict[tuple[int, str, str], str]) -> str:
    language = delivery.language.lower()
    for name in (language, language.split("-")[0]):
        if own := replies.get((delivery.organization.pk, delivery.wording, name)):
            return own
    return wording.text(delivery.wording, language) if delivery.wording else ""


def _values(delivery: Delivery) -> dict[str, str]:
    """Fill in the words of instants in the language of the text; a named instant other than `start` is prefixed.

    A wording is in the reader's language, a template in the organization's: no text may mix two.
    """
    language = delivery.language if delivery.wording else delivery.organization.language
    values = {name: value for name, value in delivery.values.items() if name != "moments"}
    for name, (iso, zone, *kind) in delivery.values.get("moments", {}).items():
        at = parse_datetime(iso)
        words = rendering.moment(at, zone, language, all_day="day" in kind) if at else {}
        values |= words if name == "start" else {f"{name}_{key}": word for key, word in words.items()}
    return {"organization": delivery.organization.name, **values}


def _escaped(value: object) -> object:
    if not isinstance(value, str):
        return value
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _message_id(delivery: Delivery, sender: str) -> str:
    domain = sender.partition("@")[2] or "punctual"
    return f"<delivery-{delivery.pk}.{delivery.organization.uuid.hex}@{domain}>"


def receipt_url(hook: str, token: str) -> str:
    """Return the address under which the provider reports on one attempt; empty without a connected gateway."""
    return f"{settings.PUBLIC_URL}/hooks/{hook}/receipt/{token}/" if hook else ""
