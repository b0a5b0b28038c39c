"""The accounts app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext

from config.kernel import text


class AccountsConfig(AppConfig):
    """Accounts."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Register the checks, which need the models, and listen to those who sign people in."""
        text.install(gettext)
        import_module("accounts.checks")
        import_module("accounts.receivers")
        import_module("accounts.web.receivers")
