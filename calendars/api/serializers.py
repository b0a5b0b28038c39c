"""Calendar users, calendars and events as JSON."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from accounts import principal
from accounts.api import expansion
from accounts.api.base import LinkedSerializer, TenantSerializer
from accounts.api.expansion import Expanded, Relation
from accounts.models import Clinic
from calendars.api.recurrence import LinesField, day_of
from calendars.engine.states import EventStatus
from calendars.models import Alarm, Calendar, CalendarSetting, CalendarUser, CalendarUserProfile, Event, Rule
from calendars.services.series import series_description
from config.kernel.api.fields import JsonObject, Link, PlainId, SentBoolean, WallClock
from config.kernel.api.unknown_names import KnownFieldsMixin
from config.kernel.api.validators import UniqueInTenant
from config.kernel.choices import choices
from contacts.models import Contact
from notifications import channels
from notifications.models import Gateway
from surveys.models import AudioFile, Survey

EVENT_STATUS = choices(EventStatus)


class CalendarSettingSerializer(TenantSerializer):
    """Caller id, time-outs and gateways; its user is always the one who made it."""

    user = serializers.CharField(source="user.username", read_only=True)
    survey = Link(Survey, required=False, allow_null=True)
    voicemail_audiofile = Link(AudioFile, required=False, allow_null=True)

    class Meta:
        model = CalendarSetting
        fields = (
            "user",
            "sms_gateway",
            "url",
            "label",
            "callerid",
            "caller_name",
            "call_timeout",
            "survey",
            "aleg_gateway",
            "mail_gateway",
            "voicemail",
            "amd_behavior",
            "voicemail_audiofile",
            "created_date",
            "updated_date",
        )

    def get_fields(self) -> dict[str, Any]:
        """Link each gateway to those of its channel."""
        links = {name: _gateway_link(name) for name in channels.gateway_fields()}
        return {name: links.get(name, field) for name, field in super().get_fields().items()}


def _gateway_link(name: str) -> Link:
    serving = [entry for entry in channels.entries() if entry.gateway_field == name]
    can_be_empty = CalendarSetting._meta.get_field(name).null
    options: dict[str, Any] = {"required": False, "allow_null": True} if can_be_empty else {}
    only = {"channel__in": [entry.channel for entry in serving]}
    return Link(Gateway, only, view_name=f"{serving[0].gateway_path}-detail", **options)


class CalendarUserSerializer(TenantSerializer):
    """A doctor or secretary; the password goes in and never comes out."""

    username = serializers.CharField(max_length=150, validators=[UniqueInTenant(CalendarUser)])
    password = serializers.CharField(max_length=128, write_only=True, trim_whitespace=False)
    groups = serializers.SerializerMethodField(help_text=gettext_lazy("Always empty; kept for the older interface."))

    class Meta:
        model = CalendarUser
        fields = ("url", "username", "password", "last_name", "first_name", "email", "groups")

    def get_groups(self, row: CalendarUser) -> list[str]:
        """Return nothing: calendar users sign in nowhere."""
        return []


class OlderCalendarUserSerializer(serializers.HyperlinkedModelSerializer):
    """A calendar user as the older lists tell it, without the hash: with its calendar, where it has just one."""

    calendar = serializers.SerializerMethodField()

    class Meta:
        model = CalendarUser
        fields = ("url", "id", "username", "last_name", "first_name", "email", "calendar")

    def get_fields(self) -> dict[str, Any]:
        """Leave the address to lists, as the older interface did."""
        fields = super().get_fields()
        if self.context["view"].detail:
            del fields["url"]
        return fields

    def get_calendar(self, row: CalendarUser) -> dict[str, Any]:
        """Return the name and limit of its only calendar; nothing when it has none or several."""
        own = list(row.calendars.all())
        return {"name": own[0].name, "max_concurrent": own[0].max_concurrent} if len(own) == 1 else {}


class ProfileSerializer(TenantSerializer):
    """A calendar user's profile; its address is the number of its user."""

    manager = serializers.CharField(source="manager.username", read_only=True)
    user = PlainId(CalendarUser)
    calendar_setting = PlainId(CalendarSetting)

    class Meta:
        model = CalendarUserProfile
        fields = (
            "manager",
            "id",
            "user",
            "address",
            "city",
            "state",
            "country",
            "zip_code",
            "phone_no",
            "fax",
            "company_name",
            "company_website",
            "language",
            "note",
            "accountcode",
            "created_date",
            "updated_date",
            "calendar_setting",
        )

    def validate_user(self, value: CalendarUser) -> CalendarUser:
        """A calendar user has one profile, which stays theirs."""
        if self.instance and self.instance.user_id != value.pk:
            raise serializers.ValidationError(_("A profile cannot move to another calendar user."), code="fixed")
        if self.instance is None and hasattr(value, "profile"):
            raise serializers.ValidationError(_("This calendar user has a profile already."), code="unique")
        return value


class OlderProfileSerializer(TenantSerializer):
    """A profile as the older lists tell it: in part, with the address of its calendar setting."""

    url = serializers.HyperlinkedIdentityField(
        view_name="calendaruserprofile-detail", lookup_field="user_id", lookup_url_kwarg="user_id"
    )
    manager = serializers.CharField(source="manager.username", read_only=True)
    calendar_setting = Link(CalendarSetting, read_only=True)

    class Meta:
        model = CalendarUserProfile
        fields = (
            "url",
            "id",
            "accountcode",
            "calendar_setting",
            "manager",
            "address",
            "city",
            "state",
            "zip_code",
            "phone_no",
            "fax",
            "company_name",
            "company_website",
        )


