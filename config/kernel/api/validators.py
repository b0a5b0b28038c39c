"""Checks on what the REST interface takes."""

from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from rest_framework import serializers


class UniqueInTenant:
    """Refuses a value that another row of the organization has; an empty one may be there many times."""

    requires_context = True

    def __init__(self, model: type[Model]) -> None:
        self.model = model

    def __call__(self, value: Any, field: Any) -> None:
        """Look in the tenant's rows, the one that is being changed apart."""
        if value in ("", None):
            return
        rows = self.model._default_manager.filter(**{field.source: value})
        own = getattr(field.parent, "instance", None)
        if rows.exclude(pk=own.pk if own else None).exists():
            raise serializers.ValidationError(_("“%(value)s” is taken already.") % {"value": value}, code="unique")
