"""The accounts app."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Register the checks, which need the models."""
        import_module("accounts.checks")
