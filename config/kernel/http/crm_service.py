"""The paths at which the older contact and appointment service answers: at the root, beside /rest-api/."""

import re

COLLECTIONS = (
    "contact",
    "contacttype",
    "appointment",
    "appointmentnotes",
    "appointmentnotifications",
    "appointmentdrivingtimes",
)
_PATH = re.compile(f"/(?:{'|'.join(COLLECTIONS)})(?:/|$)")


def is_path(path: str) -> bool:
    """Return whether a path belongs to the older service's interface."""
    return _PATH.match(path) is not None
