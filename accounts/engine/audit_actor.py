"""The actor of an audit entry. Plain Python."""

from dataclasses import dataclass

LONGEST_AGENT = 120
# What one may do besides reading is told by the method of a viewset; two of them are one thing.
WORDS = {"partial_update": "update", "destroy": "delete"}


@dataclass(frozen=True)
class Actor:
    """Who acts: an identity unique in the organization, a readable name, the way of access, address and user agent."""

    via: str
    identity: str = ""
    name: str = ""
    address: str = ""
    agent: str = ""


def clean_agent(text: str) -> str:
    """Return a User-Agent header, shortened, without control characters."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:LONGEST_AGENT]).strip()


def action_name(action: str) -> str:
    """Return the audit action of a viewset's method."""
    return WORDS.get(action, action)[:40]
