"""Viewsets of calendar users, calendars and events."""

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.api.base import ReadViews, WriteViews
from accounts.engine.roles import Area
from calendars.api import alarm_serializers, bulk, edit_reach, filters, older_format, recurrence, serializers
from calendars.api.edit_reach import EditedViews
from calendars.api.ical_files import FileActions
from calendars.models import Calendar, CalendarSetting, CalendarUser, CalendarUserProfile, Event, Rule
from calendars.services import calendar_users, calendars, event_edit_routing, event_pause, new_events
from calendars.services.series import occurrences
from config.kernel import clock

# What an occurrence in the list of a series tells.
CHILD = ("title", "description", "start", "end", "time_zone", "all_day", "floating")
DATES = ("start_date", "end_date")


class CalendarSettingViews(WriteViews):
    """Caller id, time-outs and gateways that calendar users share."""

    model = CalendarSetting
    area = Area.SETTINGS
    related = ("user",)
    shown = ("user.username",)
    serializer_class = serializers.CalendarSettingSerializer
    filterset_fields = ("sms_gateway", "label", "voicemail")
    search_fields = ("label", "callerid", "caller_name")
    ordering_fields = ("id", "label", "created_date", "updated_date")

    def perform_create(self, serializer: Any) -> None:
        """It belongs to the caller."""
        serializer.save(user=serializers.manager_of(self.request))

    def perform_update(self, serializer: Any) -> None:
        """Note when."""
        serializer.save(updated_date=clock.now())


class OlderLists(WriteViews):
    """Lists that `?shape=newfies` answers as the older interface did: whole, by id, with a note for none."""

    kind: ClassVar[str]
    older_serializer: ClassVar[Any]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the rows; `?shape=newfies` answers all of them at once, one as a bare object, none as a note."""
        if not older_format.wants_older_format(request):
            return super().list(request, *args, **kwargs)
        rows = self.filter_queryset(self.get_queryset())
        if not request.query_params.get("ordering"):
            rows = rows.order_by("pk")
        return Response(older_format.to_older_format(self.get_serializer(rows, many=True).data, kind=self.kind))

    def get_serializer_class(self) -> Any:
        """Tell the rows with the older interface's keys in the older shape."""
        return self.older_serializer if self.is_older() else super().get_serializer_class()

    def is_older(self) -> bool:
        """Return whether the older shape is asked for, where this view knows it."""
        is_known = self.action in self.parameters and self.request is not None
        return is_known and older_format.wants_older_format(self.request)


