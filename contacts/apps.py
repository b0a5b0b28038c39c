"""The contacts app."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """Contacts."""

    name = "contacts"
    verbose_name = "Contacts"
