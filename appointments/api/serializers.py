"""Appointments as JSON."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from accounts.api import expansion
from accounts.api.base import TenantSerializer
from accounts.api.expansion import Expanded, Relation
from accounts.models import Clinic
from appointments.engine.states import VisitStatus
from appointments.models import Appointment, AppointmentType, HistoryEntry, Operatory, Provider, SlotHold
from appointments.services import visit_warnings
from appointments.services.series_occurrences import Deed, OccurrenceDecision
from appointments.services.visit_warnings import VisitWarning
from calendars.engine.states import OnClosure
from calendars.models import Alarm, Calendar, CalendarUser, Event, Rule
from config.kernel.api.fields import Link, WallClock
from config.kernel.api.unknown_names import KnownFieldsMixin
from config.kernel.choices import choices
from contacts.models import Contact
from notifications import channels
from notifications.models import MailTemplate, SMSTemplate
from surveys.models import Survey

STATUS = choices(VisitStatus)
METHODS = channels.method_choices()
# What the older appointment service keeps of a visit besides.
DETAILS = (
    "uuid",
    "owner_uuid",
    "type_names",
    "address",
    "siteprofile_uuid",
    "invitee_uuids",
    "workflowlevel2_uuids",
    "summary",
)


# In a serializer's context: what is odd about visits that were written just now, by their numbers.
WARNINGS = "visit_warnings"


class AppointmentSerializer(TenantSerializer):
    """A visit; times without offset are wall-clock times of its zone, the calendar's or the clinic's."""

    contact = Link(Contact, allow_null=True, help_text=gettext_lazy("Null: nobody's, such as a meeting of colleagues."))
    calendar = Link(Calendar, source="event.calendar")
    clinic = Link(Clinic, required=False, help_text=gettext_lazy("Left out: the calendar's, else the default one."))
    provider = Link(Provider, required=False, allow_null=True)
    operatory = Link(Operatory, required=False, allow_null=True)
    appointment_type = Link(AppointmentType, required=False, allow_null=True)
    event = Link(Event, read_only=True)
    starts_at = WallClock("event.time_zone")
    ends_at = WallClock(
        "event.time_zone", required=False, help_text=gettext_lazy("Left out: as its type says, else an hour.")
    )
    time_zone = serializers.CharField(source="event.time_zone", max_length=64, required=False)
    status = serializers.ChoiceField(choices=STATUS, required=False)
    overlap_reason = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        help_text=gettext_lazy("Why it may take a time that is taken; left out: that is refused."),
    )
    warnings = serializers.SerializerMethodField(
        help_text=gettext_lazy(
            "Such as that it falls on a public holiday; where it was written just now, also that it lies in the past, "
            "or that the patient has another visit then."
        )
    )
    warning_codes = serializers.SerializerMethodField(
        help_text=gettext_lazy("The same, in order: closed, outside_hours, in_past, patient_elsewhere.")
    )

    expanded = Expanded(
        contact=Relation(Contact, "contact"),
        calendar=Relation(Calendar, "event.calendar"),
        clinic=Relation(Clinic, "clinic"),
        provider=Relation(Provider, "provider"),
        operatory=Relation(Operatory, "operatory"),
        appointment_type=Relation(AppointmentType, "appointment_type"),
        event=Relation(Event, "event"),
        reminders=Relation(Alarm, "event.alarms", many=True),
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
            "provider",
            "operatory",
            "appointment_type",
            "event",
            "starts_at",
            "ends_at",
            "time_zone",
            "status",
            "title",
            "external_id",
            *DETAILS,
            "answered_at",
            "answered_for",
            "created_at",
            "updated_at",
            "overlap_reason",
            "warnings",
            "warning_codes",
            "expanded",
        )

    def get_updated_at(self, row: Appointment) -> datetime:
        """Return when what is told here changed last."""
        return max(row.updated_at, row.event.updated_at)

    def get_warnings(self, row: Appointment) -> list[str]:
        """Return what is odd about its time, in words."""
        return [each.words for each in self._warnings(row)]

    def get_warning_codes(self, row: Appointment) -> list[str]:
        """Return what is odd about its time."""
        return [each.code for each in self._warnings(row)]

    def _warnings(self, row: Appointment) -> list[VisitWarning]:
        found: dict[int, list[VisitWarning]] = self.context.get(WARNINGS, {})
        return found[row.pk] if row.pk in found else visit_warnings.of_closures(row)

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


class ReminderSerializer(KnownFieldsMixin, serializers.Serializer):
    """What reminds of a visit: when, on which channel, with which words; to the contact's first number or address."""

    method = serializers.ChoiceField(choices=METHODS)
    advance_notice = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, default=86400, help_text=gettext_lazy("Seconds before the visit.")
    )
    sms_template = Link(SMSTemplate, required=False)
    mail_template = Link(MailTemplate, required=False)
    survey = Link(Survey, required=False)


