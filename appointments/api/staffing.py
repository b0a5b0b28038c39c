"""Providers, operatories, their schedules and blockouts, and types of visits under /rest-api/."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.api import expansion
from accounts.api.base import RuledSerializer, TenantSerializer, WriteViews
from accounts.api.filters import MomentFilter, TenantFilterSet, YesNoFilter
from accounts.engine.roles import Area
from accounts.models import Clinic
from appointments.models import AppointmentType, Blockout, Operatory, Provider, ScheduleEntry
from appointments.services import visit_types
from calendars.models import Calendar, OpeningHours
from config.kernel.api.fields import Link
from config.kernel.api.validators import UniqueInTenant


class ProviderSerializer(TenantSerializer):
    """Somebody whose time is booked."""

    clinic = Link(Clinic, required=False, allow_null=True, help_text=_("Left out: the default one."))
    calendar = Link(
        Calendar,
        required=False,
        allow_null=True,
        help_text=_("In which their visits are booked; its limit counts for free times."),
    )

    class Meta:
        model = Provider
        fields = ("url", "id", "name", "clinic", "calendar", "is_active")


class OperatorySerializer(TenantSerializer):
    """A room, or a chair in it."""

    clinic = Link(Clinic)

    class Meta:
        model = Operatory
        fields = ("url", "id", "name", "clinic", "is_active")


class ScheduleEntrySerializer(RuledSerializer):
    """When a provider works or an operatory can be used."""

    provider = Link(Provider, required=False, allow_null=True)
    operatory = Link(Operatory, required=False, allow_null=True)
    clinic = Link(Clinic, required=False, allow_null=True, help_text=_("Left out: the provider's."))
    weekday = serializers.ChoiceField(
        choices=OpeningHours.Weekday.choices,
        required=False,
        allow_null=True,
        help_text=_("0 is Monday, 6 is Sunday."),
    )

    class Meta:
        model = ScheduleEntry
        fields = ("url", "id", "provider", "operatory", "clinic", "weekday", "day", "begins", "ends")


class BlockoutSerializer(RuledSerializer):
    """When a provider or an operatory cannot be booked."""

    provider = Link(Provider, required=False, allow_null=True)
    operatory = Link(Operatory, required=False, allow_null=True)

    class Meta:
        model = Blockout
        fields = ("url", "id", "name", "provider", "operatory", "starts_at", "ends_at")


class AppointmentTypeSerializer(TenantSerializer):
    """What a visit can be for; lengths are minutes."""

    name = serializers.CharField(max_length=100, validators=[UniqueInTenant(AppointmentType)])
    providers = Link(Provider, many=True, required=False, help_text=_("Who may do it; none: everybody."))

    class Meta:
        model = AppointmentType
        fields = (
            "url",
            "id",
            "name",
            "duration",
            "buffer_before",
            "buffer_after",
            "lead_time",
            "needs_operatory",
            "colour",
            "is_active",
            "providers",
        )


expansion.register(Provider, ProviderSerializer, area=Area.SETTINGS)
expansion.register(Operatory, OperatorySerializer, area=Area.SETTINGS)
expansion.register(AppointmentType, AppointmentTypeSerializer, area=Area.SETTINGS, needs=["providers"])


class ScheduleEntryFilter(TenantFilterSet):
    """Filters of schedule entries."""

    is_of_provider = YesNoFilter("provider")

    class Meta:
        model = ScheduleEntry
        fields = {
            "provider": ["exact"],
            "operatory": ["exact"],
            "clinic": ["exact"],
            "weekday": ["exact"],
            "day": ["exact", "lte", "gte"],
        }


class BlockoutFilter(TenantFilterSet):
    """Filters of blockouts."""

    ends_from = MomentFilter("ends_at", "gte")
    starts_before = MomentFilter("starts_at", "lt")

    class Meta:
        model = Blockout
        fields = ("provider", "operatory")


class ProviderViews(WriteViews):
    """Who treats patients; a provider is booked once at a time."""

    model = Provider
    area = Area.SETTINGS
    serializer_class = ProviderSerializer
    filterset_fields = ("clinic", "calendar", "is_active")
    search_fields = ("name",)
    ordering_fields = ("id", "name")


class OperatoryViews(WriteViews):
    """Rooms and chairs; each is booked once at a time."""

    model = Operatory
    area = Area.SETTINGS
    serializer_class = OperatorySerializer
    filterset_fields = ("clinic", "is_active")
    search_fields = ("name",)
    ordering_fields = ("id", "name")


class ScheduleEntryViews(WriteViews):
    """When providers work and operatories can be used; without any, it is whenever their clinic is open."""

    model = ScheduleEntry
    area = Area.SETTINGS
    serializer_class = ScheduleEntrySerializer
    filterset_class = ScheduleEntryFilter
    search_fields = ("provider__name", "operatory__name")
    ordering_fields = ("id", "weekday", "day", "begins")


class BlockoutViews(WriteViews):
    """When providers and operatories cannot be booked, such as lunch."""

    model = Blockout
    serializer_class = BlockoutSerializer
    filterset_class = BlockoutFilter
    search_fields = ("name",)
    ordering_fields = ("id", "starts_at", "ends_at")


class AppointmentTypeViews(WriteViews):
    """What visits are for: how long they take, and who may do them."""

    model = AppointmentType
    area = Area.SETTINGS
    prefetched: ClassVar = ("providers",)
    shown: ClassVar = ("providers",)
    serializer_class = AppointmentTypeSerializer
    filterset_fields = ("is_active",)
    search_fields = ("name",)
    ordering_fields = ("id", "name", "duration")

    def perform_create(self, serializer: Any) -> None:
        """Make the type, and note who may do it."""
        serializer.instance = visit_types.create(**serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        """Change the type; the providers that are sent replace those who might do it before."""
        serializer.instance = visit_types.change(serializer.instance, **serializer.validated_data)
