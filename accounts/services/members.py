"""Members of organizations."""

from datetime import datetime

from accounts import tenancy
from accounts.engine.roles import Role
from accounts.errors import LastOwner
from accounts.models import Membership, Organization, User
from accounts.services import keys, sessions
from accounts.tenancy import system
from config.kernel import language


@system()
def keep_an_owner(organization_id: int | None) -> None:
    """Raise `LastOwner` when an organization has none; call it after the change, inside its transaction."""
    if not Membership.objects.unscoped().filter(organization_id=organization_id, role=Role.OWNER).exists():
        raise LastOwner


def leave(user_id: int, organization_id: int | None, *, now: datetime) -> None:
    """End at once what a member had: the keys they made in the organization, and their sessions."""
    with tenancy.tenant(organization_id):
        keys.revoke_of(user_id, now=now)
    sessions.end_all(user_id)


def leave_all(user_id: int, *, now: datetime) -> None:
    """End what a person had in every organization, before they are switched off or deleted."""
    for organization in organizations_of(user_id):
        leave(user_id, organization.pk, now=now)
    sessions.end_all(user_id)


@system()
def only_of(user_id: int, organization_id: int | None) -> bool:
    """Say whether a person belongs to this organization and to no other."""
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
