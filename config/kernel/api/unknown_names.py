"""Refuse names that a request uses and nothing here knows: fields of a body, parameters of an address."""

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.settings import api_settings

# What the browsable pages send with their forms.
OF_PAGES = {"csrfmiddlewaretoken"}
MOST = 20  # names that an answer tells


class KnownFieldsMixin:
    """A serializer that refuses fields which it has not; read-only ones may come back and are not looked at."""

    fields: Any
    # An older interface ignores them.
    refuses_unknown_fields = True

    def to_internal_value(self, data: Any) -> Any:
        """Read a body; tell unknown fields together with what is wrong with the others."""
        errors = unknown_fields(data, self.fields) if self.refuses_unknown_fields else {}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            detail: Any = error.detail
            raise serializers.ValidationError({**errors, **detail}) from error
        if errors:
            raise serializers.ValidationError(errors)
        return values


class NoFields(KnownFieldsMixin, serializers.Serializer):
    """The body of an action that takes nothing."""


def unknown_fields(data: Any, known: Collection[str]) -> dict[str, list[str]]:
    """Return an error for each field of a body that is not among those that are known."""
    if not isinstance(data, Mapping):
        return {}
    is_form = isinstance(data, QueryDict)
    # A form writes lists and objects as `phones[0]` and `data.name`.
    names = {re.split(r"[.\[]", name)[0] for name in data if name not in OF_PAGES} if is_form else set(data)
    strangers = sorted(map(str, names - set(known)))[:MOST]
    return {name[:60]: [_("There is no such field.") + _hint(name, known)] for name in strangers}


def refuse_unknown_parameters(request: Request, known: Collection[str]) -> None:
    """Raise `ValidationError` for parameters of an address that are not known, or stand there twice."""
    known = {*known, api_settings.URL_FORMAT_OVERRIDE}
    errors: dict[str, list[str]] = {}
    for name, values in list(request.query_params.lists())[:MOST]:
        if name not in known:
            errors[name[:60]] = [_("There is no such parameter here.") + _hint(name, known)]
        elif len(values) > 1:
            errors[name[:60]] = [_("It stands in the address more than once.")]
    if errors:
        raise serializers.ValidationError(errors)


def _hint(name: str, known: Collection[str]) -> str:
    found = get_close_matches(name[:60], [one for one in known if isinstance(one, str)], n=1)
    return " " + _("Did you mean “%(name)s”?") % {"name": found[0]} if found else ""
