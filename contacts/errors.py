"""Errors of contacts."""

from config.kernel.errors import Conflict, Denied, Invalid


class BadPhone(Invalid):
    """This is no possible phone number; write it with its country code, like +33 6 12 34 56 78."""

    code = "bad_phone"


class BadEmail(Invalid):
    """This is no e-mail address."""

    code = "bad_email"


class CustomerIdTaken(Invalid):
    """Another contact has that customer id already."""

    code = "customer_id_taken"


class GlobalType(Denied):
    """Every organization has this type; platform administrators alone make and change such types."""

    code = "global_type"


class EmptyContact(Invalid):
    """A contact needs a name, a number, an e-mail address or an external id."""

    code = "empty_contact"


class MessageUnderWay(Conflict):
    """A message to this person is just leaving; erase them when its outcome is known, in some minutes."""

    code = "message_under_way"
