"""Contacts as JSON."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from accounts import principal
from accounts.api import expansion
from accounts.api.base import TenantSerializer
from accounts.api.crm_service import CrmServiceSerializer
from contacts.engine.phones import normalise_phone
from contacts.errors import BadPhone
from contacts.models import Contact


def only_text(data: Any, name: str) -> Any:
    """Return the text of an object that has just this name, or the text itself; None for anything else."""
    text = data.get(name) if isinstance(data, dict) and set(data) == {name} else data
    return text if isinstance(text, str) else None


@extend_schema_field({"type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"]})
class PhoneField(serializers.Field):
    """`{"number": "+15551234567"}`; a bare string is taken, too."""

    default_error_messages = {"shape": _("Write an object with a number and nothing else, or a string.")}

    def to_internal_value(self, data: Any) -> str:
        """Return E.164."""
        text = only_text(data, "number")
        if text is None:
            self.fail("shape")
        try:
            return normalise_phone(text, principal.require(self.context["request"]).organization.region)
        except BadPhone as error:
            raise serializers.ValidationError(error.message, code=error.code) from error

    def to_representation(self, value: Any) -> dict[str, str]:
        """Return the stored number."""
        return {"number": value.number}


@extend_schema_field({"type": "object", "properties": {"email": {"type": "string"}}, "required": ["email"]})
class EmailField(serializers.EmailField):
    """`{"email": "ana@example.com"}`; a bare string is taken, too."""

    default_error_messages = {"shape": _("Write an object with an email and nothing else, or a string.")}

    def run_validation(self, data: Any = empty) -> Any:
        """Take the address out of its object."""
        text = only_text(data, "email")
        if text is None:
            self.fail("shape")
        return super().run_validation(text)

    def to_representation(self, value: Any) -> Any:
        """Return the stored address in its object."""
        return {"email": value.address}


class RowList(serializers.ListField):
    """The rows behind a related manager."""

    def to_representation(self, data: Any) -> list[Any]:
        """Fetch them, or take what was fetched with the page."""
        return super().to_representation(data.all())


class ContactSerializer(TenantSerializer):
    """A patient, with phones and e-mail addresses in the order in which they are tried."""

    phones = RowList(child=PhoneField(), required=False, max_length=20)
    emails = RowList(child=EmailField(max_length=254), required=False, max_length=20)

    class Meta:
        model = Contact
        fields: tuple[str, ...] = (
            "url",
            "id",
            "uuid",
            "first_name",
            "last_name",
            "phones",
            "emails",
            "language",
            "time_zone",
            "external_id",
            "created_at",
        )


class CrmServiceContactSerializer(CrmServiceSerializer, ContactSerializer):
    """A contact as the older contact and appointment service tells it."""

    class Meta(ContactSerializer.Meta):
        fields = ("id", "uuid", "first_name", "last_name", "phones", "emails")


expansion.register(Contact, ContactSerializer, needs=("phones", "emails"))
