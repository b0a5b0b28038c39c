"""The accounts app."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Register the checks, which need the models, and listen to those who sign people in."""
        import_module("accounts.checks")
        import_module("accounts.receivers")
        import_module("accounts.web.receivers")
