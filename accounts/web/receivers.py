"""Sign-ins and sign-outs of sessions, as Django tells them."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver

from accounts.models import User
from accounts.services import signins


@receiver(user_logged_in)
def note_sign_in(user: User, **kwargs: Any) -> None:
    """Write it down."""
    signins.tell("sign_in", user)


@receiver(user_logged_out)
def note_sign_out(user: User | None, **kwargs: Any) -> None:
    """Write it down; sessions may end that were nobody's."""
    if user:
        signins.tell("sign_out", user)
