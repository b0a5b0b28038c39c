"""Support accesses: platform administrators work for an organization, for a reason, and for hours."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts import tenancy
from accounts.errors import AccessEnded, AccessTooLong, ReasonTooShort
from accounts.models import Organization, SupportAccess, User
from accounts.services import audit, keys

LONGEST = 8  # hours
SHORTEST_REASON = 10  # characters


@transaction.atomic
def open_access(
    organization: Organization, *, person: User, reason: str, hours: int, now: datetime, **ticks: bool
) -> SupportAccess:
    """Let a platform administrator work for an organization; its trail and its owners are told why, and until when."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonTooShort(field="reason")
    if not 1 <= hours <= LONGEST:
        raise AccessTooLong(field="hours")
    with tenancy.tenant(organization.pk):
        made = SupportAccess.objects.create(
            person=person, reason=reason.strip(), starts_at=now, ends_at=now + timedelta(hours=hours), **ticks
        )
    opened = sorted(made.areas)
    audit.record("open", made, until=made.ends_at.isoformat(), reason=made.reason, person=str(person), opened=opened)
    return made


@transaction.atomic
def end_access(access: SupportAccess, *, now: datetime) -> None:
    """End an access before its time, with the keys made under it; raises `AccessEnded` for one that is over."""
    with tenancy.tenant(access.organization_id):
        going_on = SupportAccess.objects.filter(pk=access.pk, ended_at=None, ends_at__gt=now)
        if not going_on.update(ended_at=now):
            raise AccessEnded
        keys.revoke_made_by(access.person_id, now=now)
    audit.record("end", access)


def current_accesses(person: User, *, now: datetime) -> list[SupportAccess]:
    """Return a platform administrator's open accesses, oldest first; none for other people."""
    if not (person.is_superuser and person.is_active):
        return []
    with tenancy.system():
        rows = SupportAccess.objects.unscoped().select_related("organization")
        return list(rows.filter(person=person, ended_at=None, starts_at__lte=now, ends_at__gt=now).order_by("pk"))
