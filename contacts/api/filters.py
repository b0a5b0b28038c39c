"""Filters of contacts."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from accounts.api.filters import TenantFilterSet
from contacts.models import Contact


class ContactFilter(TenantFilterSet):
    """Filters of the contact list."""

    starts_with = filters.CharFilter(method="by_start", label=_("First or last name starts with this."))
    phone = filters.CharFilter("phones__number", label="E.164", distinct=True)
    email = filters.CharFilter("emails__address", "iexact", label=_("E-mail address"), distinct=True)

    class Meta:
        model = Contact
        fields = ("external_id", "first_name", "last_name", "language")

    def by_start(self, rows: Any, name: str, value: str) -> Any:
        """Compare without regard to case."""
        return rows.filter(Q(first_name__istartswith=value) | Q(last_name__istartswith=value))
