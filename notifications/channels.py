"""The one table of channels: what differs between text, e-mail and voice stands here, and nowhere else.

SQL, admin, REST, validation and screens take what they need from an entry; none of them asks which channel it is.
A new channel is an entry here, a member of `engine.states.Channel`, and at least one provider.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.engine.audit_actor import ChangeChannel
from config.kernel.text import N_, Sentence
from notifications.engine.address_validation import AddressForm
from notifications.engine.replies import NO_KEYWORDS, TEXT_KEYWORDS, Keywords
from notifications.engine.states import Channel

Words = str | Promise


@dataclass(frozen=True)
class AddressEntry:
    """Where the addresses of one form stand: on an alarm, and on a contact."""

    form: AddressForm
    alarm_field: str
    # On a contact: the relation, the table behind it, and the column that holds the address.
    contact_relation: str
    contact_table: str
    contact_column: str
    # In a row of an imported file.
    import_field: str


PHONE = AddressEntry(
    form=AddressForm.PHONE,
    alarm_field="alarm_phonenumber",
    contact_relation="phones",
    contact_table="contacts_contactphone",
    contact_column="number",
    import_field="phone",
)
MAIL = AddressEntry(
    form=AddressForm.MAIL,
    alarm_field="alarm_email",
    contact_relation="emails",
    contact_table="contacts_contactemail",
    contact_column="address",
    import_field="email",
)


@dataclass(frozen=True)
class ChannelEntry:
    """What is particular to one channel."""

    channel: str  # as gateways, deliveries and suppressions hold it
    label: Words
    method: int  # its number in the older interface, as alarms hold it
    reminder_label: Words  # what a reminder on it is called
    address: AddressEntry
    recipient_words: Sentence
    # On an alarm: what is said. Where the outbox sends it, a delivery has a field of the same name.
    content_field: str
    missing_content_words: Sentence
    # On a calendar setting: the gateway through which its alarms leave; in REST: the collection of such gateways.
    gateway_field: str
    gateway_words: Sentence
    gateway_path: str
    has_default_gateway: bool = False  # a setting that names none takes the organization's first active one
    is_sent: bool = True  # its messages leave through the outbox
    takes_replies: bool = False  # a reminder on it can be answered by a message
    answered_through: str = ChangeChannel.LINK  # how an answer to a message on it comes in
    keywords: Keywords = NO_KEYWORDS  # sole words by which people opt out, in again, or ask for help
    dials_keys: bool = False  # its numbers may be followed by keys that are dialled after the answer
    max_characters: int = 0  # of a text; a provider may take fewer
    is_usual: bool = False  # what a form offers where it offers one

    def alarm(self, content: Model, *, address: str = "") -> dict[str, Any]:
        """Return the fields of an alarm on this channel that says something, to the contact unless told otherwise."""
        to = {self.address.alarm_field: address} if address else {}
        return {"method": self.method, self.content_field: content, **to}


TABLE: dict[str, ChannelEntry] = {
    Channel.SMS: ChannelEntry(
        channel=Channel.SMS,
        label=_("SMS"),
        method=2,
        reminder_label=_("SMS"),
        address=PHONE,
        recipient_words=N_("number to write to"),
        content_field="sms_template",
        missing_content_words=N_("A text message needs a text: choose a template, or add one first."),
        gateway_field="sms_gateway",
        gateway_words=N_("SMS gateway"),
        gateway_path="sms-gateway",
        takes_replies=True,
        answered_through=ChangeChannel.SMS_REPLY,
        keywords=TEXT_KEYWORDS,
        max_characters=1600,
        is_usual=True,
    ),
    Channel.EMAIL: ChannelEntry(
        channel=Channel.EMAIL,
        label=_("E-mail"),
        method=3,
        reminder_label=_("E-mail"),
        address=MAIL,
        recipient_words=N_("e-mail address"),
        content_field="mail_template",
        missing_content_words=N_("An e-mail needs a text: choose a template, or add one first."),
        gateway_field="mail_gateway",
        gateway_words=N_("mail gateway"),
        gateway_path="mail-gateway",
        has_default_gateway=True,
        max_characters=100_000,
    ),
    Channel.VOICE: ChannelEntry(
        channel=Channel.VOICE,
        label=_("Voice"),
        method=1,
        reminder_label=_("Call"),
        address=PHONE,
        recipient_words=N_("number to call"),
        content_field="survey",
        missing_content_words=N_("A call needs a survey: choose a sealed one, or seal one first."),
        gateway_field="aleg_gateway",
        gateway_words=N_("voice gateway"),
        gateway_path="gateway",
        is_sent=False,
        answered_through=ChangeChannel.KEY_PRESS,
        dials_keys=True,
    ),
}


def entries() -> Sequence[ChannelEntry]:
    """Return all channels, in the order of the older interface's numbers."""
    return sorted(TABLE.values(), key=lambda entry: entry.method)


def of(channel: str) -> ChannelEntry:
    """Return a channel by its name; raise KeyError when there is none."""
    return TABLE[channel]


def of_method(method: int) -> ChannelEntry:
    """Return a channel by its number in the older interface; raise KeyError when there is none."""
    return {entry.method: entry for entry in TABLE.values()}[method]


def usual() -> ChannelEntry:
    """Return the channel that a form offers where it offers one."""
    return next(entry for entry in TABLE.values() if entry.is_usual)


def choices() -> list[tuple[str, Words]]:
    """Return the names of channels with their labels, for models and forms."""
    return [(entry.channel, entry.label) for entry in TABLE.values()]


def method_choices() -> list[tuple[int, Words]]:
    """Return the older interface's numbers with what such reminders are called."""
    return [(entry.method, entry.reminder_label) for entry in entries()]


def content_fields() -> list[str]:
    """Return the fields of a delivery that hold what is said."""
    return list(dict.fromkeys(entry.content_field for entry in entries() if entry.is_sent))


def alarm_contents() -> list[str]:
    """Return the fields of an alarm that hold what is said, those of channels that the outbox serves first."""
    rest = (entry.content_field for entry in entries())
    return list(dict.fromkeys([*content_fields(), *rest]))


def alarm_addresses() -> list[str]:
    """Return the fields of an alarm that hold to whom it goes."""
    return [address.alarm_field for address in addresses()]


def gateway_fields(*, is_sent: bool | None = None) -> list[str]:
    """Return the fields of a calendar setting that hold gateways; some only, by whether the outbox uses them."""
    found = [entry for entry in entries() if is_sent is None or entry.is_sent == is_sent]
    return list(dict.fromkeys(entry.gateway_field for entry in found))


def served_by(gateway_field: str) -> list[str]:
    """Return the channels whose messages leave through a gateway of a calendar setting."""
    return [entry.channel for entry in entries() if entry.gateway_field == gateway_field]


def content_model(entry: ChannelEntry) -> type[Model]:
    """Return the model of what is said on a channel that the outbox serves, such as the templates of texts."""
    found = apps.get_model("notifications", "Delivery")._meta.get_field(entry.content_field).related_model
    if not isinstance(found, type):
        raise TypeError(entry.content_field)
    return found


def addresses() -> list[AddressEntry]:
    """Return the forms of addresses that channels use, each once."""
    return list(dict.fromkeys(entry.address for entry in entries()))
