"""Calendars as files: import with a report, what was imported, and export."""

from collections import Counter
from typing import Any, ClassVar

from django.db.models import Count, Prefetch
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
from rest_framework.reverse import reverse

from accounts import principal
from accounts.api.base import RetrieveMixin, TenantViews
from accounts.services import audit
from calendars.engine.icalendar.event_writer import ExportStyle, calendar_properties
from calendars.engine.states import ImportOutcome, RunState
from calendars.models import Calendar, CalendarImport, ImportedComponent
from calendars.models.background_runs import OPEN
from calendars.services.exchange import ical_export, import_queue, import_run, import_undo
from calendars.services.exchange.component_result import ComponentResult
from calendars.services.exchange.import_run import MAX_COMPONENTS, CalendarFile
from config.kernel import clock
from config.kernel.api.calendar_renderer import CONTENT_TYPE, CalendarRenderer
from config.kernel.api.unknown_names import KnownFieldsMixin
from config.kernel.choices import choices

RUN_STATE = choices(RunState)


class FileSerializer(KnownFieldsMixin, serializers.Serializer):
    """What an import takes."""

    file = serializers.FileField(allow_empty_file=True, help_text=_("iCalendar (RFC 5545), of at most 100 MB."))
    dry_run = serializers.BooleanField(
        default=False, help_text=_("Only look, at up to 2,000 events: the report at once, and nothing changes.")
    )


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
    """A file that is imported, and how far that is."""

    total = serializers.IntegerField(
        read_only=True, allow_null=True, help_text=_("Events of the file; null until a worker has looked it through.")
    )
    done = serializers.IntegerField(read_only=True, help_text=_("Components that are done."))

    class Meta:
        model = CalendarImport
        fields: tuple[str, ...] = (
            "id",
            "file_name",
            "state",
            "total",
            "done",
            "error",
            "created_at",
            "finished_at",
            "undone_at",
        )


class ImportDetailSerializer(ImportSerializer):
    """The same with what became of the components: counts so far, and each of them once it is finished."""

    counts = serializers.DictField(child=serializers.IntegerField())
    components = ComponentSerializer(many=True, source="told")

    class Meta(ImportSerializer.Meta):
        fields = (*ImportSerializer.Meta.fields, "counts", "components")


class UndoneSerializer(serializers.Serializer):
    """One component that was taken back, or why it was left as it is."""

    line = serializers.IntegerField()
    uid = serializers.CharField()
    title = serializers.CharField()
    kept = serializers.CharField(help_text=_("Empty: it is as before the import."))


class FileActions(viewsets.GenericViewSet):
    """Import and export of a calendar, beside its other addresses."""

    @extend_schema(
        request={"multipart/form-data": FileSerializer},
        responses={200: ReportSerializer, 202: ImportDetailSerializer},
    )
    @action(detail=True, methods=["post"], url_path="import", url_name="import", parser_classes=[MultiPartParser])
    def take(self, request: Request, pk: str) -> Response:
        """Let a worker import an iCalendar file; `Location` says how far it is. A second time changes nothing."""
        calendar = self.get_object()
        given = FileSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        upload = given.validated_data["file"]
        if given.validated_data["dry_run"]:
            return self._preview(CalendarFile(upload.name or "", upload.file, MAX_COMPONENTS), calendar)
        person = principal.require(request).user
        parts = upload.chunks(import_queue.PART)
        row = import_queue.store(calendar, name=upload.name or "", content=parts, brought_by=person)
        body = ImportDetailSerializer(described(row), context=self.get_serializer_context()).data
        address = reverse("calendarimport-detail", args=[calendar.pk, row.pk], request=request)
        return Response(body, status=202, headers={"Location": address, "Retry-After": "1"})

    def _preview(self, file: CalendarFile, calendar: Calendar) -> Response:
        found = import_run.preview(file, calendar=calendar, now=clock.now())
        return Response(ReportSerializer(report(found), context=self.get_serializer_context()).data)

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
    unshown = ("fence", "lease_until", "tries", "batches", "language")
    filterset_fields: ClassVar = {"undone_at": ["isnull"], "state": ["exact"]}
    search_fields = ("file_name",)
    ordering_fields = ("id", "created_at")

    def rows(self) -> Any:
        """Fetch the components of one file with their events, in one query; none while more are to come."""
        wanted = ImportedComponent.objects.select_related("event").exclude(source__state__in=OPEN)
        return super().rows().prefetch_related(Prefetch("components", wanted)) if self.detail else super().rows()

    def get_serializer_class(self) -> Any:
        """Tell the components of one file only."""
        return ImportSerializer if self.action == "list" else ImportDetailSerializer

    def get_object(self) -> Any:
        """Tell its components as the report does."""
        return described(super().get_object())

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
        "result": component.result,
        "notes": component.notes,
        "event": component.event,
    }


def described(row: Any) -> Any:
    """Return an import with what became of its components: how many so far, and each once it is finished."""
    found = ImportedComponent.objects.filter(source=row).order_by()
    numbers = dict(found.values_list("result").annotate(Count("pk")))
    row.counts = {result.value: numbers.get(result, 0) for result in ImportOutcome}
    row.told = [] if row.is_open else [told(each) for each in row.components.all()]
    return row


def report(found: list[ComponentResult]) -> dict[str, Any]:
    """Return what an import would do; events that it would make are not there to be linked."""
    components = [
        {
            "line": one.line,
            "uid": one.uid,
            "title": one.title,
            "result": one.result,
            "notes": one.notes,
            "event": None if one.result == ImportOutcome.CREATED else one.event,
        }
        for one in found
    ]
    counts = Counter(one.result.value for one in found)
    return {
        "dry_run": True,
        "id": None,
        "components": components,
        "counts": {result.value: counts[result.value] for result in ImportOutcome},
    }
