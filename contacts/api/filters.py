"""Filters of contacts."""

import uuid
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from accounts.api.filters import TenantFilterSet
from contacts.models import Contact, ContactType


class UuidsFormField(forms.Field):
    """Reads UUIDs with commas between them."""

    default_error_messages: ClassVar = {"invalid": _("Enter a valid UUID.")}

    def to_python(self, value: Any) -> list[str]:
        """Return each as it is written, and in its usual form."""
        words = [word.strip() for word in str(value or "").split(",") if word.strip()]
        try:
            return sorted({form for word in words for form in (word, str(uuid.UUID(word)))})
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class AnyUuidFilter(filters.Filter):
    """Rows whose list holds any of some UUIDs."""

    field_class = UuidsFormField

    def filter(self, qs: Any, value: list[str]) -> Any:
        """Compare the lists."""
        return qs.filter(**{f"{self.field_name}__overlap": value}) if value else qs


class ContactFilter(TenantFilterSet):
    """Filters of the contact list."""

    starts_with = filters.CharFilter(method="by_start", label=_("First or last name starts with this."))
    phone = filters.CharFilter("phones__number", label="E.164", distinct=True)
    email = filters.CharFilter("emails__address", "iexact", label=_("E-mail address"), distinct=True)
    contact_type = filters.UUIDFilter("contact_type__uuid", label=_("The UUID of a type."))
    siteprofile_uuids = AnyUuidFilter(label=_("Any of these UUIDs, with commas between them."))
    workflowlevel1_uuids = AnyUuidFilter(label=_("Any of these UUIDs, with commas between them."))
    workflowlevel2_uuids = AnyUuidFilter(label=_("Any of these UUIDs, with commas between them."))

    class Meta:
        model = Contact
        fields = ("external_id", "customer_id", "customer_type", "first_name", "last_name", "language")

    def by_start(self, rows: Any, name: str, value: str) -> Any:
        """Compare without regard to case."""
        return rows.filter(Q(first_name__istartswith=value) | Q(last_name__istartswith=value))


class ContactTypeFilter(TenantFilterSet):
    """Filters of the types of contacts."""

    class Meta:
        model = ContactType
        fields = ("is_global", "name")
