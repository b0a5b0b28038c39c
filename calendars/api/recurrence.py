"""Recurrence as JSON: its lines, its reading, and its occurrences."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from calendars.engine import time_kinds
from calendars.engine.states import TimeKind
from calendars.models import Event
from calendars.services.series.occurrences import LONGEST, MOST, Occurrence, OccurrencePage, Period
from config.kernel.api.fields import WallClock, instant

USUAL = timedelta(days=31)
PARAMETERS = [
    OpenApiParameter("from", OpenApiTypes.DATETIME, description="Left out: now. Without offset: in the event's zone."),
    OpenApiParameter(
        "to",
        OpenApiTypes.DATETIME,
        description=f"Not included; left out: {USUAL.days} days later; at most {LONGEST.days} days later.",
    ),
    OpenApiParameter("cancelled", bool, description="Whether cancelled occurrences are listed too; usually not."),
]


@extend_schema_field({"type": "array", "items": {"type": "string", "maxLength": 20_000}})
class LinesField(serializers.Field):
    """RRULE, RDATE and EXDATE lines as an array; what comes in may be one text with line breaks, too."""

    default_error_messages = {
        "shape": _("Write an array of lines, such as [“RRULE:FREQ=DAILY;COUNT=5”, “EXDATE:20261224T090000”].")
    }

    def to_internal_value(self, data: Any) -> str:
        """Return the lines as one text."""
        lines = [data] if isinstance(data, str) else data
        if not isinstance(lines, list) or not all(isinstance(line, str) and "\x00" not in line for line in lines):
            self.fail("shape")
        return "\n".join(line.strip() for line in lines if line.strip())

    def to_representation(self, value: str) -> list[str]:
        """Return each line."""
        return value.splitlines()


class QueryMoment(WallClock):
    """A moment in an address, where a plus sign that was not escaped arrives as a blank."""

    def to_internal_value(self, value: Any) -> datetime:
        """Read ISO 8601."""
        return super().to_internal_value(value.replace(" ", "+") if "T" in value else value)

    def takes_dates(self) -> bool:
        """Take a day as where it begins."""
        return True


class WindowSerializer(serializers.Serializer):
    """What `occurrences` takes: `from`, `to` and `cancelled`."""

    to = QueryMoment("time_zone", required=False)
    cancelled = serializers.BooleanField(default=False)

    def get_fields(self) -> dict[str, Any]:
        """Add the field whose name Python keeps for itself."""
        return {"from": QueryMoment("time_zone", required=False), **super().get_fields()}

    def window(self, event: Event, now: datetime) -> Period:
        """Return the span that was asked for, of an event."""
        given = self.validated_data
        begin = instant(given.get("from"), event.time_zone) or now
        end = instant(given.get("to"), event.time_zone) or begin + USUAL
        return Period(begin, end, given["cancelled"])


class OccurrenceSerializer(serializers.Serializer):
    """One occurrence; `event` leads to its row, where there is one."""

    event = serializers.SerializerMethodField()
    recurrence_id = serializers.CharField(help_text=_("Its original local start, as RECURRENCE-ID has it."))
    start = serializers.SerializerMethodField()
    end = serializers.SerializerMethodField()
    start_date = serializers.SerializerMethodField(help_text=_("The first day of an all-day one; null otherwise."))
    end_date = serializers.SerializerMethodField(help_text=_("The day after the last one of an all-day one; or null."))
    is_moved = serializers.BooleanField()
    is_cancelled = serializers.BooleanField()
    closure = serializers.CharField(
        help_text=_("The closure or public holiday that it meets, or because of which it is moved or cancelled.")
    )

    def get_event(self, row: Occurrence) -> str | None:
        """Return the address of the event, None where the occurrence is only computed."""
        if not row.event_id:
            return None
        return reverse("event-detail", [row.event_id], request=self.context.get("request"))

    def get_start(self, row: Occurrence) -> datetime:
        """Return the start with the offset of the event's zone."""
        return row.start.astimezone(self.context["zone"])

    def get_end(self, row: Occurrence) -> datetime:
        """Return the end with the offset of the event's zone."""
        return row.end.astimezone(self.context["zone"])

    def get_start_date(self, row: Occurrence) -> date | None:
        """Return the first day."""
        return day_of(row.start, self.context["zone"].key, row.kind)

    def get_end_date(self, row: Occurrence) -> date | None:
        """Return the day after the last one."""
        return day_of(row.end, self.context["zone"].key, row.kind)


def day_of(at: datetime, zone: str, kind: TimeKind) -> date | None:
    """Return the day that begins at an instant where the event is of whole days; None otherwise."""
    return time_kinds.day_of(at, ZoneInfo(zone)) if kind == TimeKind.DAYS else None


class OccurrencesSerializer(serializers.Serializer):
    """The occurrences of a span of time."""

    is_complete = serializers.SerializerMethodField(
        help_text=format_lazy(_("False: only the first {most} are listed."), most=MOST)
    )
    next_from = serializers.SerializerMethodField(help_text=_("Ask for the rest from here on; null when complete."))
    results = OccurrenceSerializer(source="occurrences", many=True)

    def get_is_complete(self, row: OccurrencePage) -> bool:
        """Return whether nothing was cut off."""
        return row.next_from is None

    def get_next_from(self, row: OccurrencePage) -> datetime | None:
        """Return the start of the first that was cut off."""
        return row.next_from and row.next_from.astimezone(self.context["zone"])
