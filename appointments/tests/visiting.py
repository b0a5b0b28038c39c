"""How a receptionist works with the page of a visit, for its tests."""

from zoneinfo import ZoneInfo

from django.db import connection
from django.test import Client

from appointments.models import Appointment

NEW_YORK = ZoneInfo("America/New_York")
WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=4"


def browser(user, **how):
    """Return a browser in which somebody is signed in."""
    client = Client(**how)
    client.force_login(user)
    return client


def seen(client, visit):
    """Return the version of what stands on the page now."""
    return client.get(f"/visits/{visit.pk}/").context["shown"].version


def press(client, visit, do, **fields):
    """Press a button of a page that was opened just now, unless told what was seen."""
    given = {"move": {"day": "2026-11-24", "clock": "11:00", "minutes": "30"}, "cancel": {"reason": "other"}}
    if "seen" not in fields:
        fields["seen"] = seen(client, visit)
    return client.post(f"/visits/{visit.pk}/", {"do": do, **given.get(do, {}), **fields})


def course():
    """Return day, hour and status of all visits in order, whose events have the same times."""
    connection.check_constraints()
    rows = Appointment.objects.order_by("starts_at")
    return [(row.starts_at.astimezone(NEW_YORK).strftime("%d %H:%M"), row.status) for row in rows]


def occurrences(visit):
    """Return the visits of a series that was booked just now."""
    return list(Appointment.objects.order_by("starts_at"))
