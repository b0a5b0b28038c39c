"""Sign-ins and sign-outs of sessions, and what people change about how they sign in, as Django and allauth tell."""

from collections.abc import Callable
from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as factor
from allauth.socialaccount import signals as provider
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver

from accounts.models import User
from accounts.services import signin_audit


@receiver(user_logged_in)
def note_sign_in(user: User, **kwargs: Any) -> None:
    """Write it down."""
    signin_audit.record("sign_in", user)


@receiver(user_logged_out)
def note_sign_out(user: User | None, **kwargs: Any) -> None:
    """Write it down; sessions may end that were nobody's."""
    if user:
        signin_audit.record("sign_out", user)


# What one changes about one's own account, by the name of its entry.
CHANGES = {
    account.password_changed: "change_password",
    account.password_set: "set_password",
    account.password_reset: "reset_password",
    account.email_added: "add_address",
    account.email_changed: "change_address",
    account.email_removed: "remove_address",
    factor.authenticator_added: "add_factor",
    factor.authenticator_removed: "remove_factor",
    factor.authenticator_reset: "renew_factor",
}


def _teller(action: str) -> Callable[..., None]:
    def tell(user: User, **kwargs: Any) -> None:
        signin_audit.record(action, user)

    return tell


for signal, action in CHANGES.items():
    signal.connect(_teller(action), weak=False, dispatch_uid=action)


@receiver(provider.social_account_added)
def note_provider_added(sociallogin: Any, **kwargs: Any) -> None:
    """Write down that another provider may sign a person in."""
    signin_audit.record("add_provider", sociallogin.user)


@receiver(provider.social_account_removed)
def note_provider_removed(socialaccount: Any, **kwargs: Any) -> None:
    """Write down that it may no longer."""
    signin_audit.record("remove_provider", socialaccount.user)
