"""Permissions: a table of role, area and action, and the scopes of keys. Plain Python."""

from collections.abc import Collection
from enum import StrEnum

from config.kernel.text import N_


class Role(StrEnum):
    """The role of a member in an organization, strongest first."""

    OWNER = "owner"
    MANAGER = "manager"
    STAFF = "staff"
    VIEWER = "viewer"


# Nobody's membership: what a platform administrator is while a support access lasts.
SUPPORT = "support"


class Area(StrEnum):
    """What a page or endpoint is about."""

    DESK = "desk"
    SETTINGS = "settings"
    PEOPLE = "people"
    PRIVACY = "privacy"
    AUDIT = "audit"


READ, WRITE = "read", "write"
NOTHING, READS, ALL = frozenset[str](), frozenset({READ}), frozenset({READ, WRITE})

TABLE: dict[str, dict[Area, frozenset[str]]] = {
    Role.OWNER: {
        Area.DESK: ALL,
        Area.SETTINGS: ALL,
        Area.PEOPLE: ALL,
        Area.PRIVACY: ALL,
        Area.AUDIT: READS,
    },
    Role.MANAGER: {
        Area.DESK: ALL,
        Area.SETTINGS: ALL,
        Area.PEOPLE: READS,
        Area.PRIVACY: ALL,
        Area.AUDIT: READS,
    },
    Role.STAFF: {
        Area.DESK: ALL,
        Area.SETTINGS: READS,
        Area.PEOPLE: READS,
        Area.PRIVACY: NOTHING,
        Area.AUDIT: NOTHING,
    },
    Role.VIEWER: {
        Area.DESK: READS,
        Area.SETTINGS: READS,
        Area.PEOPLE: READS,
        Area.PRIVACY: NOTHING,
        Area.AUDIT: NOTHING,
    },
    SUPPORT: {
        Area.DESK: ALL,
        Area.SETTINGS: ALL,
        Area.PEOPLE: READS,
        Area.PRIVACY: NOTHING,
        Area.AUDIT: READS,
    },
}
# What a support access may open besides, by the name of its tick.
WIDENED = {"with_people": Area.PEOPLE, "with_exports": Area.PRIVACY}

# What a key may be narrowed to; `desk:write` alone does not read.
SCOPES = [f"{area}:{action}" for area in Area for action in (READ, WRITE) if action in TABLE[Role.OWNER][area]]

AREAS = {
    Area.DESK: N_("Contacts, calendars, events, alarms, visits, messages, things for staff"),
    Area.SETTINGS: N_("Gateways, texts, answers, calendar settings and users, retention"),
    Area.PEOPLE: N_("The organization, its clinics, members, API keys, trusted issuers"),
    Area.PRIVACY: N_("Export of all that is known about a patient, and erasure"),
    Area.AUDIT: N_("The audit trail, which nobody can change"),
}
ACTIONS = {NOTHING: "–", READS: N_("read"), ALL: N_("read and change")}
NOTE = N_(
    "“support” is a platform administrator during a support access, which can besides allow to change people and keys, "
    "or to export and erase. API keys and trusted issuers have a role, too; scopes narrow a key further."
)


def may(role: str, area: Area, action: str) -> bool:
    """Return whether a role may `read` or `write` in an area; an unknown role may nothing."""
    return action in TABLE.get(role, {}).get(area, NOTHING)


def weaker_role(one: str, other: str) -> str:
    """Return the weaker of two roles."""
    return max(one, other, key=[role.value for role in Role].index)


def is_in_scopes(scopes: Collection[str], area: Area, action: str) -> bool:
    """Return whether scopes let something through; none at all narrow nothing."""
    return not scopes or f"{area}:{action}" in scopes


def covers_scopes(wide: Collection[str], narrow: Collection[str]) -> bool:
    """Return whether scopes let everything through that others do."""
    return not wide or (bool(narrow) and set(narrow) <= set(wide))


def rows() -> list[tuple[str, str, list[str]]]:
    """Return the table for display: area, what it holds, and what each role may there."""
    return [(area.value, AREAS[area], [ACTIONS[TABLE[role][area]] for role in TABLE]) for area in Area]


def markdown() -> str:
    """Return the table as a page of the documentation."""
    lines = ["# What each role may do", "", f"| Area | {' | '.join(TABLE)} |", f"|---|{'---|' * len(TABLE)}"]
    lines += [f"| **{area}**: {words} | {' | '.join(cells)} |" for area, words, cells in rows()]
    lines += ["", NOTE, "", N_("The same table stands in the admin, under *What roles may do*.")]
    return "\n".join([*lines, "", "`python -m tools.roles_page` writes this page from `accounts/engine/roles.py`.", ""])
