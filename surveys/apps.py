"""The surveys app."""

from importlib import import_module

from django.apps import AppConfig


class SurveysConfig(AppConfig):
    """Voice."""

    name = "surveys"
    verbose_name = "Voice"

    def ready(self) -> None:
        """Listen to the contacts."""
        import_module("surveys.receivers")
