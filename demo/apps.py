"""The demo app, in INSTALLED_APPS of development and tests only."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo."""

    name = "demo"
