"""allauth's forms, behind our lock-out."""

from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base import forms as factor_forms
from allauth.mfa.totp import forms as totp_forms
from django.contrib.auth import authenticate
from django.http import HttpRequest

from accounts.services import lockout, password_resets, second_factor


class LoginForm(account_forms.LoginForm):
    """A name or an address, and a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or e-mail"
        self.fields["login"].widget.attrs.update(autocomplete="username", autofocus=True, placeholder="")
        self.fields["password"].widget.attrs["placeholder"] = ""


class ChangePasswordForm(account_forms.ChangePasswordForm):
    """Guessing the old password here is guessing a password."""

    def clean_oldpassword(self) -> str:
        """Look at it behind the lock-out."""
        typed = self.cleaned_data["oldpassword"]
        found = authenticate(context.request, username=self.user.get_username(), password=typed)
        if found is None or found.pk != self.user.pk:
            raise get_adapter().validation_error("enter_current_password")
        return typed


class ResetPasswordForm(account_forms.ResetPasswordForm):
    """Answers the same, in the same time, for addresses that nobody here has."""

    def clean_email(self) -> str:
        """Ask nothing yet."""
        return self.cleaned_data["email"]

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Leave the letter to a worker."""
        password_resets.ask(self.cleaned_data["email"])
        return self.cleaned_data["email"]


class CountedCode:
    """Counts wrong codes as wrong passwords are counted, and takes each right one once."""

    user: Any

    def clean_code(self) -> str:
        """Return a right code; TooManyTries comes before any is looked at."""
        made, is_right = lockout.begin_code(self.user.get_username()), False
        try:
            code = super().clean_code()  # type: ignore[misc]
            is_right = second_factor.spend(self.user, code)
        finally:
            lockout.end(made, right=is_right)
        if not is_right:
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(CountedCode, factor_forms.AuthenticateForm):
    """The second step of signing in."""


class RepeatedCodeForm(CountedCode, factor_forms.ReauthenticateForm):
    """A code asked for again before something weighty."""


class FirstCodeForm(CountedCode, totp_forms.ActivateTOTPForm):
    """The code that shows that an authenticator app is set up; it signs nobody in afterwards."""
