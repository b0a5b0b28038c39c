"""The notifications app."""

from importlib import import_module

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Notifications."""

    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        """Listen to the contacts, and let Django check the providers."""
        import_module("notifications.receivers")
        import_module("notifications.checks")
