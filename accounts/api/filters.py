"""Filters that every app's lists share."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from django_filters.widgets import BooleanWidget

from accounts import principal, tenancy
from config.kernel.api.fields import EARLIEST, LATEST, instant


class IdFormField(forms.IntegerField):
    """Reads the digits 0 to 9 only, though Python reads others, too."""

    def to_python(self, value: Any) -> int | None:
        """Return the number, None for nothing."""
        if not str(value).isascii():
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class IdFilter(filters.Filter):
    """Rows that point to a row of this id; another organization's id finds nothing."""

    field_class = IdFormField


class YesNoWidget(BooleanWidget):
    """Hands on what is neither true nor false, for the field to refuse."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return true, false, None for nothing, else the text."""
        found = super().value_from_datadict(data, files, name)
        return found if found is not None else data.get(name)


class YesNoFormField(forms.NullBooleanField):
    """Reads true and false; nothing is None."""

    widget = YesNoWidget

    def to_python(self, value: Any) -> Any:
        """Refuse what is neither, rather than filter by nothing."""
        if value not in (True, False, None, ""):
            words = _("“%(value)s” is neither true nor false.") % {"value": str(value)[:40]}
            raise forms.ValidationError(words, code="invalid")
        return super().to_python(value)

    def validate(self, value: Any) -> None:
        """Nothing more: the value is true, false or nothing."""


class TrueFalseFilter(filters.BooleanFilter):
    """Rows where a column is true, or false."""

    field_class = YesNoFormField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"widget": YesNoWidget, **kwargs})


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


class YesNoFilter(TrueFalseFilter):
    """Rows where a column holds something (true) or nothing (false)."""

    def filter(self, qs: Any, value: bool | None) -> Any:
        """Look whether the column is null."""
        return qs if value is None else qs.filter(**{f"{self.field_name}__isnull": not value})


class TenantFilterSet(filters.FilterSet):
    """A set of filters that can be declared where there is no tenant; a foreign key is compared with an id."""

    FILTER_DEFAULTS: ClassVar = {
        **filters.FilterSet.FILTER_DEFAULTS,
        models.ForeignKey: {"filter_class": IdFilter},
        models.OneToOneField: {"filter_class": IdFilter},
        models.BooleanField: {"filter_class": TrueFalseFilter},
    }

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
