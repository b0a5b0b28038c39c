"""Finding the contact that somebody at the desk means."""

from django.db.models import Q
from django.utils.translation import gettext as _

from appointments.errors import NoPatient, SeveralPatients
from contacts.errors import BadPhone
from contacts.models import Contact
from contacts.services import contacts

NAMED = 5  # contacts that a refusal names
DIGITS = 5  # what has so many is a number


def find(text: str) -> Contact:
    """Return the contact of a number, or of a name of which each word was begun; raise where none or several fit."""
    is_number = sum(sign.isdigit() for sign in text) >= DIGITS
    rows = Contact.objects.filter(_of_number(text) if is_number else _of_name(text)).distinct()
    found = list(rows[: NAMED + 1])
    if not found:
        raise NoPatient(
            _("Nobody here is “%(text)s”; make the contact first, or leave this empty.") % {"text": text[:60]},
            field="patient",
        )
    if len(found) > 1:
        names = ", ".join(map(str, found[:NAMED])) + (" and more" if len(found) > NAMED else "")
        raise SeveralPatients(
            _("Several fit: %(names)s. Write more of the name, or the number.") % {"names": names}, field="patient"
        )
    return found[0]


def _of_number(text: str) -> Q:
    try:
        return Q(phones__number=contacts.phone_of_tenant(text))
    except BadPhone as error:
        raise NoPatient(error.message, field="patient") from error


def _of_name(text: str) -> Q:
    wanted = Q()
    for word in text.split():
        wanted &= Q(first_name__istartswith=word) | Q(last_name__istartswith=word)
    return wanted
