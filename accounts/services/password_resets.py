"""E-mails with password reset links; a second factor stays as it is."""

from allauth.account import app_settings
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.utils import user_pk_to_url_str
from celery import current_app
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import members

TASK = "accounts.send_resets"


def request_reset(address: str) -> None:
    """Let a worker send the e-mails, so that the time taken does not reveal whether an account has the address."""
    found = filter_users_by_email(address, is_active=True, prefer_verified=True, for_login=True)
    current_app.send_task(TASK, args=[[user.pk for user in found]], ignore_result=True, retry=False)


def send_emails(user_ids: list[int]) -> None:
    """Send a reset link to the address in each user's account."""
    for user in User.objects.filter(pk__in=user_ids, is_active=True).exclude(email=""):
        with translation.override(members.language_of(user)):
            _write(user)


def _write(user: User) -> None:
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    words = {"user": user, "link": settings.PUBLIC_URL + path}
    subject = _("Punctual: choose a new password")
    send_mail(subject, render_to_string("accounts/reset.txt", words), None, [user.email])
