"""Errors of accounts."""

from config.kernel.errors import Conflict, Denied, Invalid, Missing, Outdated, Throttled


class NotAMember(Denied):
    """You belong to no organization; ask an owner to add you."""

    code = "not_a_member"


class ChooseOrganization(Denied):
    """You belong to several organizations: name one by its UUID in the X-Organization header."""

    code = "choose_organization"


class BadCredentials(Invalid):
    """The username, password, key or token is wrong, expired or revoked."""

    code = "authentication_failed"


class SecondFactorRequired(Denied):
    """This account needs its second factor: sign in on the page, or use an API key."""

    code = "second_factor_required"


class SharedIdentity(Denied):
    """This account belongs to other organizations, too; a platform administrator can do this."""

    code = "shared_identity"


class TooManyTries(Throttled):
    """Too many wrong passwords were tried for this name, or from this address; wait a while before the next."""

    code = "too_many_tries"


class TooManyRequests(Throttled):
    """This API key sends more requests a minute than it may."""

    code = "too_many_requests"


class ScopesTooWide(Denied):
    """An API key can give no more than its own scopes."""

    code = "wider_than_oneself"


class StillAMember(Conflict):
    """This person belongs to organizations: take their roles there away first, or make them inactive."""

    code = "still_a_member"


class ReasonTooShort(Invalid):
    """Say in ten characters or more why the organization's data must be seen; its owners read it."""

    code = "no_reason"


class AccessTooLong(Invalid):
    """A support access lasts 1 to 8 hours."""

    code = "too_long"


class AccessEnded(Conflict):
    """This support access is over."""

    code = "access_ended"


class KeyEnded(Conflict):
    """This API key was revoked or has expired; make a new one."""

    code = "key_ended"


class LastOwner(Conflict):
    """An organization needs at least one owner; make somebody else an owner first."""

    code = "last_owner"


class ClinicNumberTaken(Conflict):
    """Another clinic has that number already."""

    code = "clinic_number_taken"


class DefaultClinic(Conflict):
    """The default clinic cannot be deleted; make another one the default first."""

    code = "default_clinic"


class NoSuchOrganization(Missing):
    """There is no such organization."""

    code = "no_such_organization"


class BadIdempotencyKey(Invalid):
    """An Idempotency-Key has 1 to 255 visible ASCII characters, such as a UUID."""

    code = "invalid_idempotency_key"


class IdempotencyMismatch(Invalid):
    """This Idempotency-Key was used for another request; take a new key for a new request."""

    code = "idempotency_mismatch"


class IdempotencyInProgress(Conflict):
    """The first request with this Idempotency-Key is still under way; ask again in a moment."""

    code = "idempotency_in_progress"


class AnswerNotKept(Conflict):
    """The request with this Idempotency-Key was carried out, but its answer was too long to keep."""

    code = "idempotency_answer_not_kept"


class ChangedMeanwhile(Outdated):
    """Somebody changed this meanwhile; read it again, and change what it is now."""

    code = "changed_meanwhile"


class AlreadyThere(Outdated):
    """It is there already, as `If-None-Match` says that it must not be."""

    code = "already_there"


class BadCondition(Invalid):
    """If-Match and If-None-Match take * or ETags in double quotes, with commas between them."""

    code = "bad_condition"
