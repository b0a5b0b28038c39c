"""Calendars as files: import with a report, what was imported, and export."""

from collections import Counter
from typing import Any, ClassVar

from django.db.models import Prefetch
from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import principal
from accounts.api.base import RetrieveMixin, TenantViews
from accounts.services import audit
from calendars.engine.icalendar.event_writer import ExportStyle, calendar_properties
from calendars.engine.states import ImportOutcome
from calendars.models import Calendar, CalendarImport, ImportedComponent
from calendars.services.exchange import ical_export, import_run, import_undo
from calendars.services.exchange.import_run import MAX_COMPONENTS, CalendarFile, ImportResult
from config.kernel import clock
from config.kernel.api.calendar_renderer import CONTENT_TYPE, CalendarRenderer
from config.kernel.api.unknown_names import KnownFieldsMixin


class FileSerializer(KnownFieldsMixin, serializers.Serializer):
    """What an import takes."""

    file = serializers.FileField(allow_empty_file=True, help_text=_("iCalendar (RFC 5545), at most 2,000 events."))
    dry_run = serializers.BooleanField(default=False, help_text=_("Only look: the same report, and nothing changes."))


class ComponentSerializer(serializers.Serializer):
    """One component of a file and what became of it."""

    line = serializers.IntegerField(help_text=_("Where it begins in the file."))
    uid = serializers.CharField()
    title = serializers.CharField()
    result = serializers.ChoiceField(choices=list(ImportOutcome))
    notes = serializers.ListField(child=serializers.CharField(), help_text=_("Why not, and what had to be guessed."))
    event: Any = serializers.HyperlinkedRelatedField("event-detail", read_only=True, allow_null=True)


class ReportSerializer(serializers.Serializer):
    """What an import did, or would do."""

    dry_run = serializers.BooleanField()
    id = serializers.IntegerField(allow_null=True, help_text=_("The import's, under imports/; none for a dry run."))
    counts = serializers.DictField(child=serializers.IntegerField())
    components = ComponentSerializer(many=True)


class ImportSerializer(serializers.ModelSerializer):
    """A file that was imported."""

    class Meta:
        model = CalendarImport
        fields: tuple[str, ...] = ("id", "file_name", "created_at", "undone_at")


class ImportDetailSerializer(ImportSerializer):
    """The same with what became of each component."""

    components = ComponentSerializer(many=True, source="told")

    class Meta(ImportSerializer.Meta):
        fields = (*ImportSerializer.Meta.fields, "components")


class UndoneSerializer(serializers.Serializer):
    """One component that was taken back, or why it was left as it is."""

    line = serializers.IntegerField()
    uid = serializers.CharField()
    title = serializers.CharField()
    kept = serializers.CharField(help_text=_("Empty: it is as before the import."))


class FileActions(viewsets.GenericViewSet):
    """Import and export of a calendar, beside its other addresses."""

    @extend_schema(request={"multipart/form-data": FileSerializer}, responses={200: ReportSerializer})
    @action(detail=True, methods=["post"], url_path="import", url_name="import", parser_classes=[MultiPartParser])
    def take(self, request: Request, pk: str) -> Response:
        """Take the events of an iCalendar file in, known again by their UID; a second time changes nothing."""
        calendar = self.get_object()
        given = FileSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        upload = given.validated_data["file"]
        file = CalendarFile(upload.name or "", upload.file, principal.require(request).user, MAX_COMPONENTS)
        commit = not given.validated_data["dry_run"]
        taken = import_run.import_file(file, calendar=calendar, now=clock.now(), commit=commit)
        return Response(ReportSerializer(report(taken), context=self.get_serializer_context()).data)

    @extend_schema(
        responses={(200, "text/calendar"): OpenApiTypes.BINARY},
        filters=False,
        parameters=[OpenApiParameter("id", int, OpenApiParameter.PATH)],
    )
    @action(
        detail=True, methods=["get"], pagination_class=None, filterset_class=None, renderer_classes=[CalendarRenderer]
    )
    def export(self, request: Request, pk: str) -> StreamingHttpResponse:
        """Give the whole calendar as an iCalendar file: series as their rules, cancelled events as cancelled."""
        calendar = self.get_object()
        style = ExportStyle(str(principal.require(request).organization.uuid), described=True)
        audit.record("export", calendar)
        pieces = ical_export.stream_calendar(calendar, style, head=calendar_properties(calendar.name), cancelled=True)
        headers = {"Content-Disposition": f'attachment; filename="calendar-{calendar.pk}.ics"'}
        return StreamingHttpResponse(pieces, content_type=CONTENT_TYPE, headers=headers)


class OfCalendarViews(TenantViews):
    """Rows of the calendar that the address names."""

    calendar: Calendar

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Find the calendar before anything of the request is looked at; 404 for another organization's."""
        super().initial(request, *args, **kwargs)
        self.calendar = get_object_or_404(Calendar.objects.all(), pk=kwargs["calendar_pk"])

    def rows(self) -> Any:
        """Return the calendar's."""
        return self.model._default_manager.filter(calendar=self.calendar)


class CalendarImportViews(mixins.ListModelMixin, RetrieveMixin, OfCalendarViews):
    """Files that were taken into a calendar; what they did can be taken back for 30 days."""

    model = CalendarImport
    shown = ("components", "components.event.title")
    filterset_fields: ClassVar = {"undone_at": ["isnull"]}
    search_fields = ("file_name",)
    ordering_fields = ("id", "created_at")

    def rows(self) -> Any:
        """Fetch the components of one file with their events, in one query."""
        rows = super().rows()
        components = Prefetch("components", ImportedComponent.objects.select_related("event"))
        return rows.prefetch_related(components) if self.detail else rows

    def get_serializer_class(self) -> Any:
        """Tell the components of one file only."""
        return ImportSerializer if self.action == "list" else ImportDetailSerializer

    def get_object(self) -> Any:
        """Tell its components as the report does."""
        row = super().get_object()
        row.told = [told(each) for each in row.components.all()]
        return row

    @extend_schema(request=None, responses=UndoneSerializer(many=True))
    @action(detail=True, methods=["post"], pagination_class=None, has_body=False)
    def undo(self, request: Request, **kwargs: str) -> Response:
        """Take the import back; what somebody changed since, and cancellations, stay, with the reason."""
        found = import_undo.undo(self.get_object(), now=clock.now())
        return Response(UndoneSerializer(found, many=True).data)


def told(component: ImportedComponent) -> dict[str, Any]:
    """Return a stored component as the report has it."""
    title = component.event.title if component.event else ""
    return {
        "line": component.line,
        "uid": component.uid,
        "title": title,
        "result": component.fate,
        "notes": component.notes,
        "event": component.event,
    }


def report(taken: ImportResult) -> dict[str, Any]:
    """Return what an import did as its answer has it."""
    made = {id(one) for one in taken.outcomes if taken.row or one.fate != ImportOutcome.CREATED}
    components = [
        {
            "line": one.line,
            "uid": one.uid,
            "title": one.title,
            "result": one.fate,
            "notes": one.notes,
            "event": one.event if id(one) in made else None,
        }
        for one in taken.outcomes
    ]
    counts = Counter(one.fate.value for one in taken.outcomes)
    return {
        "dry_run": taken.row is None,
        "id": taken.row and taken.row.pk,
        "components": components,
        "counts": {fate.value: counts[fate.value] for fate in ImportOutcome},
    }
