"""The actor of an audit entry. Plain Python."""

from dataclasses import dataclass
from enum import StrEnum

LONGEST_AGENT = 120
# What one may do besides reading is told by the method of a viewset; two of them are one thing.
WORDS = {"partial_update": "update", "destroy": "delete"}


class ChangeChannel(StrEnum):
    """How a change came in, as people are told of it."""

    PAGE = "page"
    API = "api"
    SMS_REPLY = "sms_reply"
    KEY_PRESS = "key_press"
    LINK = "link"
    IMPORT = "import"
    SYSTEM = "system"


# By the way of access, where nothing else is known.
CHANNELS = {
    "session": ChangeChannel.PAGE,
    "support": ChangeChannel.PAGE,
    "basic": ChangeChannel.API,
    "key": ChangeChannel.API,
    "jwt": ChangeChannel.API,
    "patient": ChangeChannel.LINK,
}


@dataclass(frozen=True)
class Actor:
    """Who acts: an identity unique in the organization, a readable name, the way of access, address and user agent.

    `through` is the channel, where it is another one than that of the way of access.
    """

    via: str
    identity: str = ""
    name: str = ""
    address: str = ""
    agent: str = ""
    through: str = ""

    @property
    def channel(self) -> str:
        """The channel through which they act, as `ChangeChannel` names them."""
        return self.through or CHANNELS.get(self.via, ChangeChannel.SYSTEM)


def clean_agent(text: str) -> str:
    """Return a User-Agent header, shortened, without control characters."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:LONGEST_AGENT]).strip()


def action_name(action: str) -> str:
    """Return the audit action of a viewset's method."""
    return WORDS.get(action, action)[:40]
