"""What can go wrong with appointments."""

from config.kernel.errors import Conflict, Invalid, Missing


class VisitHasTime(Invalid):
    """A visit has its time of day: its event can be neither all-day nor floating."""

    code = "visit_has_time"


class IllegalStatus(Conflict):
    """The visit cannot go from its status to that one."""

    code = "illegal_status"


class VisitHasPatient(Invalid):
    """A visit stays its patient's: cancel it and book a new one."""

    code = "visit_has_patient"


class RuleAlone(Invalid):
    """A new rule is one for what is to come: choose this and all that follow, or all on the page of the first one."""

    code = "rule_alone"


class NoPatient(Invalid):
    """Nobody of that name or number is among the contacts."""

    code = "no_patient"


class SeveralPatients(Invalid):
    """Several contacts fit; write more of the name, or the number."""

    code = "several_patients"


class NoContact(Invalid):
    """Say who comes: a contact, or a new one."""

    code = "no_contact"


class NoCreator(Invalid):
    """The calendar belongs to no calendar user; name one as creator."""

    code = "no_creator"


class ProviderMayNot(Invalid):
    """This provider does no visits of this type; choose another one, or add them to those who may do it."""

    code = "provider_may_not"


class NoClinic(Invalid):
    """The organization has no clinic yet; make one first."""

    code = "no_clinic"


class NoSuchTemplate(Missing):
    """There is no text of that key."""

    code = "no_such_template"
