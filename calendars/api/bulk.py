"""New events with their alarms, and many events in one request."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.bulk import BulkAnswerSerializer, BulkChange, BulkRun
from accounts.services import audit
from calendars.api.alarm_serializers import AlarmSerializer
from calendars.api.serializers import EventSerializer
from calendars.models import Event
from calendars.services import event_changes, new_events
from config.kernel.errors import PunctualError

MOST_ALARMS = 20


class InlineAlarmSerializer(AlarmSerializer):
    """An alarm that is made with its event; without a notice it tells of the event's start."""

    class Meta(AlarmSerializer.Meta):
        fields = (
            "method",
            "advance_notice",
            "sms_template",
            "mail_template",
            "survey",
            "alarm_phonenumber",
            "alarm_email",
            "daily_start",
            "daily_stop",
            "maxretry",
            "retry_delay",
            "date_start_notice",
            "url_cancel",
            "url_confirm",
            "phonenumber_transfer",
            "phonenumber_sms_failure",
        )

    def get_field_names(self, declared_fields: Any, info: Any) -> list[str]:
        """Take no more than what is named: nothing of it is answered."""
        return list(self.Meta.fields)


class NewEventSerializer(EventSerializer):
    """An event with its alarms."""

    alarms: serializers.ListSerializer = serializers.ListSerializer(
        child=InlineAlarmSerializer(),
        required=False,
        write_only=True,
        max_length=MOST_ALARMS,
        help_text=gettext_lazy("Made with the event; the occurrences of a series get theirs."),
    )

    class Meta(EventSerializer.Meta):
        fields = (*EventSerializer.Meta.fields, "alarms")


class EventItemSerializer(NewEventSerializer):
    """An event to be made; or, with the `id` or the `external_id` of one that is known, to be changed."""

    id = serializers.IntegerField(
        required=False, write_only=True, help_text=gettext_lazy("Of the event that is to be changed.")
    )

    class Meta(NewEventSerializer.Meta):
        fields = (*NewEventSerializer.Meta.fields, "id")


class EventItemsSerializer(serializers.Serializer):
    """Events to be made and changed."""

    items = EventItemSerializer(many=True, help_text=gettext_lazy("At most 1,000."))


class EventBulkRun(BulkRun[Event]):
    """Makes and changes events."""

    new_serializer = NewEventSerializer
    change_serializer = EventSerializer
    of_new = ("alarms",)

    def known(self) -> QuerySet[Any]:
        """Return the events."""
        return Event.objects.select_related("calendar", "creator", "contact", "rule")

    def make(self, wanted: Sequence[dict[str, Any]]) -> Sequence[Event | PunctualError]:
        """Make events and their alarms, a few statements for all."""
        made = new_events.create_many(wanted, now=self.now)
        audit.record_many("create", [row for row in made if isinstance(row, Event)])
        return made

    def change(self, wanted: Sequence[BulkChange[Event]]) -> Sequence[Event | PunctualError]:
        """Change events: those that get other texts only together, others each by itself."""
        before = {each.row.pk: audit.RowSnapshot(each.row) for each in wanted}
        done = event_changes.change_many([(each.row, each.fields) for each in wanted], now=self.now)
        stands = Event.objects.in_bulk([row.pk for row in done if isinstance(row, Event)])
        audit.record_changes(
            "update", {row: before[pk].changed_fields(row) for pk, row in stands.items() if pk in before}
        )
        return done


class EventBulkActions:
    """Makes and changes many events."""

    request: Any
    get_serializer_context: Any

    @extend_schema(request=EventItemsSerializer, responses={200: BulkAnswerSerializer}, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def bulk(self, request: Request) -> Response:
        """Make and change up to 1,000 events; what is wrong with one leaves the others alone."""
        return EventBulkRun(request, self.get_serializer_context()).answer()
