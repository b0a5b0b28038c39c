"""The surveys app."""

from django.apps import AppConfig


class SurveysConfig(AppConfig):
    """Voice."""

    name = "surveys"
    verbose_name = "Voice"
