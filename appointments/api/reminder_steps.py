"""Steps of the reminder plans of appointment types under /rest-api/."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.api.base import RuledSerializer, WriteViews
from accounts.engine.roles import Area
from appointments.models import AppointmentType, ReminderStep
from appointments.services import reminder_plans
from config.kernel import clock
from config.kernel.api.fields import Link
from notifications import channels
from notifications.models import MailTemplate, SMSTemplate
from surveys.models import Survey


class ReminderStepSerializer(RuledSerializer):
    """A reminder that each visit of a type gets."""

    appointment_type = Link(AppointmentType)
    method = serializers.ChoiceField(choices=channels.method_choices(), help_text=_("The channel."))
    sms_template = Link(SMSTemplate, required=False, allow_null=True)
    mail_template = Link(MailTemplate, required=False, allow_null=True)
    survey = Link(Survey, required=False, allow_null=True)

    class Meta:
        model = ReminderStep
        fields = (
            "url",
            "id",
            "appointment_type",
            "before",
            "unit",
            "business_days",
            "method",
            "sms_template",
            "mail_template",
            "survey",
            "only_unconfirmed",
        )


class ReminderStepViews(WriteViews):
    """The reminder plans of types of visits; what is written here reaches the visits to come whose reminders wait."""

    model = ReminderStep
    area = Area.SETTINGS
    serializer_class = ReminderStepSerializer
    filterset_fields = ("appointment_type", "method")
    search_fields = ("appointment_type__name",)
    ordering_fields = ("id", "before")

    def perform_create(self, serializer: Any) -> None:
        """Add the step to its plan."""
        serializer.instance = reminder_plans.add_step(now=clock.now(), **serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        """Change the step."""
        row = reminder_plans.change_step(serializer.instance, now=clock.now(), **serializer.validated_data)
        serializer.instance = row

    def perform_destroy(self, instance: ReminderStep) -> None:
        """Take the step out of its plan."""
        reminder_plans.remove_step(instance, now=clock.now())
