"""Filters of calendars, events and alarms."""

from django_filters import rest_framework as filters

from accounts.api.filters import IdFilter, MomentFilter, TenantFilterSet, YesNoFilter
from calendars.engine.states import AlarmStatus
from calendars.models import Alarm, AlarmRequest, Calendar, CalendarUser, Event
from calendars.querysets import AlarmQuerySet
from config.kernel.choices import choices


class CalendarUserFilter(TenantFilterSet):
    """Filters of calendar users."""

    calendar_setting = IdFilter("profile__calendar_setting_id")

    class Meta:
        model = CalendarUser
        fields = ("username", "email")


class CalendarFilter(TenantFilterSet):
    """Filters of calendars."""

    class Meta:
        model = Calendar
        fields = ("user", "clinic", "name")


class EventFilter(TenantFilterSet):
    """Filters of events; another organization's ids find nothing."""

    is_child = YesNoFilter("parent_event")
    is_cancelled = YesNoFilter("cancelled_at")
    start_from = MomentFilter("start", "gte")
    start_before = MomentFilter("start", "lt")
    end_from = MomentFilter("end", "gte")
    end_before = MomentFilter("end", "lt")

    class Meta:
        model = Event
        fields = (
            "calendar",
            "creator",
            "contact",
            "rule",
            "parent_event",
            "status",
            "title",
            "all_day",
            "floating",
            "external_id",
        )


class AlarmFilter(TenantFilterSet):
    """Filters of alarms."""

    calendar = IdFilter("event__calendar_id")
    due_from = MomentFilter("due_at", "gte")
    due_before = MomentFilter("due_at", "lt")
    status = filters.TypedChoiceFilter(choices=choices(AlarmStatus), coerce=int, method="by_status")

    def by_status(self, rows: AlarmQuerySet, name: str, value: int) -> AlarmQuerySet:
        """Compare with the status as it is told."""
        return rows.in_older_status(value)

    class Meta:
        model = Alarm
        fields = ("event", "state", "method", "result", "alarm_phonenumber", "alarm_email")


class AlarmRequestFilter(TenantFilterSet):
    """Filters of attempts."""

    event = IdFilter("alarm__event_id")
    calendar = IdFilter("alarm__event__calendar_id")
    date_from = MomentFilter("date", "gte")
    date_before = MomentFilter("date", "lt")

    class Meta:
        model = AlarmRequest
        fields = ("alarm", "status", "state")
