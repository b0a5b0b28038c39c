"""Viewsets of contacts and their types."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from rest_framework.request import Request

from accounts.api import crm_service
from accounts.api.base import WriteViews
from accounts.api.crm_service import CrmServiceViews
from accounts.tracking import HAS_CHANGED
from config.kernel.api.lists import LimitOffset, StableOrdering
from contacts.api.bulk import ContactBulkActions
from contacts.api.filters import ContactFilter, ContactTypeFilter
from contacts.api.personal_data import PrivacyActions
from contacts.api.serializers import (
    ContactSerializer,
    ContactTypeSerializer,
    CrmServiceContactSerializer,
    CrmServiceContactTypeSerializer,
)
from contacts.errors import GlobalType
from contacts.models import Contact, ContactType
from contacts.services import contact_types, contacts

PARTS = ("phones", "emails", "addresses")


class ContactRows(WriteViews):
    """Contacts at either of their paths."""

    model = Contact
    related = ("contact_type",)
    prefetched = PARTS
    shown = (*PARTS, "contact_type.name", "contact_type.uuid")
    serializer_class = ContactSerializer
    pagination_class = LimitOffset
    filterset_class = ContactFilter
    search_fields = ("first_name", "last_name")
    ordering_fields: Sequence[str] = (
        "id",
        "customer_id",
        "first_name",
        "middle_name",
        "last_name",
        "title",
        "suffix",
        "company",
        "customer_type",
        "created_at",
        "updated_at",
        "external_id",
        "language",
    )
    # Of the older interface, which needs no name.
    may_be_empty: ClassVar[bool] = False

    def perform_create(self, serializer: Any) -> None:
        """Make the contact with its phones and addresses."""
        serializer.instance = contacts.create(
            may_be_empty=self.may_be_empty,
            core_user_uuid=crm_service.visitor_uuid(self.request),
            **serializer.validated_data,
        )

    def perform_update(self, serializer: Any) -> None:
        """Change the contact; phones and addresses that are sent replace the old ones."""
        given = {**serializer.validated_data, "may_be_empty": self.may_be_empty}
        serializer.instance = contacts.change(serializer.instance, **given)

    def changed_from(self, number: int) -> Q:
        """Return also those whose type was renamed."""
        return super().changed_from(number) | (Q(contact_type__updated_in__gte=number) if number else Q())


class ContactViews(ContactBulkActions, PrivacyActions, ContactRows):
    """People whom the clinic reaches."""


class CrmServiceContactOrdering(StableOrdering):
    """Orders by the names that the older interface has for columns."""

    NAMES: ClassVar = {
        "create_date": "created_at",
        "edit_date": "updated_at",
        "title_display": "title",
        "contact_type_name": "contact_type__name",
        "contact_type": "contact_type__uuid",
    }

    def get_valid_fields(self, *args: Any, **kwargs: Any) -> Any:
        """Add them to the names that the view allows."""
        return [*super().get_valid_fields(*args, **kwargs), *((name, name) for name in self.NAMES)]

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> Any:
        """Return the columns."""
        return [self._column(name) for name in super().get_ordering(request, queryset, view)]

    def _column(self, name: str) -> str:
        minus, column = ("-", name[1:]) if name.startswith("-") else ("", name)
        return minus + self.NAMES.get(column, column)


class CrmServiceContactViews(CrmServiceViews, ContactRows):
    """Contacts of the older contact and appointment service."""

    serializer_class = CrmServiceContactSerializer
    filter_backends = (*ContactRows.filter_backends[:2], CrmServiceContactOrdering)
    ordering_fields = (*ContactRows.ordering_fields, "uuid", "notes", "siteprofile_uuids")
    ordering = ("first_name",)
    may_be_empty = True

    def rows(self) -> QuerySet[Any]:
        """Return the contacts; the condition, true of each, is that of the index in whose order they are listed."""
        return super().rows().filter(HAS_CHANGED)


class ContactTypeViews(WriteViews):
    """Types of contacts: the organization's own, and those that every organization has."""

    model = ContactType
    serializer_class = ContactTypeSerializer
    pagination_class = None
    filterset_class = ContactTypeFilter
    search_fields = ("name",)
    ordering_fields = ("id", "name", "is_global")

    def perform_create(self, serializer: Any) -> None:
        """Make one of the organization's own."""
        self._refuse_global()
        serializer.instance = contact_types.create(**serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        """Rename one of the organization's own."""
        name = serializer.validated_data.get("name", serializer.instance.name)
        serializer.instance = contact_types.rename(serializer.instance, name=name)

    def perform_destroy(self, instance: Any) -> None:
        """Delete one of the organization's own."""
        contact_types.delete(instance)

    def _refuse_global(self) -> None:
        """Tell who wants a type for everybody that it takes a platform administrator."""
        sent = self.request.data
        if isinstance(sent, Mapping) and str(sent.get("is_global", "")).lower() in ("true", "1", "on"):
            raise GlobalType


class CrmServiceContactTypeViews(CrmServiceViews, ContactTypeViews):
    """Types of contacts of the older contact and appointment service."""

    serializer_class = CrmServiceContactTypeSerializer
    lookup_field = "uuid"
    lookup_value_regex = "[0-9a-fA-F-]{36}"
    is_put_partial = False
