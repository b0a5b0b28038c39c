"""allauth's forms with our lock-out."""

from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base import forms as factor_forms
from allauth.mfa.totp import forms as totp_forms
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.services import lockout, password_resets, second_factor


class LoginForm(account_forms.LoginForm):
    """A name or an address, and a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Username or e-mail")
        self.fields["login"].widget.attrs.update(autocomplete="username", autofocus=True, placeholder="")
        self.fields["password"].widget.attrs["placeholder"] = ""


class ChangePasswordForm(account_forms.ChangePasswordForm):
    """Checks the old password with the lock-out."""

    def clean_oldpassword(self) -> str:
        """Check the old password; raises `TooManyTries`."""
        typed = self.cleaned_data["oldpassword"]
        found = authenticate(context.request, username=self.user.get_username(), password=typed)
        if found is None or found.pk != self.user.pk:
            raise get_adapter().validation_error("enter_current_password")
        return typed


class ResetPasswordForm(account_forms.ResetPasswordForm):
    """Answers the same, in the same time, for addresses that nobody here has."""

    def clean_email(self) -> str:
        """Accept any address, known or not."""
        return self.cleaned_data["email"]

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Let a worker send the e-mail."""
        password_resets.request_reset(self.cleaned_data["email"])
        return self.cleaned_data["email"]


class CountedCode:
    """Counts wrong codes as wrong passwords are counted, and takes each right one once."""

    user: Any

    def clean_code(self) -> str:
        """Return a right code; raises `TooManyTries` before checking it."""
        attempt, is_right = lockout.start_code_attempt(self.user.get_username()), False
        try:
            code = super().clean_code()
            is_right = second_factor.use_code(self.user, code)
        finally:
            lockout.finish_attempt(attempt, is_right=is_right)
        if not is_right:
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(CountedCode, factor_forms.AuthenticateForm):
    """The second step of signing in."""


class RepeatedCodeForm(CountedCode, factor_forms.ReauthenticateForm):
    """A code asked for again before something weighty."""


class FirstCodeForm(CountedCode, totp_forms.ActivateTOTPForm):
    """The code that shows that an authenticator app is set up; it signs nobody in afterwards."""
