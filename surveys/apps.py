"""The surveys app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from config.kernel.apps import TranslatedNames


class SurveysConfig(TranslatedNames, AppConfig):
    """Voice."""

    name = "surveys"
    verbose_name = _("Voice")

    def ready(self) -> None:
        """Register the receivers of contacts' signals."""
        import_module("surveys.receivers")
