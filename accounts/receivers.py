"""What allauth and Django tell about sessions."""

from typing import Any

from allauth.mfa.signals import authenticator_added
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver

from accounts.services import sessions
from config.kernel import clock


@receiver(authenticator_added)
def note_set_up(request: Any, user: Any, **kwargs: Any) -> None:
    """Let the session in which a second factor was set up go on, and no other."""
    sessions.note_factor_set_up(request, user)


@receiver(user_logged_in)
def begin(request: Any, **kwargs: Any) -> None:
    """Count the session's time from its sign-in."""
    sessions.start(request, clock.now())
