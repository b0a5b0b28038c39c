"""Record sign-ins in the audit trail of each organization that the person belongs to."""

from dataclasses import replace
from datetime import timedelta

from accounts import database_scope, tenancy
from accounts.models import RateCounter, User, Via
from accounts.services import audit, limits, members
from accounts.services.limits import Limit, Permit

# Of names that nobody has; those of accounts are few by the lock-out.
UNKNOWN = Limit(RateCounter.Purpose.AUDIT, 60, timedelta(minutes=1))


def record(action: str, user: User) -> None:
    """Record a sign-in, a sign-out or a change of how a user signs in."""
    actor = replace(audit.actor(), via=Via.SESSION, identity=f"user:{user.pk}", name=user.username)
    with audit.acting(actor):
        _record_in_all_trails(action, user)


def record_failure(username: str, *, locked: bool) -> None:
    """Record a wrong password, and whether it locked the account; call it outside any transaction."""
    user = User.objects.filter(username=username).first()
    if user:
        _record_in_all_trails("locked_out" if locked else "sign_in_failed", user)
    elif isinstance(limits.acquire(UNKNOWN, "unknown"), Permit):
        # Not the name: people type their password into the wrong field.
        with database_scope.entered(database_scope.NOBODY):
            audit.record("sign_in_failed", subject=("accounts.user", ""), known=False)


def _record_in_all_trails(action: str, user: User) -> None:
    for organization in members.organizations_of(user.pk):
        with tenancy.tenant(organization.pk):
            audit.record(action, user)
    if user.is_superuser:
        with database_scope.entered(database_scope.NOBODY):
            audit.record(action, user)
