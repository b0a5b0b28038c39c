"""Contacts and their types as JSON."""

import uuid
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.fields import empty

from accounts.api import crm_service, expansion
from accounts.api.base import TenantSerializer
from accounts.api.crm_service import CrmServiceSerializer
from config.kernel.api.fields import LINKS, UuidText
from contacts.api.contact_points import AddressField, EmailField, PhoneField, RowList
from contacts.models import Contact, ContactType, CustomerType, Title

INT32 = 2**31


class EmptyAsNull:
    """A text that is null where there is none; the column holds an empty one."""

    def run_validation(self, data: Any = empty) -> Any:
        """Read null as empty."""
        return "" if data is None or data == "" else super().run_validation(data)

    def to_representation(self, value: Any) -> Any:
        """Tell an empty text as null."""
        return super().to_representation(value) if value else None


class TextOrNull(EmptyAsNull, serializers.CharField):
    """A text, or null."""


class ChoiceOrNull(EmptyAsNull, serializers.ChoiceField):
    """One of some words, or null."""


class TypeByUuid(serializers.SlugRelatedField):
    """A type of contacts by its UUID: the organization's own, or a global one."""

    default_error_messages: ClassVar = {"does_not_exist": _("There is no such type of contacts.")}
    model = ContactType

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("uuid", **kwargs)

    def get_queryset(self) -> Any:
        """Look in the tenant's types."""
        return ContactType.objects.all()

    def to_internal_value(self, data: Any) -> Any:
        """Return the type; what is no UUID names none. In a request that names many, each is looked up once."""
        found = self.context.get(LINKS, {})
        try:
            key = self.model, uuid.UUID(str(data))
            found[key] = found.get(key) or super().to_internal_value(key[1])
        except ValueError:
            self.fail("does_not_exist")
        return found[key]


class ContactTypeSerializer(TenantSerializer):
    """A type of contacts; those that are global are in every organization, and none can change them."""

    class Meta:
        model = ContactType
        fields: tuple[str, ...] = ("url", "id", "uuid", "name", "is_global")
        extra_kwargs: ClassVar = {"url": {"view_name": "contacttype-detail"}}


class CrmServiceContactTypeSerializer(CrmServiceSerializer, ContactTypeSerializer):
    """A type of contacts as the older contact and appointment service tells it."""

    class Meta(ContactTypeSerializer.Meta):
        fields = ("uuid", "name", "is_global")


class ContactSerializer(TenantSerializer):
    """A patient, with phones and e-mail addresses in the order in which they are tried."""

    customer_id = serializers.IntegerField(
        min_value=-INT32,
        max_value=INT32 - 1,
        required=False,
        allow_null=True,
        help_text=_("Unique in the organization. Left out: the next one."),
    )
    title = ChoiceOrNull(choices=Title.choices, required=False, allow_null=True)
    title_display = serializers.SerializerMethodField(help_text=_("The title in words."))
    contact_type = TypeByUuid(required=False, allow_null=True, help_text=_("The UUID of a type."))
    contact_type_name = serializers.CharField(
        source="contact_type.name", read_only=True, allow_null=True, help_text=_("The name of the type.")
    )
    customer_type = ChoiceOrNull(choices=CustomerType.choices, required=False, allow_null=True)
    company = TextOrNull(max_length=100, required=False, allow_null=True)
    notes = TextOrNull(required=False, allow_null=True)
    phones = RowList(child=PhoneField())
    emails = RowList(child=EmailField())
    addresses = RowList(child=AddressField())
    siteprofile_uuids = serializers.ListField(child=UuidText(), required=False, allow_null=True)
    workflowlevel1_uuids = serializers.ListField(child=serializers.CharField(max_length=36), required=False)
    workflowlevel2_uuids = serializers.ListField(
        child=serializers.CharField(max_length=36), required=False, allow_null=True
    )
    organization_uuid = serializers.SerializerMethodField()

    class Meta:
        model = Contact
        fields: tuple[str, ...] = (
            "url",
            "id",
            "uuid",
            "customer_id",
            "title",
            "title_display",
            "first_name",
            "middle_name",
            "last_name",
            "suffix",
            "contact_type",
            "contact_type_name",
            "customer_type",
            "company",
            "phones",
            "emails",
            "addresses",
            "notes",
            "language",
            "time_zone",
            "external_id",
            "siteprofile_uuids",
            "workflowlevel1_uuids",
            "workflowlevel2_uuids",
            "organization_uuid",
            "created_at",
        )

    def get_title_display(self, row: Contact) -> str | None:
        """Return the title in words, null without one."""
        return row.get_title_display() or None

    def get_organization_uuid(self, row: Contact) -> uuid.UUID:
        """Return the UUID of the organization, which is always one's own."""
        return crm_service.organization_uuid(self.context["request"])


class OlderRowList(RowList):
    """Rows; null is an empty list."""

    def run_validation(self, data: Any = empty) -> Any:
        """Read null as nothing."""
        return super().run_validation([] if data is None else data)


class CrmServiceContactSerializer(CrmServiceSerializer, ContactSerializer):
    """A contact as the older contact and appointment service tells it."""

    create_date = crm_service.LocalMoment(source="created_at", read_only=True)
    edit_date = crm_service.LocalMoment(source="updated_at", read_only=True)
    phones = OlderRowList(child=PhoneField(), allow_null=True)
    emails = OlderRowList(child=EmailField(), allow_null=True)
    addresses = OlderRowList(child=AddressField(), allow_null=True)
    workflowlevel1_uuids = serializers.ListField(child=serializers.CharField(max_length=36))

    class Meta(ContactSerializer.Meta):
        fields = (
            "id",
            "uuid",
            "customer_id",
            "first_name",
            "middle_name",
            "last_name",
            "title",
            "title_display",
            "suffix",
            "contact_type",
            "contact_type_name",
            "customer_type",
            "company",
            "addresses",
            "emails",
            "phones",
            "siteprofile_uuids",
            "notes",
            "organization_uuid",
            "workflowlevel1_uuids",
            "workflowlevel2_uuids",
            "create_date",
            "edit_date",
        )

    def to_representation(self, instance: Any) -> Any:
        """Leave the name of the type out where there is none."""
        told = super().to_representation(instance)
        if told["contact_type_name"] is None:
            del told["contact_type_name"]
        return told


NEEDS = ("phones", "emails", "addresses", "contact_type")
expansion.register(Contact, ContactSerializer, needs=NEEDS)
crm_service.register(Contact, CrmServiceContactSerializer, needs=(*NEEDS, "organization"))
