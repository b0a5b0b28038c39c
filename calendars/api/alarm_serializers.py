"""Alarms and their attempts as JSON."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from accounts.api import expansion
from accounts.api.base import TenantSerializer
from accounts.api.expansion import Expanded, Relation
from calendars.engine.states import AlarmStatus
from calendars.models import Alarm, AlarmRequest, Event
from config.kernel.api.fields import Link, WallClock, instant
from config.kernel.choices import choices
from contacts.models import Contact
from notifications.models import MailTemplate, SMSTemplate
from surveys.models import CallRequest, Survey

ALARM_STATUS = choices(AlarmStatus)


class OlderStatus(serializers.ChoiceField):
    """The status of an alarm in the older interface."""

    def get_attribute(self, instance: Alarm) -> Any:
        """Return what the older interface tells."""
        return instance.older_status


class AlarmSerializer(TenantSerializer):
    """A message that tells of an event, ahead of it."""

    event = Link(Event)
    survey = Link(Survey, required=False, allow_null=True)
    mail_template = Link(MailTemplate, required=False, allow_null=True)
    sms_template = Link(SMSTemplate, required=False, allow_null=True)
    date_start_notice = WallClock(
        "event.time_zone", required=False, help_text=gettext_lazy("Left out: the start of the event.")
    )
    due_at = WallClock("event.time_zone", read_only=True)
    status = OlderStatus(
        choices=ALARM_STATUS,
        required=False,
        help_text=gettext_lazy("Of what was called off: 1; `state` says that it is cancelled."),
    )

    expanded = Expanded(event=Relation(Event, "event"), contact=Relation(Contact, "event.contact"))

    class Meta:
        model = Alarm
        fields: tuple[str, ...] = (
            "url",
            "event",
            "alarm_phonenumber",
            "alarm_email",
            "daily_start",
            "daily_stop",
            "advance_notice",
            "maxretry",
            "retry_delay",
            "num_attempt",
            "method",
            "survey",
            "mail_template",
            "sms_template",
            "date_start_notice",
            "status",
            "result",
            "url_cancel",
            "url_confirm",
            "phonenumber_transfer",
            "phonenumber_sms_failure",
            "created_date",
            "due_at",
            "state",
            "reason",
            "expanded",
        )
        read_only_fields = ("num_attempt",)

    def validate_event(self, value: Event) -> Event:
        """An alarm stays with its event."""
        if self.instance and self.instance.event_id != value.pk:
            raise serializers.ValidationError(_("An alarm cannot move to another event."), code="fixed")
        return value

    def validate_status(self, value: int) -> int:
        """Nobody but the machine says what became of an alarm; back to pending sends it once more."""
        if value not in (AlarmStatus.PENDING, self.instance and self.instance.older_status):
            raise serializers.ValidationError(_("Only 1 (pending) can be set: once more."), code="fixed")
        return value


# The zone of its times is its event's.
expansion.register(Alarm, AlarmSerializer, needs=("event",))


@extend_schema_serializer(component_name="AlarmAttempt")
class AlarmRequestSerializer(TenantSerializer):
    """One attempt of an alarm; one that is posted is kept as made elsewhere, and nothing is sent by it."""

    alarm = Link(Alarm)
    callrequest = Link(CallRequest, required=False, allow_null=True)
    status = serializers.ChoiceField(choices=ALARM_STATUS, required=False, allow_null=True)
    date = WallClock("time_zone", help_text=gettext_lazy("Without offset: in the zone of the alarm's event."))

    class Meta:
        model = AlarmRequest
        fields = (
            "url",
            "alarm",
            "date",
            "status",
            "callstatus",
            "duration",
            "callrequest",
            "created_date",
            "state",
            "reason",
        )
        read_only_fields = ("state", "reason")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Read a time without offset on the wall clock of the alarm's event."""
        alarm = attrs.get("alarm") or (self.instance and self.instance.alarm)
        if "date" in attrs and alarm:
            attrs["date"] = instant(attrs["date"], alarm.event.time_zone)
        return attrs


class ListedAlarmSerializer(serializers.Serializer):
    """An alarm in the list of its event: numbers as strings, as the older interface has them."""

    url = serializers.CharField()
    title = serializers.CharField()
    phonenumber = serializers.CharField()
    daily_start = serializers.CharField()
    daily_stop = serializers.CharField()
    advance_notice = serializers.CharField()
    maxretry = serializers.CharField()
    retry_delay = serializers.CharField()
    num_attempt = serializers.CharField()
    method = serializers.CharField()
    status = serializers.CharField()
    result = serializers.CharField()
    created_date = serializers.CharField()


def listed(alarm: Alarm, *, url: str, title: str) -> dict[str, str]:
    """Return an alarm as `get_list_alarm` tells it."""
    names = ("daily_start", "daily_stop", "advance_notice", "maxretry", "retry_delay", "num_attempt", "method")
    told = {name: str(getattr(alarm, name)) for name in (*names, "result", "created_date")}
    told["status"] = str(alarm.older_status)
    return {"url": url, "title": title, "phonenumber": alarm.alarm_phonenumber or "", **told}


def attempt(request: AlarmRequest, *, url: str, call_url: str) -> dict[str, str]:
    """Return an attempt as `get_nested_alarm_request` tells it: all strings."""
    told: dict[str, Any] = {name: str(getattr(request, name)) for name in ("date", "status", "callstatus", "duration")}
    return {"url": url, "alarm-callrequest": call_url, **told}