class CalendarSerializer(TenantSerializer):
    """A group of events."""

    user = Link(CalendarUser, required=False, allow_null=True)
    clinic = Link(Clinic, required=False, allow_null=True)
    warnings = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text=gettext_lazy("Such as that it has no calendar user.")
    )

    class Meta:
        model = Calendar
        fields = ("url", "name", "user", "max_concurrent", "created_date", "clinic", "time_zone", "warnings")


expansion.register(Calendar, CalendarSerializer)


class RuleSerializer(LinkedSerializer):
    """A named recurrence."""

    class Meta:
        model = Rule
        fields = ("url", "name", "description", "frequency", "params")


class EventMoment(WallClock):
    """When an event begins or ends: a date of one that is of whole days, else with a time."""

    def takes_dates(self) -> bool:
        """Return whether the event is of whole days, by what is sent or as it stands."""
        serializer: Any = self.parent
        try:
            return bool(serializer.fields["all_day"].run_validation(serializer.initial_data["all_day"]))
        except (KeyError, serializers.ValidationError):
            return bool(serializer.instance and serializer.instance.all_day)


class EventSerializer(TenantSerializer):
    """An event; with a rule or a recurrence it is the root of a series.

    Times without offset are wall-clock times of its zone; without a zone it takes its calendar's. All-day and floating
    events always have their calendar's.
    """

    start = EventMoment(
        "time_zone", required=False, help_text=gettext_lazy("Left out: now. All-day: a date; left out: today.")
    )
    end = EventMoment(
        "time_zone",
        required=False,
        help_text=gettext_lazy(
            "Left out: an hour after the start. All-day: the date after the last day; left out: one day."
        ),
    )
    all_day = SentBoolean(
        required=False,
        help_text=gettext_lazy("Whole days of its calendar's zone: `start` and `end` are dates, the end not included."),
    )
    floating = SentBoolean(
        required=False, help_text=gettext_lazy("The same time on the clock in whatever zone its calendar is.")
    )
    private = serializers.BooleanField(
        required=False, help_text=gettext_lazy("Feeds and files show it as “Busy”, without its texts.")
    )
    start_date = serializers.SerializerMethodField(
        help_text=gettext_lazy("The first day of an all-day event; null otherwise.")
    )
    end_date = serializers.SerializerMethodField(
        help_text=gettext_lazy("The day after the last one of an all-day event; null otherwise.")
    )
    end_recurring_period = EventMoment(
        "time_zone", required=False, allow_null=True, help_text=gettext_lazy("Left out: a month after the start.")
    )
    time_zone = serializers.CharField(max_length=64, required=False)
    creator = Link(CalendarUser)
    calendar = Link(Calendar)
    contact = Link(Contact, required=False, allow_null=True)
    parent_event = Link(Event, read_only=True, allow_null=True)
    rule = Link(Rule, required=False, allow_null=True)
    status = serializers.ChoiceField(choices=EVENT_STATUS, required=False)
    recurrence = LinesField(
        required=False, help_text=gettext_lazy("RRULE, RDATE and EXDATE lines of RFC 5545; before the rule.")
    )
    recurrence_text = serializers.SerializerMethodField(
        help_text=gettext_lazy("The series in plain words; empty for a single event.")
    )
    warnings = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text=gettext_lazy("Such as that it falls on a public holiday."),
    )
    expanded = Expanded(
        contact=Relation(Contact, "contact"),
        calendar=Relation(Calendar, "calendar"),
        alarms=Relation(Alarm, "alarms", many=True),
    )
    data = JsonObject(  # type: ignore[assignment]
        required=False, allow_null=True, help_text=gettext_lazy("Further placeholders of the texts.")
    )

    class Meta:
        model = Event
        fields: tuple[str, ...] = (
            "url",
            "title",
            "description",
            "start",
            "end",
            "creator",
            "created_on",
            "end_recurring_period",
            "rule",
            "calendar",
            "notify_count",
            "status",
            "data",
            "parent_event",
            "occ_count",
            "time_zone",
            "all_day",
            "floating",
            "private",
            "start_date",
            "end_date",
            "recurrence",
            "recurrence_text",
            "contact",
            "on_closure",
            "warnings",
            "cancelled_at",
            "series_error",
            "external_id",
            "expanded",
        )
        read_only_fields = ("created_on", "notify_count", "occ_count")

    def get_recurrence_text(self, row: Event) -> str:
        """Return how the series reads."""
        return series_description.describe_series(row)

    def get_start_date(self, row: Event) -> date | None:
        """Return the first day."""
        return day_of(row.start, row.time_zone, row.kind)

    def get_end_date(self, row: Event) -> date | None:
        """Return the day after the last one."""
        return day_of(row.end, row.time_zone, row.kind)


expansion.register(Event, EventSerializer, needs=("rule",))


class StatusSerializer(KnownFieldsMixin, serializers.Serializer):
    """What `update_last_child_status` takes."""

    status = serializers.ChoiceField(choices=EVENT_STATUS)


class EventReasonSerializer(KnownFieldsMixin, serializers.Serializer):
    """Why something is cancelled."""

    reason = serializers.CharField(max_length=40, required=False, default="cancelled", allow_blank=False)


class ToldSerializer(serializers.Serializer):
    """The sentence that the older interface answers."""

    status = serializers.CharField()


class ChildSerializer(serializers.Serializer):
    """An occurrence in the list of a series."""

    url = serializers.CharField()
    start = serializers.CharField()
    end = serializers.CharField()
    start_date = serializers.DateField(required=False, help_text=gettext_lazy("Of an all-day event only."))
    end_date = serializers.DateField(
        required=False, help_text=gettext_lazy("Of an all-day event only: the day after the last one.")
    )
    description = serializers.CharField()
    title = serializers.CharField()


def manager_of(request: Any) -> Any:
    """Return the person for whom rows of the older interface are made."""
    return principal.require(request).person()
