"""Who may do what: a table of role, area and action, and the scopes of keys. Plain Python."""

from collections.abc import Collection
from enum import StrEnum


class Role(StrEnum):
    """What a member is in an organization, strongest first."""

    OWNER = "owner"
    MANAGER = "manager"
    STAFF = "staff"
    VIEWER = "viewer"


class Area(StrEnum):
    """What a page or endpoint is about."""

    DESK = "desk"  # contacts, calendars, events, alarms, appointments, things for staff
    SETTINGS = "settings"  # gateways, templates, calendar settings, calendar users, wordings
    PEOPLE = "people"  # the organization, its clinics, members and API keys


READ, WRITE = "read", "write"
# What a key may be narrowed to; `desk:write` alone does not read.
SCOPES = [f"{area}:{action}" for area in Area for action in (READ, WRITE)]

TABLE: dict[Role, dict[Area, frozenset[str]]] = {
    Role.OWNER: {area: frozenset({READ, WRITE}) for area in Area},
    Role.MANAGER: {
        Area.DESK: frozenset({READ, WRITE}),
        Area.SETTINGS: frozenset({READ, WRITE}),
        Area.PEOPLE: frozenset({READ}),
    },
    Role.STAFF: {
        Area.DESK: frozenset({READ, WRITE}),
        Area.SETTINGS: frozenset({READ}),
        Area.PEOPLE: frozenset({READ}),
    },
    Role.VIEWER: {
        Area.DESK: frozenset({READ}),
        Area.SETTINGS: frozenset({READ}),
        Area.PEOPLE: frozenset({READ}),
    },
}


def may(role: str, area: Area, action: str) -> bool:
    """Say whether a role may `read` or `write` in an area; an unknown role may nothing."""
    return action in TABLE.get(role, {}).get(area, frozenset())  # type: ignore[call-overload]


def within(scopes: Collection[str], area: Area, action: str) -> bool:
    """Say whether scopes let something through; none at all narrow nothing."""
    return not scopes or f"{area}:{action}" in scopes


def covers(wide: Collection[str], narrow: Collection[str]) -> bool:
    """Say whether scopes let everything through that others do."""
    return not wide or (bool(narrow) and set(narrow) <= set(wide))
