"""Viewsets of contacts."""

from typing import Any

from accounts.api.base import WriteViews
from accounts.api.crm_service import CrmServiceViews
from config.kernel.api.lists import LimitOffset
from contacts.api.filters import ContactFilter
from contacts.api.personal_data import PrivacyActions
from contacts.api.serializers import ContactSerializer, CrmServiceContactSerializer
from contacts.models import Contact
from contacts.services import contacts


class ContactRows(WriteViews):
    """People whom the clinic reaches, at either of their paths."""

    model = Contact
    prefetched = shown = ("phones", "emails")
    serializer_class = ContactSerializer
    pagination_class = LimitOffset
    filterset_class = ContactFilter
    search_fields = ("first_name", "last_name")
    ordering_fields = ("id", "first_name", "last_name", "created_at", "external_id", "language")

    def perform_create(self, serializer: Any) -> None:
        """Make the contact with its phones and addresses."""
        serializer.instance = contacts.create(**serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        """Change the contact; phones and addresses that are sent replace the old ones."""
        serializer.instance = contacts.change(serializer.instance, **serializer.validated_data)


class ContactViews(PrivacyActions, ContactRows):
    """People whom the clinic reaches."""


class CrmServiceContactViews(CrmServiceViews, ContactRows):
    """Contacts of the older contact and appointment service."""

    serializer_class = CrmServiceContactSerializer
