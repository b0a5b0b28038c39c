"""What an entry of the audit trail says about who did it. Plain Python."""

from dataclasses import dataclass

LONGEST_AGENT = 120
# What one may do besides reading is told by the method of a viewset; two of them are one thing.
WORDS = {"partial_update": "update", "destroy": "delete"}


@dataclass(frozen=True)
class Actor:
    """Who acts: a name unique in the organization, one to read, the door, and from where."""

    via: str
    identity: str = ""
    name: str = ""
    address: str = ""
    agent: str = ""


def clean_agent(text: str) -> str:
    """Return a program's own words about itself, short and without what is no letter."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:LONGEST_AGENT]).strip()


def action_name(action: str) -> str:
    """Return a viewset's method as the trail calls it."""
    return WORDS.get(action, action)[:40]
