"""`makemigrations`, for what tables hold."""

from django.core.management.commands import makemigrations

from config.kernel.autodetector import StoredStateAutodetector


class Command(makemigrations.Command):
    """Django's command; words, validators and choices are no change."""

    autodetector = StoredStateAutodetector
