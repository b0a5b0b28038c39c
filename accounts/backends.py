"""The password backend with the lock-out."""

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User
from accounts.services import identities, lockout, signin_audit


class PasswordBackend(ModelBackend):
    """Django's backend with the lock-out, for sign-ins by page and by Authorization header."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """Return the user of a right password, None for a wrong one; raises `TooManyTries` before checking it."""
        username = kwargs.get(User.USERNAME_FIELD) if username is None else username
        if username is None or password is None:
            return None
        # Under whichever of its names an account is tried, it is the same account.
        username = identities.username_of(username)
        attempt, user = lockout.start_attempt(username, request), None
        try:
            user = super().authenticate(request, username=username, password=password)
        finally:
            locked = lockout.finish_attempt(attempt, is_right=user is not None)
        if user is None:
            signin_audit.record_failure(username, locked=locked)
        return user

    async def aauthenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """Check in a thread; Django's own would bypass the lock-out."""
        return await sync_to_async(self.authenticate)(request, username, password, **kwargs)
