"""The contacts app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from config.kernel.apps import TranslatedNames


class ContactsConfig(TranslatedNames, AppConfig):
    """Contacts."""

    name = "contacts"
    verbose_name = _("Contacts")