class CalendarUserViews(OlderLists):
    """Doctors and secretaries for whom reminders are made."""

    kind = "calendar-user"
    parameters: ClassVar = dict.fromkeys(("list", "retrieve"), older_format.PARAMETERS)
    model = CalendarUser
    area = Area.SETTINGS
    shown = ("calendars",)
    serializer_class = serializers.CalendarUserSerializer
    older_serializer = serializers.OlderCalendarUserSerializer
    filterset_class = filters.CalendarUserFilter
    search_fields = ("username", "first_name", "last_name", "email")
    ordering_fields = ("id", "username", "last_name", "created_date")

    def get_queryset(self) -> QuerySet[CalendarUser]:
        """Fetch the calendars with them where they are told."""
        rows = super().get_queryset()
        return rows.prefetch_related("calendars") if self.is_older() else rows

    def perform_create(self, serializer: Any) -> None:
        """Make the user with a profile under the organization's first calendar setting."""
        manager = serializers.manager_of(self.request)
        serializer.instance = calendar_users.create_user(manager=manager, **serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        """Change it; a new password is kept as its hash."""
        serializer.instance = calendar_users.change_user(serializer.instance, **serializer.validated_data)

    def perform_destroy(self, instance: CalendarUser) -> None:
        """Remove it with its calendars and events, and take their messages back."""
        calendar_users.delete_user(instance, now=clock.now())


class ProfileViews(OlderLists):
    """Profiles, each under the number of its calendar user; it is made with it, and nothing is sent without."""

    kind = "calendar-user-profile"
    parameters: ClassVar = {"list": older_format.PARAMETERS}
    model = CalendarUserProfile
    area = Area.SETTINGS
    related = ("manager",)
    shown = ("manager.username",)
    lookup_field = "user_id"
    serializer_class = serializers.ProfileSerializer
    older_serializer = serializers.OlderProfileSerializer
    filterset_fields = ("calendar_setting", "accountcode", "city")
    search_fields = ("user__username", "city", "company_name")
    ordering_fields = ("id", "user_id", "accountcode", "updated_date")

    def perform_create(self, serializer: Any) -> None:
        """Make one for a calendar user who has none; its manager is the caller."""
        serializer.save(manager=serializers.manager_of(self.request))

    def perform_update(self, serializer: Any) -> None:
        """Note when; the manager stays."""
        serializer.save(updated_date=clock.now())


class CalendarViews(FileActions, WriteViews):
    """Groups of events."""

    model = Calendar
    serializer_class = serializers.CalendarSerializer
    filterset_class = filters.CalendarFilter
    search_fields = ("name",)
    ordering_fields = ("id", "name", "created_date")

    def perform_update(self, serializer: Any) -> None:
        """Change it, and what follows for its events."""
        serializer.instance = calendars.change(serializer.instance, now=clock.now(), **serializer.validated_data)

    def perform_destroy(self, instance: Calendar) -> None:
        """Delete it with its events, and take their messages back."""
        calendars.delete(instance, now=clock.now())


class RuleViews(ReadViews):
    """Named recurrences, shared by all."""

    model = Rule
    serializer_class = serializers.RuleSerializer
    filterset_fields = ("frequency", "name")
    search_fields = ("name", "description")
    ordering_fields = ("id", "name")


class EventViews(bulk.EventBulkActions, EditedViews, WriteViews):
    """Events; on the root of a series, changes are about the series, unless `edit` says how far they reach."""

    model = Event
    parameters: ClassVar = {
        **dict.fromkeys(("update", "partial_update", "destroy", "cancel", "restore"), edit_reach.PARAMETERS),
        **dict.fromkeys(("get_list_child", "get_list_alarm"), older_format.PARAMETERS),
        "occurrences": ("from", "to", "cancelled"),
    }
    related = ("rule",)
    shown = ("rule",)
    # What expansion notes.
    unshown = ("expanded_until", "series_ended", "series_fields", "changed_at")
    serializer_class = serializers.EventSerializer
    filterset_class = filters.EventFilter
    search_fields = ("title", "description", "external_id", "contact__first_name", "contact__last_name")
    ordering_fields = ("id", "start", "end", "title", "status", "created_on")

    def get_serializer_class(self) -> Any:
        """Take alarms when an event is made."""
        return bulk.NewEventSerializer if self.action == "create" else super().get_serializer_class()

    def perform_create(self, serializer: Any) -> None:
        """Make the event with its alarms, and the first occurrences of a series."""
        serializer.instance = new_events.create(serializer.validated_data, now=clock.now())

    def perform_update(self, serializer: Any) -> None:
        """Change it, its alarms and its series."""
        event = serializer.instance
        given = {"reach": edit_reach.reach_of(self.request), **serializer.validated_data}
        serializer.instance = event_edit_routing.change(event, now=clock.now(), **given)

    def perform_destroy(self, instance: Event) -> None:
        """Remove it and take its messages back."""
        event_edit_routing.delete(instance, now=clock.now(), reach=edit_reach.reach_of(self.request))

    @extend_schema(request=serializers.EventReasonSerializer, parameters=[edit_reach.REACH])
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Let it not take place, and stop its alarms."""
        given = serializers.EventReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        event = self.get_object()
        reach = edit_reach.reach_of(request)
        event_edit_routing.cancel(event, now=clock.now(), reach=reach, **given.validated_data)
        return self.answer(event, serializers.EventSerializer)

    @extend_schema(request=None, parameters=[edit_reach.REACH])
    @action(detail=True, methods=["post"], has_body=False)
    def restore(self, request: Request, pk: str) -> Response:
        """Let what was cancelled take place after all, with new reminders; `edit` also what was cancelled with it."""
        event = self.get_object()
        event_edit_routing.restore(event, now=clock.now(), reach=edit_reach.reach_of(request))
        return self.answer(event, serializers.EventSerializer)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], has_body=False)
    def pause(self, request: Request, pk: str) -> Response:
        """Hold its alarms back; of a root the whole series'."""
        event = self.get_object()
        event_pause.pause(event, now=clock.now())
        return self.answer(event, serializers.EventSerializer)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], has_body=False)
    def resume(self, request: Request, pk: str) -> Response:
        """Go on."""
        event = self.get_object()
        event_pause.resume(event, now=clock.now())
        return self.answer(event, serializers.EventSerializer)

    @extend_schema(request=serializers.StatusSerializer, responses=serializers.ToldSerializer)
    @action(detail=True, methods=["patch"], serializer_class=serializers.StatusSerializer)
    def update_last_child_status(self, request: Request, pk: str) -> Response:
        """Set the status of the newest occurrence: 3 pauses the series, 1 resumes it."""
        given = serializers.StatusSerializer(data=request.data)
        event = self.get_object()
        given.is_valid(raise_exception=True)
        event_pause.set_last_child_status(event, status=given.validated_data["status"], now=clock.now())
        return Response({"status": "event status has been updated"})

    @extend_schema(responses=serializers.ChildSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def get_list_child(self, request: Request, pk: str) -> Response:
        """List the occurrences of a series, oldest first; `?shape=newfies` answers one as a bare object."""
        rows = self.get_object().children.order_by("start", "pk").only(*CHILD)
        return self._listed([self._child(row) for row in rows], kind="child event")

    @extend_schema(parameters=recurrence.PARAMETERS, responses=recurrence.OccurrencesSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def occurrences(self, request: Request, pk: str) -> Response:
        """List what a series does in a span of time, also where no rows are made yet; nothing is stored."""
        event = self.get_object()
        given = recurrence.WindowSerializer(data=request.query_params)
        given.is_valid(raise_exception=True)
        found = occurrences.list_occurrences(event, given.window(event, clock.now()))
        context = {**self.get_serializer_context(), "zone": ZoneInfo(event.time_zone)}
        return Response(recurrence.OccurrencesSerializer(found, context=context).data)

    @extend_schema(responses=alarm_serializers.ListedAlarmSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def get_list_alarm(self, request: Request, pk: str) -> Response:
        """List the alarms of an event; numbers are strings; `?shape=newfies` answers one as a bare object."""
        event = self.get_object()
        alarms = [
            alarm_serializers.listed(alarm, url=reverse("alarm-detail", [alarm.pk], request=request), title=event.title)
            for alarm in event.alarms.order_by("pk")
        ]
        return self._listed(alarms, kind="alarm")

    def _listed(self, rows: list[Any], *, kind: str) -> Response:
        return Response(
            older_format.to_older_format(rows, kind=kind) if older_format.wants_older_format(self.request) else rows
        )

    def _child(self, row: Event) -> dict[str, str]:
        told = {
            "url": reverse("event-detail", [row.pk], request=self.request),
            "start": str(row.start),
            "end": str(row.end),
            "description": row.description or "",
            "title": row.title,
        }
        days = {name: recurrence.day_of(getattr(row, name[:-5]), row.time_zone, row.kind) for name in DATES}
        return {**told, **{name: str(day) for name, day in days.items() if day}}
