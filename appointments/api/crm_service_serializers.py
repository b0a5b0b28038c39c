"""Appointments, notes, notifications and driving times as the older appointment service tells them."""

from datetime import UTC
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.api import crm_service
from accounts.api.crm_service import CrmServiceSerializer, LocalMoment
from appointments.api.record_serializers import NoteOfVisitSerializer, NotificationSerializer
from appointments.models import Appointment, AppointmentDrivingTime, AppointmentNote, AppointmentNotification
from appointments.services import crm_service_visits
from config.kernel.api.fields import Link, Moment, PlainId, UuidText
from contacts.models import Contact

LONGEST_NAME = 50


class CrmServiceDrivingTimeSerializer(CrmServiceSerializer):
    """How far it is to an appointment, which is named by its number."""

    appointment = PlainId(Appointment)

    class Meta:
        model = AppointmentDrivingTime
        fields = ("uuid", "distance", "time", "time_point", "appointment")


class CrmServiceNoteSerializer(CrmServiceSerializer):
    """A note; a new one may name the appointment that it is put on, by its number."""

    appointment = PlainId(Appointment, required=False, allow_null=True, write_only=True)

    class Meta:
        model = AppointmentNote
        fields = ("id", "note", "type", "appointment")


class CrmServiceNotificationSerializer(CrmServiceSerializer, NotificationSerializer):
    """An e-mail about an appointment; `send_at` and `state` are new."""

    url = serializers.HyperlinkedIdentityField(view_name="crm-service-appointmentnotification-detail")
    appointment = Link(Appointment, view_name="crm-service-appointment-detail", lookup_field="uuid")
    recipient = serializers.CharField(max_length=254)
    sent_at = Moment(read_only=True, default_timezone=UTC)

    class Meta:
        model = AppointmentNotification
        fields = (
            "url",
            "id",
            "sent_at",
            "appointment",
            "subject",
            "message",
            "recipient",
            "send_notification",
            "org_phone",
            "org_name",
            "send_at",
            "state",
        )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is no address, as the older model does: under no field."""
        try:
            validate_email(attrs.get("recipient", "x@example.org"))
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from error
        return attrs


class ContactUuid(UuidText):
    """Whom an appointment names, also where that is no contact here."""

    def get_attribute(self, instance: Any) -> Any:
        """Return the UUID."""
        return crm_service_visits.contact_uuid(instance)


class CrmServiceAppointmentSerializer(CrmServiceSerializer):
    """An appointment with its contact, notes and driving times."""

    name = serializers.CharField(source="title", required=False, allow_blank=True, max_length=255)
    start_date = LocalMoment(source="starts_at")
    end_date = LocalMoment(source="ends_at")
    type = serializers.ListField(
        source="type_names", child=serializers.CharField(max_length=50), allow_empty=False, max_length=100
    )
    organization_uuid = UuidText(source="organization.uuid", required=False, allow_null=True)
    contact_uuid = ContactUuid(required=False, allow_null=True)
    notes = NoteOfVisitSerializer(many=True, required=False)
    driving_times = CrmServiceDrivingTimeSerializer(many=True, read_only=True)

    class Meta:
        model = Appointment
        fields = (
            "id",
            "uuid",
            "name",
            "start_date",
            "end_date",
            "type",
            "address",
            "siteprofile_uuid",
            "invitee_uuids",
            "organization_uuid",
            "workflowlevel2_uuids",
            "contact_uuid",
            "summary",
            "contact",
            "notes",
            "driving_times",
        )
        extra_kwargs: ClassVar = {"uuid": {"read_only": True}}

    def get_fields(self) -> dict[str, Any]:
        """Tell the contact as the older service tells contacts."""
        declared = {**self._declared_fields}
        contact = crm_service.serializer_of(Contact).serializer(read_only=True, allow_null=True)
        self._declared_fields = {**declared, "contact": contact}
        return super().get_fields()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Tell no types of a visit that was booked elsewhere as an empty list."""
        told = super().to_representation(instance)
        return {**told, "type": told["type"] or []}

    def validate_name(self, value: str) -> str:
        """Refuse a name that is longer than the older service takes, unless it stands so here already."""
        known = self.instance.title if isinstance(self.instance, Appointment) else ""
        if len(value) > LONGEST_NAME and value != known:
            raise serializers.ValidationError(_("It has more than %(most)s characters.") % {"most": LONGEST_NAME})
        return value

    def validate_organization_uuid(self, value: Any) -> Any:
        """Refuse another organization; null means the own one, as if it were left out."""
        if value not in (None, crm_service.organization_uuid(self.context["request"])):
            raise serializers.ValidationError(_("This is not your organization."))
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an end before the start; of a change, with what stands here."""
        attrs.pop("organization", None)
        start, end = (attrs.get(name) or getattr(self.instance, name, None) for name in ("starts_at", "ends_at"))
        if start and end and start > end:
            raise serializers.ValidationError(_("Start date cannot be later than end date."))
        return attrs
