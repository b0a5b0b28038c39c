"""The notifications app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from config.kernel.apps import TranslatedNames


class NotificationsConfig(TranslatedNames, AppConfig):
    """Notifications."""

    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        """Register the receivers of contacts' signals, and the checks of providers."""
        import_module("notifications.receivers")
        import_module("notifications.checks")
