"""Look calendars up by name."""

from django.utils.translation import gettext as _

from accounts.models import Clinic, Organization
from calendars.errors import NoSuchCalendar
from calendars.models import Calendar


def calendar(name: str) -> Calendar:
    """Return the current organization's calendar of a name, or its only one; raises `NoSuchCalendar`."""
    rows = Calendar.objects.select_related("user", "clinic", "organization")
    found = list(rows.filter(name__iexact=name)[:2]) if name else list(rows[:2])
    if len(found) == 1:
        return found[0]
    known = ", ".join(rows.values_list("name", flat=True)[:10]) or _("none yet")
    problem = (
        _("Several calendars fit “%(name)s”; name one of: %(known)s.")
        if found
        else _("No calendar fits “%(name)s”; name one of: %(known)s.")
    )
    raise NoSuchCalendar(problem % {"name": name, "known": known})


def zones() -> dict[int, str]:
    """Return the zone of each calendar of the current organization, by the calendar's id; two queries."""
    default = Clinic.objects.filter(is_default=True).first()
    rows = Calendar.objects.select_related("clinic", "organization")
    return {row.pk: _zone(row, row.clinic or default, row.organization) for row in rows}


def zone(row: Calendar, organization: Organization) -> str:
    """Return the zone of a calendar: its own, else its clinic's, else the default clinic's, else the organization's."""
    return _zone(row, row.clinic or Clinic.objects.filter(is_default=True).first(), organization)


def _zone(row: Calendar, clinic: Clinic | None, organization: Organization) -> str:
    return row.time_zone or (clinic.time_zone if clinic else "") or organization.time_zone
