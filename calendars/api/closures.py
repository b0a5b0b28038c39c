"""Opening hours, closures and public holidays under /rest-api/."""

from abc import abstractmethod
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts import tenancy
from accounts.api.base import RuledSerializer, WriteViews
from accounts.api.filters import TenantFilterSet, YesNoFilter
from accounts.engine import holidays
from accounts.engine.roles import Area
from accounts.models import Clinic, Organization
from calendars.errors import NoHolidays
from calendars.models import Closure, ClosureRun, OpeningHours
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


class ClosureRunSerializer(serializers.ModelSerializer):
    """How far a worker is with applying closures, public holidays and opening hours to the events to come."""

    total = serializers.IntegerField(
        read_only=True, allow_null=True, help_text=_("Events to come; null until a worker has counted them.")
    )
    done = serializers.IntegerField(read_only=True, help_text=_("Events that are done."))
    changed = serializers.IntegerField(read_only=True, help_text=_("Events that changed."))
    error = serializers.CharField(source="told_error", read_only=True, help_text=_("Why it was given up."))
    requested_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text=_("When it was last asked for; null for never.")
    )

    class Meta:
        model = ClosureRun
        fields = ("state", "total", "done", "changed", "error", "requested_at", "finished_at")


class AppliedViews(WriteViews):
    """Rows that the events to come follow, whenever one of them is written; many of them a while later, by a worker."""

    area = Area.SETTINGS
    is_waiting = False

    @abstractmethod
    def follow(self, row: Any) -> int | None:
        """Let the events to come follow a row that was just written or removed; None where a worker does it."""

    def perform_create(self, serializer: Any) -> None:
        """Write it, and let the events follow."""
        self.is_waiting = self.follow(serializer.save()) is None

    perform_update = perform_create

    def perform_destroy(self, instance: Closure | OpeningHours) -> None:
        """Remove it, and let the events follow."""
        instance.delete()
        self.is_waiting = self.follow(instance) is None

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer 202 with a status address where a worker applies it."""
        return self._told(super().create(request, *args, **kwargs))

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer 202 with a status address where a worker applies it."""
        return self._told(super().update(request, *args, **kwargs))

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer 202 with a status address where a worker applies it."""
        return self._told(super().destroy(request, *args, **kwargs))

    def _told(self, response: Response) -> Response:
        if self.is_waiting:
            response.status_code = 202
            response["Location"] = reverse("closure-run", request=self.request)
            response["Retry-After"] = "1"
        return response


def applied(serializer: type[RuledSerializer]) -> Any:
    """Declare the answers of views whose rows the events follow."""
    answers: dict[str, Any] = {
        "create": {201: serializer, 202: serializer},
        "update": {200: serializer, 202: serializer},
        "partial_update": {200: serializer, 202: serializer},
        "destroy": {204: None, 202: None},
    }
    return extend_schema_view(**{name: extend_schema(responses=told) for name, told in answers.items()})


@applied(OpeningHoursSerializer)
class OpeningHoursViews(AppliedViews):
    """When clinics are open; what lies outside is booked with a warning."""

    model = OpeningHours
    serializer_class = OpeningHoursSerializer
    filterset_class = OpeningHoursFilter
    search_fields = ("clinic__name",)
    ordering_fields = ("id", "weekday", "opens")

    def follow(self, row: OpeningHours) -> int | None:
        """Mark what lies outside the hours."""
        return closure_updates.evaluate_opening_hours(now=clock.now())


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


@applied(ClosureSerializer)
class ClosureViews(AppliedViews):
    """When clinics are closed; series that meet a closure keep, skip or move what falls on it."""

    model = Closure
    parameters: ClassVar = {"holidays": ("year", "region")}
    serializer_class = ClosureSerializer
    filterset_class = ClosureFilter
    search_fields = ("name",)
    ordering_fields = ("id", "first_day", "last_day", "name")

    def follow(self, row: Closure) -> int | None:
        """Mark, skip and move what falls on it, and undo what it did before."""
        return closure_updates.evaluate_closure(row, now=clock.now())

    @extend_schema(responses=ClosureRunSerializer, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def run(self, request: Request) -> Response:
        """Tell how far a worker is with applying closures, public holidays and opening hours to the events to come."""
        row = ClosureRun.objects.first() or ClosureRun(error="", requested_at=None)
        return Response(ClosureRunSerializer(row).data)

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
