"""Members of organizations: their last owner, and the end of their access."""

from datetime import datetime

from accounts import tenancy
from accounts.engine.roles import Role
from accounts.errors import LastOwner
from accounts.models import Membership, Organization, User
from accounts.services import keys, sessions
from accounts.tenancy import system
from config.kernel import language


@system()
def require_owner(organization_id: int | None) -> None:
    """Raise `LastOwner` when an organization has none; call it after the change, inside its transaction."""
    if not Membership.objects.unscoped().filter(organization_id=organization_id, role=Role.OWNER).exists():
        raise LastOwner


def revoke_access(user_id: int, organization_id: int | None, *, now: datetime) -> None:
    """Revoke the API keys that a member made in the organization, and end their sessions."""
    with tenancy.tenant(organization_id):
        keys.revoke_made_by(user_id, now=now)
    sessions.end_all(user_id)


def revoke_all_access(user_id: int, *, now: datetime) -> None:
    """Revoke a person's access to every organization, before they are deactivated or deleted."""
    for organization in organizations_of(user_id):
        revoke_access(user_id, organization.pk, now=now)
    sessions.end_all(user_id)


@system()
def is_only_membership(user_id: int, organization_id: int | None) -> bool:
    """Return whether a person belongs to this organization and to no other."""
    others = Membership.objects.unscoped().filter(user_id=user_id).exclude(organization_id=organization_id)
    return not others.exists()


@system()
def organizations_of(user_id: int) -> list[Organization]:
    """Return the organizations that a person belongs to, by name."""
    own = Membership.objects.unscoped().filter(user_id=user_id)
    return list(Organization.objects.filter(pk__in=own.values("organization_id")))


def language_of(user: User) -> str:
    """Return the language in which to write to a person: their own, else that of an organization of theirs."""
    return language.first([user.language, *(row.language for row in organizations_of(user.pk))])
