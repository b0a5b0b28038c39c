"""Appointments as JSON."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from accounts.api.base import TenantSerializer
from accounts.models import Clinic
from appointments.engine.states import VisitStatus
from appointments.models import Appointment
from calendars.engine.states import OnClosure
from calendars.models import Calendar, CalendarUser, Event, Rule
from config.kernel.api.fields import Link, WallClock
from config.kernel.api.unknown_names import KnownFieldsMixin
from config.kernel.choices import choices
from contacts.models import Contact

STATUS = choices(VisitStatus)


class AppointmentSerializer(TenantSerializer):
    """A visit; times without offset are wall-clock times of its zone, the calendar's or the clinic's."""

    contact = Link(Contact)
    calendar = Link(Calendar, source="event.calendar")
    clinic = Link(Clinic, required=False, help_text=gettext_lazy("Left out: the calendar's, else the default one."))
    event = Link(Event, read_only=True)
    starts_at = WallClock("event.time_zone")
    ends_at = WallClock("event.time_zone", required=False, help_text=gettext_lazy("Left out: an hour after the start."))
    time_zone = serializers.CharField(source="event.time_zone", max_length=64, required=False)
    status = serializers.ChoiceField(choices=STATUS, required=False)
    warnings = serializers.ListField(
        child=serializers.CharField(),
        source="event.warnings",
        read_only=True,
        help_text=gettext_lazy("Such as that it falls on a public holiday."),
    )

    updated_at = serializers.SerializerMethodField(help_text=gettext_lazy("Of the visit or its event, the later."))

    class Meta:
        model = Appointment
        fields: tuple[str, ...] = (
            "url",
            "id",
            "contact",
            "calendar",
            "clinic",
            "event",
            "starts_at",
            "ends_at",
            "time_zone",
            "status",
            "title",
            "external_id",
            "answered_at",
            "created_at",
            "updated_at",
            "warnings",
        )

    def get_updated_at(self, row: Appointment) -> datetime:
        """Return when what is told here changed last."""
        return max(row.updated_at, row.event.updated_at)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Put what belongs to the event beside the rest, and keep a visit with its patient."""
        of_event = attrs.pop("event", {})
        attrs = {**attrs, **of_event}
        if self.instance:
            self._keep("contact", self.instance.contact, attrs)
            self._keep("time_zone", self.instance.event.time_zone, attrs)
        return attrs

    @staticmethod
    def _keep(name: str, value: Any, attrs: dict[str, Any]) -> None:
        if attrs.pop(name, value) != value:
            raise serializers.ValidationError({name: _("It cannot change; book a new visit.")}, code="fixed")


class NewAppointmentSerializer(AppointmentSerializer):
    """What a new visit may name besides: a series, and whose it is."""

    creator = Link(
        CalendarUser, required=False, write_only=True, help_text=gettext_lazy("Left out: the calendar's user.")
    )
    rule = Link(Rule, required=False, allow_null=True, write_only=True)
    recurrence = serializers.CharField(required=False, allow_blank=True, write_only=True, max_length=2000)
    end_recurring_period = WallClock("event.time_zone", required=False, allow_null=True, write_only=True)
    on_closure = serializers.ChoiceField(choices=choices(OnClosure), required=False, write_only=True)

    class Meta(AppointmentSerializer.Meta):
        fields = (
            *AppointmentSerializer.Meta.fields,
            "creator",
            "rule",
            "recurrence",
            "end_recurring_period",
            "on_closure",
        )


class VisitReasonSerializer(KnownFieldsMixin, serializers.Serializer):
    """Why a visit is cancelled."""

    reason = serializers.CharField(max_length=40, required=False, default="cancelled")
