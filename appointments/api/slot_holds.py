"""Holds of times under /rest-api/slot-hold/."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import mixins, serializers

from accounts.api.base import ReadViews, TenantSerializer
from appointments.api.taken_times import TakenTimesMixin
from appointments.models import AppointmentType, Operatory, Provider, SlotHold
from appointments.services import slot_holds
from appointments.services.slot_holds import MINUTES, MOST_MINUTES, HeldThings
from calendars.models import Calendar
from config.kernel import clock
from config.kernel.api.fields import Link

THINGS = ("provider", "operatory", "calendar", "appointment_type")


class SlotHoldSerializer(TenantSerializer):
    """A time that somebody keeps while they book."""

    provider = Link(Provider, required=False, allow_null=True)
    operatory = Link(Operatory, required=False, allow_null=True)
    calendar = Link(
        Calendar,
        required=False,
        allow_null=True,
        help_text=_("With a limit, of which a place is held."),
    )
    appointment_type = Link(AppointmentType, required=False, allow_null=True)
    minutes = serializers.IntegerField(
        min_value=1,
        max_value=MOST_MINUTES,
        default=MINUTES,
        write_only=True,
        help_text=_("After which it expires."),
    )

    class Meta:
        model = SlotHold
        fields = ("url", "id", *THINGS, "starts_at", "ends_at", "minutes", "expires_at", "held_by", "created_at")
        extra_kwargs = {
            "ends_at": {"required": False, "help_text": _("Left out: as its type says, else half an hour.")}
        }
        read_only_fields = ("expires_at", "held_by", "created_at")


class SlotHoldViews(TakenTimesMixin, mixins.CreateModelMixin, mixins.DestroyModelMixin, ReadViews):
    """Times that are held for minutes while somebody books: nobody else can book them. They expire by themselves."""

    model = SlotHold
    serializer_class = SlotHoldSerializer
    filterset_fields = ("provider", "operatory")
    ordering_fields = ("id", "starts_at")

    def perform_create(self, serializer: Any) -> None:
        """Hold the time."""
        given = dict(serializer.validated_data)
        things = HeldThings(**{name: given.pop(name) for name in THINGS if name in given})
        serializer.instance = slot_holds.create(things, now=clock.now(), **given)

    def perform_destroy(self, instance: SlotHold) -> None:
        """Give the time back."""
        slot_holds.release(instance)
