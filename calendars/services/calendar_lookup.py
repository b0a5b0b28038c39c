"""Look a calendar up by name."""

from django.utils.translation import gettext as _

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
