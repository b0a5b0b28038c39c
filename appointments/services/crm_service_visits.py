"""Appointments of the older appointment service: visits, in a calendar of their own, with notes.

That service knows no calendars, and lets appointments overlap: a calendar without a limit takes them.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.engine.roles import Role
from accounts.models import Membership
from appointments.models import Appointment
from appointments.services import visit_notes, visits
from calendars.models import Calendar, CalendarSetting, CalendarUser
from calendars.services import calendar_users, event_times
from contacts.models import Contact

# The calendar user whose first calendar it is, whatever the calendar is called.
USERNAME = "appointments"


@transaction.atomic
def book(fields: Mapping[str, Any], *, owner_uuid: UUID, now: datetime) -> Appointment:
    """Book a visit; `fields` are those of `visits.book`, a `contact_uuid` and `notes`.

    A UUID that no contact of the organization has is kept as it is: the visit is nobody's. A visit may end as it
    begins. Raises what `visits.book` and `visit_notes.write` raise.
    """
    own = dict(fields)
    named, notes = own.pop("contact_uuid", None), own.pop("notes", [])
    contact = _contact(named)
    with event_times.moments_taken():
        visit = visits.book(
            contact=contact,
            calendar=calendar(),
            now=now,
            owner_uuid=owner_uuid,
            named_contact_uuid=None if contact else named,
            **own,
        )
    visit_notes.write(visit, notes)
    return visit


@transaction.atomic
def change(visit: Appointment, fields: Mapping[str, Any], *, now: datetime) -> Appointment:
    """Change a visit and its notes; a new start alone leaves the end where it is. Raises what `visits.change` does."""
    own = dict(fields)
    notes = own.pop("notes", [])
    if "contact_uuid" in own:
        own |= _person(visit, own.pop("contact_uuid"))
    if "starts_at" in own:
        own.setdefault("ends_at", visit.ends_at)
    with event_times.moments_taken():
        visits.change(visit, now=now, **own)
    visit_notes.write(visit, notes)
    return visit


def contact_uuid(visit: Appointment) -> UUID | None:
    """Return whom a visit names: its contact, else somebody who is no contact here."""
    return visit.contact.uuid if visit.contact else visit.named_contact_uuid


def _person(visit: Appointment, named: UUID | None) -> dict[str, Any]:
    if named == contact_uuid(visit):
        return {}
    contact = _contact(named)
    return {"contact": contact, "named_contact_uuid": None if contact else named}


def _contact(named: UUID | None) -> Contact | None:
    return Contact.objects.filter(uuid=named).first() if named else None


def calendar() -> Calendar:
    """Return the calendar of such visits; the first time, make it."""
    of_user = Calendar.objects.filter(user__username=USERNAME).order_by("pk")
    return of_user.first() or _make_calendar()


def _make_calendar() -> Calendar:
    user = CalendarUser.objects.filter(username=USERNAME).first() or _make_user()
    # One after the other, so that two first requests make one calendar.
    CalendarUser.objects.select_for_update(of=("self",)).get(pk=user.pk)
    known = Calendar.objects.filter(user=user).order_by("pk").first()
    return known or Calendar.objects.create(name=_("Appointments"), user=user)


def _make_user() -> CalendarUser:
    """Make the calendar user, with the organization's first setting if it has one, for reminders."""
    manager = Membership.objects.filter(role=Role.OWNER).select_related("user").order_by("pk").first()
    if manager and CalendarSetting.objects.exists():
        password = secrets.token_urlsafe()
        return calendar_users.create_user(username=USERNAME, password=password, manager=manager.user)
    return CalendarUser.objects.get_or_create(username=USERNAME)[0]
