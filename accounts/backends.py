"""How passwords are looked at: never more often than the lock-out allows."""

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User
from accounts.services import identities, lockout, signin_audit


class PasswordBackend(ModelBackend):
    """Django's own, behind the lock-out; whoever signs in with a password, by page or by header, comes through here."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """Return the user of a right password, None for a wrong one; raise TooManyTries without looking."""
        username = kwargs.get(User.USERNAME_FIELD) if username is None else username
        if username is None or password is None:
            return None
        # Under whichever of its names an account is tried, it is the same account.
        username = identities.username_of(username)
        made, user = lockout.begin(username, request), None
        try:
            user = super().authenticate(request, username=username, password=password)
        finally:
            locked = lockout.end(made, right=user is not None)
        if user is None:
            signin_audit.failed(username, locked=locked)
        return user

    async def aauthenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """Take the same way; Django's own would pass the lock-out by."""
        return await sync_to_async(self.authenticate)(request, username, password, **kwargs)
