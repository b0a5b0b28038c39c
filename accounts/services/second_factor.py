"""Second factors: who has one, who needs one, and single use of codes."""

from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import RateCounter, User
from accounts.principal import Principal
from accounts.services import limits, sessions
from accounts.services.limits import Limit, Permit

# Recovery codes alone are none: they only stand in for a lost one.
KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# Longer than a code of an authenticator app stays right, with its tolerance.
CODE_LIFE = timedelta(minutes=5)


def has_factor() -> Exists:
    """Return a queryset condition: the user has a second factor."""
    return Exists(Authenticator.objects.filter(user_id=OuterRef("pk"), type__in=KINDS))


def user_has_factor(user: User) -> bool:
    """Return whether a user has a second factor."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=KINDS).exists())


def is_required(user: User, found: Principal | None) -> bool:
    """Return whether a user, as a member of the organization they act for, needs a second factor."""
    if user.is_superuser and settings.SUPERUSER_SECOND_FACTOR:
        return True
    return found is not None and found.role in found.organization.second_factor_roles


def use_code(user: User, code: str) -> bool:
    """Mark a code as used; return False when it was used before, in any process."""
    digits = "".join(filter(str.isalnum, code)).upper()
    return isinstance(limits.acquire(Limit(RateCounter.Purpose.SPENT, 1, CODE_LIFE), f"{user.pk}:{digits}"), Permit)


@transaction.atomic
def reset(user: User) -> None:
    """Delete a lost second factor with its recovery codes, and end the user's sessions."""
    Authenticator.objects.filter(user_id=user.pk).delete()
    sessions.end_all(user.pk)
