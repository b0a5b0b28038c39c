"""Who may do what: a table of role, area and action. Plain Python."""

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
