"""The accounts app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.kernel import text
from config.kernel.apps import TranslatedNames


class AccountsConfig(TranslatedNames, AppConfig):
    """Accounts."""

    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Register the checks, which need the models, and the receivers of sign-in signals."""
        text.install(gettext)
        import_module("accounts.checks")
        import_module("accounts.receivers")
        import_module("accounts.web.receivers")
