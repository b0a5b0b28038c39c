"""Adapters of allauth: closed sign-up, encrypted secrets, identities of other providers."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest

from accounts.services import lockout
from config.kernel import crypto

UNKNOWN = "::"
log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """People are added by owners; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse sign-ups."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Trust X-Forwarded-For from trusted proxies only, as the lock-out does; a socket has no address."""
        return lockout.client_address(request).partition("/")[0] or UNKNOWN

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Let a page succeed whose news cannot be mailed."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException) as error:
            log.warning("A letter about an account could not be sent: %s", type(error).__name__)


class FactorAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors encrypted."""

    def encrypt(self, text: str) -> str:
        """Return what the database may hold."""
        return crypto.cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret."""
        return crypto.cipher().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        """Name us in authenticator apps."""
        return "Punctual"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name us where keys and passkeys are chosen."""
        return {**super().get_public_key_credential_rp_entity(), "name": "Punctual"}


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Lets an identity of another provider join an account that is here already, and no other."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Make nobody an account."""
        return False

    def can_authenticate_by_email(self, login: Any, email: str) -> bool:
        """Join by an address that both sides have verified, in a domain that the provider may vouch for."""
        app = login.provider.app
        domain = email.rpartition("@")[2].lower()
        if not app or domain not in app.settings.get("domains", ()):
            return False
        # Some providers write "false" as a text, which would count as true.
        if not any(row.email == email and row.verified is True for row in login.email_addresses):
            return False
        return EmailAddress.objects.filter(email__iexact=email, verified=True).exists()
