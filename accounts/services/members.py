"""Members of organizations."""

from accounts.engine.roles import Role
from accounts.errors import LastOwner
from accounts.models import Membership, Organization
from accounts.tenancy import system


@system()
def keep_an_owner(organization_id: int | None) -> None:
    """Raise `LastOwner` when an organization has none; call it after the change, inside its transaction."""
    if not Membership.objects.unscoped().filter(organization_id=organization_id, role=Role.OWNER).exists():
        raise LastOwner


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
