"""Who has a time that is wanted, as JSON: in refusals, and in previews."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts import principal
from accounts.engine.roles import READ, Area
from appointments.errors import SlotTaken, TakenTime
from appointments.services.series_occurrences import PlannedOccurrence


class FreeSerializer(serializers.Serializer):
    """A free time."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class PlannedSerializer(serializers.Serializer):
    """An occurrence as it would be booked; times have the offset of the clinic."""

    original_start = serializers.DateTimeField(help_text=_("When the rule says; it names the occurrence."))
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    is_cancelled = serializers.BooleanField(help_text=_("Skipped, by a closed day or because you said so."))
    closure = serializers.CharField(help_text=_("The closed day that it meets."))
    is_taken = serializers.BooleanField()
    overlap_reason = serializers.CharField(help_text=_("Why it may overlap, if that was said."))
    detail = serializers.CharField(required=False, help_text=_("Who has the time."))
    taken_by = serializers.URLField(required=False, help_text=_("The visit, for those who may read visits."))
    free = FreeSerializer(many=True, required=False, help_text=_("The three nearest free times of the provider."))


class PreviewSerializer(serializers.Serializer):
    """What booking would book: all occurrences within a year, at most 500."""

    occurrences = PlannedSerializer(many=True)


class TakenTimesMixin:
    """Tells of a time that is taken by which visit, to those who may read visits, and which are free nearby."""

    request: Any

    def handle_exception(self, exc: Exception) -> Response:
        """Add it to the refusal."""
        answer: Response = super().handle_exception(exc)
        if isinstance(exc, SlotTaken):
            answer.data |= of_error(exc, self.request)
        return answer


def of_error(taken: SlotTaken, request: Request) -> dict[str, Any]:
    """Return what a refusal tells besides: of the first time that is taken, and of each occurrence of a series."""
    told = [
        {"original_start": each.original_start.isoformat(), "detail": each.words, **_taken(each, request)}
        for each in taken.taken
    ]
    return {**_taken(taken.taken[0], request), "occurrences": told} if told else {}


def planned(found: PlannedOccurrence, request: Request) -> dict[str, Any]:
    """Return an occurrence as it would be booked."""
    told: dict[str, Any] = {
        "original_start": found.original_start.isoformat(),
        "starts_at": found.starts_at.isoformat(),
        "ends_at": found.ends_at.isoformat(),
        "is_cancelled": found.is_cancelled,
        "closure": found.closure,
        "is_taken": found.taken is not None,
        "overlap_reason": found.overlap_reason,
    }
    return {**told, "detail": found.taken.words, **_taken(found.taken, request)} if found.taken else told


def _taken(each: TakenTime, request: Request) -> dict[str, Any]:
    free = [{"starts_at": begin.isoformat(), "ends_at": end.isoformat()} for begin, end in each.free]
    if not each.visit or not principal.require(request).may(Area.DESK, READ):
        return {"free": free}
    return {"free": free, "taken_by": reverse("appointment-detail", [each.visit], request=request)}
