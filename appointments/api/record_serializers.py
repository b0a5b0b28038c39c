"""What is noted and told of visits as JSON: notes, notifications, driving times."""

from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import serializers

from accounts.api.base import TenantSerializer
from appointments.models import Appointment, AppointmentDrivingTime, AppointmentNote, AppointmentNotification
from config.kernel.api.fields import Link
from config.kernel.choices import choices
from notifications.engine.states import State

NOTE_TYPE = AppointmentNote.Type.choices
STATE = [("", gettext_lazy("Not sent")), *choices(State)]


class NoteSerializer(TenantSerializer):
    """A note on a visit, at most one of each type; without a visit it is nobody's."""

    appointment = Link(Appointment, required=False, allow_null=True)

    class Meta:
        model = AppointmentNote
        fields: tuple[str, ...] = ("url", "id", "appointment", "type", "note")


class NotificationSerializer(TenantSerializer):
    """An e-mail about a visit; `state` tells what became of it, with the states of deliveries."""

    appointment = Link(Appointment)
    state = serializers.ChoiceField(choices=STATE, read_only=True)

    class Meta:
        model = AppointmentNotification
        fields: tuple[str, ...] = (
            "url",
            "id",
            "appointment",
            "recipient",
            "subject",
            "message",
            "send_notification",
            "send_at",
            "sent_at",
            "state",
            "reason",
            "org_phone",
            "org_name",
        )


class DrivingTimeSerializer(TenantSerializer):
    """How far it is to a visit, and how many minutes it takes."""

    appointment = Link(Appointment)

    class Meta:
        model = AppointmentDrivingTime
        fields: tuple[str, ...] = ("url", "id", "uuid", "appointment", "distance", "time", "time_point")


class NoteOfVisitSerializer(serializers.ModelSerializer):
    """A note in the body of its visit; it is whole, also where the visit is only changed in part."""

    class Meta:
        model = AppointmentNote
        fields = ("id", "note", "type")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a note without its type or its text."""
        absent = [name for name in ("type", "note") if name not in attrs]
        if absent:
            raise serializers.ValidationError(dict.fromkeys(absent, self.fields[absent[0]].error_messages["required"]))
        return attrs
