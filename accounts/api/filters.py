"""Filters that every app's lists share."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from accounts import principal, tenancy
from config.kernel.api.fields import EARLIEST, LATEST, instant


class IdFilter(filters.Filter):
    """Rows that point to a row of this id; another organization's id finds nothing."""

    field_class = forms.IntegerField


class MomentFormField(forms.Field):
    """Reads ISO 8601, and leaves what has no offset naive."""

    default_error_messages = {"invalid": _("Write a moment like 2026-11-23T09:00:00 or 2026-11-23T14:00:00Z.")}

    def to_python(self, value: Any) -> datetime | None:
        """Return the moment, None for nothing."""
        if value in self.empty_values:
            return None
        # A plus sign that was not escaped arrives as a blank.
        text = value.strip().replace(" ", "+") if "T" in value else value.strip()
        try:
            moment = parse_datetime(text)
        except ValueError:
            moment = None
        if not moment or not EARLIEST <= moment.year <= LATEST:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return moment


class MomentFilter(filters.Filter):
    """Compares with a moment; without offset it is wall-clock time of the organization."""

    field_class = MomentFormField

    def filter(self, qs: Any, value: datetime | None) -> Any:
        """Compare with the instant."""
        found = principal.find(self.parent.request)
        return super().filter(qs, instant(value, found.organization.time_zone if found else "UTC"))


class YesNoFilter(filters.BooleanFilter):
    """Rows where a column holds something (true) or nothing (false)."""

    def filter(self, qs: Any, value: bool | None) -> Any:
        """Look whether the column is null."""
        return qs if value is None else qs.filter(**{f"{self.field_name}__isnull": not value})


class TenantFilterSet(filters.FilterSet):
    """A set of filters that can be declared where there is no tenant."""

    @classmethod
    def filter_for_field(cls, *args: Any, **kwargs: Any) -> Any:
        """Build a filter; the library asks the manager for a query, which it never runs."""
        with tenancy.tenant(0):
            return super().filter_for_field(*args, **kwargs)


class TenantFilterBackend(filters.DjangoFilterBackend):
    """Makes such sets of a view's `filterset_fields`."""

    filterset_base = TenantFilterSet

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """Filter where something is asked for; else even the answer about one row would build all the forms."""
        return super().filter_queryset(request, queryset, view) if request.query_params else queryset
