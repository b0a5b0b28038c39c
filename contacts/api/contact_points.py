"""Phones, e-mail and postal addresses of contacts as JSON: lists of small objects."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from accounts import principal
from config.kernel.errors import Invalid
from contacts.engine.contact_points import ContactPoint
from contacts.engine.phones import normalise_phone
from contacts.models import AddressKind, EmailKind, PhoneKind

# Of an address: how long each text may be.
ADDRESS = {"street": 100, "house_number": 20, "postal_code": 20, "city": 85, "country": 50}


def _object(kinds: Any, properties: Mapping[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the JSON schema of an object with a type and these properties."""
    kind = {"type": "string", "enum": list(kinds.values)}
    told = {"type": "object", "properties": {**properties, "type": kind}, "additionalProperties": False}
    return told | ({"required": list(required)} if required else {})


class RowList(serializers.ListField):
    """The rows behind a related manager."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": 20, **kwargs})

    def to_representation(self, data: Any) -> list[Any]:
        """Fetch them, or take what was fetched with the page."""
        return super().to_representation(data.all())


class PointField(serializers.Field):
    """An object of texts, with a type where that is known."""

    default_error_messages: ClassVar = {"shape": _("Invalid value: {value}. {help}")}
    kinds: ClassVar[Any]
    names: ClassVar[tuple[str, ...]]

    def read(self, data: Any) -> dict[str, str]:
        """Return the texts by their names, numbers as texts; raise `ValidationError` for another shape."""
        if not isinstance(data, Mapping) or set(data) - {*self.names, "type"}:
            self.refuse(data)
        if any(isinstance(value, bool) or not isinstance(value, str | int | float) for value in data.values()):
            self.refuse(data)
        texts = {name: str(value).strip() for name, value in data.items()}
        if texts.get("type", "") not in ("", *self.kinds.values):
            self.refuse(data)
        return texts

    def refuse(self, data: Any) -> None:
        """Raise `ValidationError`, which says how the object is to look."""
        words = _("Write an object with {names} and, if you like, a type: {kinds}.")
        told = words.format(names=", ".join(self.names), kinds=", ".join(self.kinds.values))
        raise serializers.ValidationError(
            self.error_messages["shape"].format(value=str(data)[:200], help=told), code="invalid"
        )


@extend_schema_field(_object(PhoneKind, {"number": {"type": "string"}}, ("number",)))
class PhoneField(PointField):
    """`{"type": "mobile", "number": "+15551234567"}`; a bare string is taken, too."""

    kinds = PhoneKind
    names = ("number",)

    def to_internal_value(self, data: Any) -> ContactPoint:
        """Return the number as E.164."""
        found = self.read({"number": data} if isinstance(data, str) else data)
        if "number" not in found:
            self.refuse(data)
        # Known to the request: one with many contacts asks for it once.
        region = principal.require(self.context["request"]).organization.region
        try:
            return ContactPoint(normalise_phone(found["number"], region), found.get("type", ""))
        except Invalid as error:
            raise serializers.ValidationError(error.message, code=error.code) from error

    def to_representation(self, value: Any) -> dict[str, str]:
        """Return the stored number."""
        return {**({"type": value.kind} if value.kind else {}), "number": value.number}


@extend_schema_field(_object(EmailKind, {"email": {"type": "string"}}, ("email",)))
class EmailField(PointField):
    """`{"type": "office", "email": "ana@example.com"}`; a bare string is taken, too."""

    kinds = EmailKind
    names = ("email",)

    def run_validation(self, data: Any = empty) -> Any:
        """Check the address in the object."""
        found = self.read({"email": data} if isinstance(data, str) else data)
        if "email" not in found:
            self.refuse(data)
        address = serializers.EmailField(min_length=3, max_length=254).run_validation(found["email"])
        return ContactPoint(address, found.get("type", ""))

    def to_representation(self, value: Any) -> dict[str, str]:
        """Return the stored address."""
        return {**({"type": value.kind} if value.kind else {}), "email": value.address}


@extend_schema_field(
    _object(AddressKind, {name: {"type": "string", "maxLength": limit} for name, limit in ADDRESS.items()})
)
class AddressField(PointField):
    """`{"type": "home", "street": "Main Street", "house_number": "7", …}`; each of them may be left out."""

    kinds = AddressKind
    names = tuple(ADDRESS)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        """Return the columns of an address."""
        found = self.read(data)
        if any(len(found.get(name, "")) > limit for name, limit in ADDRESS.items()):
            self.refuse(data)
        kind = {"kind": found.pop("type")} if "type" in found else {}
        return {**found, **kind}

    def to_representation(self, value: Any) -> dict[str, str]:
        """Return what is known of the address."""
        told = {"type": value.kind, **{name: getattr(value, name) for name in ADDRESS}}
        return {name: text for name, text in told.items() if text}
