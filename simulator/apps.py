"""The simulator app, in INSTALLED_APPS of development and tests only."""

from django.apps import AppConfig

from config.kernel.apps import TranslatedNames


class SimulatorConfig(TranslatedNames, AppConfig):
    """The phone simulator."""

    name = "simulator"
    verbose_name = "Simulator"
