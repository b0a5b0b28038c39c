"""Free times under /rest-api/slots/."""

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import OrganizationMoment, TenantViews
from accounts.models import Clinic
from appointments.engine import availability
from appointments.models import AppointmentType, Operatory, Provider, TypeProvider
from appointments.services import free_times
from appointments.services.free_times import MINUTE, STEP, FreeTime, WantedVisit
from calendars.engine.wall_clock import resolve, wall
from calendars.models import Calendar
from config.kernel import clock
from config.kernel.api.fields import Link, PlainId, is_date

WEEK = timedelta(days=7)
# How far `to` may lie behind `from`.
FARTHEST = timedelta(days=62)
MINUTES = 30


class DayOrMoment(OrganizationMoment):
    """A moment, or a date alone: then a day of the clinic's zone."""

    def to_internal_value(self, value: Any) -> Any:
        """Return the date as it is, for the zone is known later."""
        moment = super().to_internal_value(value)
        return date.fromisoformat(value.strip()) if isinstance(value, str) and is_date(value) else moment

    def takes_dates(self) -> bool:
        """Return that a date alone is taken."""
        return True


class SlotsAskedSerializer(serializers.Serializer):
    """What a look for free times takes; `from` and `to` are added by name, for one is a word of Python."""

    type = PlainId(AppointmentType, required=False)
    minutes = serializers.IntegerField(min_value=1, max_value=24 * 60, required=False)
    provider = PlainId(Provider, required=False)
    clinic = PlainId(Clinic, required=False)

    def get_fields(self) -> dict[str, Any]:
        """Add the range."""
        return {
            **super().get_fields(),
            "from": DayOrMoment(required=False),
            "to": DayOrMoment(required=False),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill the range in, and keep it short."""
        zone = _zone(attrs.get("clinic"))
        begin = _instant(attrs.get("from"), zone) or clock.now()
        end = _instant(attrs.get("to"), zone, days=1) or begin + WEEK
        # On the clock, so that days of 23 and 25 hours count as days.
        if not begin < end or wall(end, zone) - wall(begin, zone) > FARTHEST:
            words = _("Choose a moment after the first, at most %(days)s days later.") % {"days": FARTHEST.days}
            raise serializers.ValidationError({"to": words})
        if "type" in attrs and "minutes" in attrs:
            raise serializers.ValidationError({"minutes": _("The type says how long it takes; send one of the two.")})
        return {**attrs, "from": begin, "to": end}


def _zone(clinic: Clinic | None) -> ZoneInfo:
    """Return the zone of a clinic, else of the default one."""
    found = clinic or Clinic.objects.filter(is_default=True).first()
    return ZoneInfo(found.time_zone if found else "UTC")


def _instant(value: date | datetime | None, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    """Return a moment as it is, of a day its first instant, or that of a day so many days later."""
    if value is None or isinstance(value, datetime):
        return value
    return resolve(datetime.combine(value + timedelta(days=days), time()), zone)


class FewLink(Link):
    """A link to one of few rows, written once for all that name it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.written: dict[Any, Any] = {}
        super().__init__(*args, **kwargs)

    def to_representation(self, value: Any) -> Any:
        """Return the address of the row."""
        if value.pk not in self.written:
            self.written[value.pk] = super().to_representation(value)
        return self.written[value.pk]


class SlotSerializer(serializers.Serializer):
    """A free time; times have the offset of the clinic."""

    starts_at = serializers.SerializerMethodField()
    ends_at = serializers.SerializerMethodField()
    provider = FewLink(Provider, read_only=True)
    clinic = FewLink(Clinic, read_only=True)
    operatory = FewLink(Operatory, read_only=True, allow_null=True)
    calendar = FewLink(
        Calendar,
        source="provider.calendar",
        read_only=True,
        allow_null=True,
        help_text=gettext_lazy("In which the provider's visits are booked."),
    )

    def get_starts_at(self, row: FreeTime) -> str:
        """Return the start."""
        return _local(row.begin, row.clinic)

    def get_ends_at(self, row: FreeTime) -> str:
        """Return the end."""
        return _local(row.end, row.clinic)


class SlotViews(TenantViews):
    """Times at which a visit can be booked."""

    model = TypeProvider
    serializer_class = SlotSerializer
    filter_backends: ClassVar = ()
    parameters: ClassVar = {"list": ("type", "minutes", "provider", "clinic", "from", "to")}

    def get_view_name(self) -> str:
        """Return the heading of the browsable page."""
        return _("Free times")

    @extend_schema(
        parameters=[
            OpenApiParameter("type", int, description="The id of an appointment type."),
            OpenApiParameter("minutes", int, description="How long it takes, without a type; left out: 30."),
            OpenApiParameter("provider", int, description="The id of a provider; left out: all."),
            OpenApiParameter("clinic", int, description="The id of a clinic; left out: all."),
            OpenApiParameter(
                "from", str, description="From when on it may begin, or from which day of the clinic; left out: now."
            ),
            OpenApiParameter(
                "to",
                str,
                description="Before when it begins, or its last day; left out: a week later, at most 62 days.",
            ),
        ],
    )
    def list(self, request: Request) -> Response:
        """List free times in order, every quarter of an hour."""
        asked = SlotsAskedSerializer(data=request.query_params, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        found = free_times.find(_wanted(asked.validated_data), now=clock.now())
        page: Any = self.paginate_queryset(found)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


def _wanted(asked: dict[str, Any]) -> WantedVisit:
    which: dict[str, Any] = {"provider": asked.get("provider"), "clinic": asked.get("clinic")}
    span: dict[str, Any] = {"begin": asked["from"], "end": asked["to"]}
    if asked.get("type"):
        return WantedVisit.of_type(asked["type"], **span, **which)
    length = availability.VisitLength(MINUTE * asked.get("minutes", MINUTES), step=STEP)
    return WantedVisit(**span, length=length, **which)


def _local(at: int, clinic: Clinic) -> str:
    return availability.moment(at).astimezone(ZoneInfo(clinic.time_zone)).isoformat()
