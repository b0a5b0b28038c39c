"""Opening hours, closures and public holidays under /rest-api/."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import tenancy
from accounts.api.base import RuledSerializer, WriteViews
from accounts.api.filters import TenantFilterSet, YesNoFilter
from accounts.engine import holidays
from accounts.engine.roles import Area
from accounts.models import Clinic, Organization
from calendars.errors import NoHolidays
from calendars.models import Closure, OpeningHours
from calendars.services.closures import closure_updates
from config.kernel import clock, text
from config.kernel.api.fields import Link


class OfClinicsSerializer(RuledSerializer):
    """Rows that are about one clinic, or about all of them."""

    clinic = Link(Clinic, required=False, allow_null=True, help_text=_("Left out: all clinics."))


class OpeningHoursSerializer(OfClinicsSerializer):
    """One span of a weekday; several make a day with a pause."""

    weekday = serializers.ChoiceField(choices=OpeningHours.Weekday.choices, help_text=_("0 is Monday, 6 is Sunday."))

    class Meta:
        model = OpeningHours
        fields = ("url", "id", "clinic", "weekday", "opens", "closes")


class ClosureSerializer(OfClinicsSerializer):
    """Days on which it is closed."""

    class Meta:
        model = Closure
        fields = ("url", "id", "clinic", "name", "first_day", "last_day", "begins", "ends")


class OpeningHoursFilter(TenantFilterSet):
    """Filters of opening hours."""

    is_of_clinic = YesNoFilter("clinic")

    class Meta:
        model = OpeningHours
        fields = ("clinic", "weekday")


class ClosureFilter(TenantFilterSet):
    """Filters of closures."""

    is_of_clinic = YesNoFilter("clinic")

    class Meta:
        model = Closure
        fields = {"clinic": ["exact"], "name": ["exact"], "first_day": ["lte", "gte"], "last_day": ["lte", "gte"]}


class OpeningHoursViews(WriteViews):
    """When clinics are open; what lies outside is booked with a warning."""

    model = OpeningHours
    area = Area.SETTINGS
    serializer_class = OpeningHoursSerializer
    filterset_class = OpeningHoursFilter
    search_fields = ("clinic__name",)
    ordering_fields = ("id", "weekday", "opens")

    def perform_create(self, serializer: Any) -> None:
        """Make it, and mark the events of the next two months that it concerns."""
        serializer.save()
        closure_updates.evaluate_opening_hours(now=clock.now())

    perform_update = perform_create

    def perform_destroy(self, instance: OpeningHours) -> None:
        """Remove it, and mark the events of the next two months anew."""
        instance.delete()
        closure_updates.evaluate_opening_hours(now=clock.now())


class HolidaysAskedSerializer(serializers.Serializer):
    """What the preview of public holidays takes."""

    year = serializers.IntegerField(required=False, min_value=1900, max_value=2100, help_text=_("Left out: this year."))
    region = serializers.CharField(required=False, max_length=10, help_text=_("Left out: the organization's."))


class HolidaySerializer(serializers.Serializer):
    """A public holiday."""

    day = serializers.DateField()
    name = serializers.CharField()


class HolidaysSerializer(serializers.Serializer):
    """The public holidays of a year."""

    region = serializers.CharField()
    year = serializers.IntegerField()
    results = HolidaySerializer(many=True)


class ClosureViews(WriteViews):
    """When clinics are closed; series that meet a closure keep, skip or move what falls on it."""

    model = Closure
    parameters: ClassVar = {"holidays": ("year", "region")}
    area = Area.SETTINGS
    serializer_class = ClosureSerializer
    filterset_class = ClosureFilter
    search_fields = ("name",)
    ordering_fields = ("id", "first_day", "last_day", "name")

    def perform_create(self, serializer: Any) -> None:
        """Make it, and let the events that are made already follow."""
        closure_updates.evaluate_closure(serializer.save(), now=clock.now())

    perform_update = perform_create

    def perform_destroy(self, instance: Closure) -> None:
        """Remove it, and undo what it did."""
        instance.delete()
        closure_updates.evaluate_closure(instance, now=clock.now())

    @extend_schema(
        parameters=[
            OpenApiParameter("year", int, description="Left out: this year."),
            OpenApiParameter("region", str, description="Such as US or DE-BY. Left out: the organization's."),
        ],
        responses=HolidaysSerializer,
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def holidays(self, request: Request) -> Response:
        """List the public holidays of a year, of the organization or of a region that one thinks of choosing."""
        given = HolidaysAskedSerializer(data=request.query_params)
        given.is_valid(raise_exception=True)
        year = given.validated_data.get("year") or clock.now().year
        region = given.validated_data.get("region") or Organization.objects.get(pk=tenancy.current()).public_holidays
        if not region:
            raise NoHolidays(field="region")
        try:
            found = holidays.of_year(region, year)
        except ValueError as error:
            raise NoHolidays(text.of(error), field="region") from error
        days = [{"day": day, "name": name} for day, name in found.items()]
        return Response(HolidaysSerializer({"region": region, "year": year, "results": days}).data)
