"""Resolve a typed username or e-mail address to an account."""

from allauth.account.models import EmailAddress
from django.db.models import Q

from accounts.models import User


def username_of(login: str) -> str:
    """Return the username of the one account that matches; the typed text when there is none.

    A username comes before an address, a verified address before an unverified one. An unverified address of several
    accounts matches none of them.
    """
    if "@" not in login:
        return login
    is_verified = Q(pk__in=EmailAddress.objects.filter(email__iexact=login, verified=True).values("user_id"))
    found = User.objects.filter(Q(username=login) | Q(email__iexact=login) | is_verified)
    rows = list(found.annotate(is_verified=is_verified).order_by("pk")[:50])
    by_name = [row for row in rows if row.username == login]
    verified = [row for row in rows if row.is_verified]
    meant = by_name or verified or rows
    return meant[0].username if len(meant) == 1 else login
