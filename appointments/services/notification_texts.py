"""The words of e-mails about visits, in the language and the zone of their organization."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Organization
from appointments.models import Appointment
from config.kernel import language
from notifications.engine import rendering

LONGEST_SUBJECT = 100
# Of a contact's addresses, where a visit is that names no place.
KINDS_OF_ADDRESSES = ("delivery", "home", "business", "billing", "mailing")


@dataclass(frozen=True)
class NotificationText:
    """Subject and message of an e-mail."""

    subject: str
    message: str


@dataclass(frozen=True)
class Sender:
    """Who writes: name and phone number, as patients read them."""

    name: str
    phone: str


def write(visit: Appointment, *, sender: Sender, at: datetime) -> NotificationText:
    """Return what is told of a visit at a moment."""
    organization = visit.organization
    zone = ZoneInfo(organization.time_zone)
    start, end = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    days = (start.date() - at.astimezone(zone).date()).days
    with translation.override(language.first([organization.language])):
        subject = _subject(_reminder(days), sender.name, _day(start, organization))
        lines = [
            _("Dear Sir or Madam,"),
            "",
            _("we remind you of your appointment:"),
            "",
            *_when(start, end, organization),
            *_line(_("Place"), place(visit)),
            *_line(_("Phone"), sender.phone),
            "",
            _("Kind regards"),
            sender.name,
        ]
    return NotificationText(subject, "\n".join(lines))


def place(visit: Appointment) -> str:
    """Return where a visit is: its own address, else the contact's in the order of their kinds, else nothing."""
    if visit.address.strip() or visit.contact is None:
        return visit.address.strip()
    known = {each.kind: str(each) for each in reversed(visit.contact.addresses.all())}
    return next(filter(None, (known.get(kind, "") for kind in KINDS_OF_ADDRESSES)), "")


def _reminder(days: int) -> str:
    if days < 0:
        return _("Your appointment")
    if days == 0:
        return _("Reminder of your appointment today")
    words = ngettext(
        "Reminder of your appointment in %(days)s day", "Reminder of your appointment in %(days)s days", days
    )
    return words % {"days": days}


def _subject(reminder: str, name: str, day: str) -> str:
    """Return the subject; a long name is cut, so that it fits."""
    words = _("%(reminder)s at %(organization)s, %(day)s")
    room = LONGEST_SUBJECT - len(words % {"reminder": reminder, "organization": "", "day": day})
    return words % {"reminder": reminder, "organization": " ".join(name.split())[:room], "day": day}


def _when(start: datetime, end: datetime, organization: Organization) -> list[str]:
    if start.date() == end.date():
        hours = f"{start:%H:%M}" if start == end else f"{start:%H:%M}–{end:%H:%M}"
        return [*_line(_("Day"), _day(start, organization)), *_line(_("Time"), hours)]
    first, last = (f"{_day(moment, organization)}, {moment:%H:%M}" for moment in (start, end))
    return [*_line(_("From"), first), *_line(_("Until"), last)]


def _day(moment: datetime, organization: Organization) -> str:
    return rendering.moment(moment, str(moment.tzinfo), organization.language)["date"]


def _line(label: str, value: str) -> list[str]:
    return [f"{label}: {value}"] if value else []