class OccurrenceDecisionSerializer(KnownFieldsMixin, serializers.Serializer):
    """What becomes of an occurrence of a series that is taken; times without offset are as those of the visit."""

    original_start = WallClock(
        "", help_text=gettext_lazy("When the rule of the series says, as `preview` and the refusal tell it.")
    )
    deed = serializers.ChoiceField(
        choices=[
            (str(Deed.SKIP), gettext_lazy("It does not take place")),
            (str(Deed.MOVE), gettext_lazy("It takes place at another time")),
            (str(Deed.OVERLAP), gettext_lazy("It overlaps on purpose")),
        ]
    )
    starts_at = WallClock("", required=False, help_text=gettext_lazy("Of one that is moved."))
    ends_at = WallClock("", required=False, help_text=gettext_lazy("Left out: it keeps its length."))
    overlap_reason = serializers.CharField(max_length=40, required=False)

    def validate(self, attrs: dict[str, Any]) -> OccurrenceDecision:
        """Know where it moves to, and why it may overlap."""
        needed = {Deed.MOVE: "starts_at", Deed.OVERLAP: "overlap_reason"}.get(Deed(attrs["deed"]))
        if needed and needed not in attrs:
            raise serializers.ValidationError({needed: _("Say this, too.")}, code="required")
        return OccurrenceDecision(**{**attrs, "deed": Deed(attrs["deed"])})


class NewAppointmentSerializer(AppointmentSerializer):
    """What a new visit may name besides: a series, and whose it is."""

    creator = Link(
        CalendarUser, required=False, write_only=True, help_text=gettext_lazy("Left out: the calendar's user.")
    )
    rule = Link(Rule, required=False, allow_null=True, write_only=True)
    recurrence = serializers.CharField(required=False, allow_blank=True, write_only=True, max_length=2000)
    end_recurring_period = WallClock("event.time_zone", required=False, allow_null=True, write_only=True)
    on_closure = serializers.ChoiceField(choices=choices(OnClosure), required=False, write_only=True)
    contact = Link(
        Contact, required=False, help_text=gettext_lazy("Who comes; a new one stands in `new_contact` instead.")
    )
    reminder = ReminderSerializer(
        required=False, write_only=True, help_text=gettext_lazy("An alarm of the visit's event, made with it.")
    )

    occurrences = OccurrenceDecisionSerializer(
        many=True,
        required=False,
        write_only=True,
        help_text=gettext_lazy("What becomes of the occurrences of a series that are taken."),
    )
    hold = Link(
        SlotHold, required=False, write_only=True, help_text=gettext_lazy("Your hold of the time, which is used up.")
    )

    class Meta(AppointmentSerializer.Meta):
        fields = (
            *AppointmentSerializer.Meta.fields,
            "occurrences",
            "hold",
            "creator",
            "rule",
            "recurrence",
            "end_recurring_period",
            "on_closure",
            "reminder",
        )

    def get_fields(self) -> dict[str, Any]:
        """Take a contact as contacts are made."""
        words = gettext_lazy("A contact to be made; one that has this `external_id` already is taken as it is.")
        made = expansion.serializer_of(Contact).serializer
        return {**super().get_fields(), "new_contact": made(required=False, write_only=True, help_text=words)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Know who comes."""
        if ("contact" in attrs) == ("new_contact" in attrs):
            raise serializers.ValidationError({"contact": _("Name a contact, or send a new one: one of the two.")})
        return super().validate(attrs)


class RestoreVisitSerializer(KnownFieldsMixin, serializers.Serializer):
    """Why a visit that is restored may take a time that is taken meanwhile."""

    overlap_reason = serializers.CharField(max_length=40, required=False)


class HistoryEntrySerializer(serializers.ModelSerializer):
    """What became of a visit, when, by whom, and through which channel; `from` is null of a visit that was booked."""

    from_status = serializers.ChoiceField(choices=STATUS, allow_null=True, read_only=True)
    identity = serializers.CharField(read_only=True, help_text=gettext_lazy("Such as user:3, key:7 or contact:5."))
    from_start = WallClock("appointment.event.time_zone", allow_null=True)
    to_start = WallClock("appointment.event.time_zone")
    from_end = WallClock("appointment.event.time_zone", allow_null=True)
    to_end = WallClock("appointment.event.time_zone")

    class Meta:
        model = HistoryEntry
        fields = (
            "id",
            "at",
            "kind",
            "from_status",
            "to_status",
            "from_start",
            "to_start",
            "from_end",
            "to_end",
            "from_title",
            "to_title",
            "identity",
            "name",
            "channel",
        )
        read_only_fields = fields

    def to_representation(self, row: HistoryEntry) -> dict[str, Any]:
        """Tell what was not as null."""
        return {**super().to_representation(row), "from_status": row.from_status or None}


class VisitReasonSerializer(KnownFieldsMixin, serializers.Serializer):
    """Why a visit is cancelled."""

    reason = serializers.CharField(max_length=40, required=False, default="cancelled")
