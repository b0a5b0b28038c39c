"""The simulator app, in INSTALLED_APPS of development and tests only."""

from django.apps import AppConfig


class SimulatorConfig(AppConfig):
    """The phone simulator and the demo."""

    name = "simulator"
    verbose_name = "Simulator"
