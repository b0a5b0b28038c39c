"""Look organizations up by name or UUID."""

import uuid

from accounts.errors import NoSuchOrganization
from accounts.models import Organization


def find(text: str) -> Organization:
    """Return the organization of a UUID or an unambiguous name; for commands, raises `NoSuchOrganization`."""
    try:
        found = list(Organization.objects.filter(uuid=uuid.UUID(text)))
    except ValueError:
        found = list(Organization.objects.filter(name__iexact=text.strip())[:2])
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{row.name} ({row.uuid})" for row in Organization.objects.all()[:10]) or "none yet"
    problem = "Several organizations are" if found else "No organization is"
    raise NoSuchOrganization(f"{problem} called “{text}”; there are: {known}.")
