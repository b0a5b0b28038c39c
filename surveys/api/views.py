"""Viewsets of voice applications and calls."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import BinaryField, Count, Func, QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import principal
from accounts.api.base import ReadViews, TenantViews, WriteViews
from accounts.api.parameters import KnownParametersMixin
from accounts.engine.roles import Area
from config.kernel import clock
from config.kernel.api.parsers import StrictMultiPartParser, TooLarge
from surveys.api import filters, serializers
from surveys.models import AudioFile, BranchingTemplate, CallRequest, Result, SectionTemplate, Survey, SurveyTemplate
from surveys.services import audio, sealed_surveys, sections

LONGEST_AUDIO = 10 * 2**20
DIGEST = Func("content", function="sha256", output_field=BinaryField())
SOUNDS = ("audio/wav", "audio/mpeg", "audio/ogg")


class SurveyTemplateViews(WriteViews):
    """Voice applications that are still edited."""

    model = SurveyTemplate
    area = Area.SETTINGS
    related = ("user",)
    shown = ("user.username",)
    serializer_class = serializers.SurveyTemplateSerializer
    filterset_fields = ("name", "tts_language")
    search_fields = ("name", "description")
    ordering_fields = ("id", "name", "created_date", "updated_date")

    def perform_create(self, serializer: Any) -> None:
        """It belongs to the caller."""
        serializer.save(user=principal.require(self.request).person())

    def perform_update(self, serializer: Any) -> None:
        """Note when."""
        serializer.save(updated_date=clock.now())

    @extend_schema(request=serializers.SealSerializer, responses={201: serializers.SurveySerializer})
    @action(detail=True, methods=["post"])
    def seal(self, request: Request, pk: str) -> Response:
        """Copy it into a sealed survey, which nothing changes any more; each sealing makes a new one."""
        given = serializers.SealSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        sealed = sealed_surveys.seal(self.get_object(), **given.validated_data)
        told = serializers.SurveySerializer(sealed, context=self.get_serializer_context()).data
        return Response(told, status=201, headers={"Location": str(told["url"])})


class SectionTemplateViews(WriteViews):
    """Nodes of voice applications."""

    model = SectionTemplate
    area = Area.SETTINGS
    serializer_class = serializers.SectionTemplateSerializer
    filterset_fields = ("survey", "type")
    search_fields = ("question", "script")
    ordering_fields = ("id", "survey", "order", "type")

    def perform_create(self, serializer: Any) -> None:
        """Add it with the branching of its type."""
        fields = dict(serializer.validated_data)
        serializer.instance = sections.create(fields.pop("survey"), **fields)

    def perform_update(self, serializer: Any) -> None:
        """Change it."""
        sections.change(serializer.instance, **serializer.validated_data)


class BranchingTemplateViews(WriteViews):
    """Where calls go on after a node."""

    model = BranchingTemplate
    area = Area.SETTINGS
    serializer_class = serializers.BranchingTemplateSerializer
    filterset_class = filters.BranchingTemplateFilter
    search_fields = ("keys", "section__question")
    ordering_fields = ("id", "section", "keys")

    def perform_create(self, serializer: Any) -> None:
        """Add it, inside its survey."""
        serializer.instance = sections.create_branching(BranchingTemplate(), **serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        """Change it, inside its survey."""
        sections.create_branching(serializer.instance, **serializer.validated_data)


class SurveyViews(ReadViews):
    """Sealed voice applications; they are made by sealing one that is edited."""

    model = Survey
    area = Area.SETTINGS
    prefetched = ("sections__branchings",)
    shown = ("sections", "sections.branchings")
    serializer_class = serializers.SurveySerializer
    filterset_fields = ("template", "name", "tts_language")
    search_fields = ("name", "description")
    ordering_fields = ("id", "name", "created_date")


class AggregateViews(TenantViews):
    """What was answered in calls of a sealed survey, counted."""

    model = Survey
    serializer_class = serializers.AggregateSerializer
    pagination_class = None
    filter_backends = ()

    @extend_schema(responses=serializers.AggregateSerializer(many=True))
    def retrieve(self, request: Request, pk: str) -> Response:
        """Count the answers to each question; the id is the sealed survey's."""
        rows = Result.objects.filter(section__survey=self.get_object()).order_by()
        counted = rows.values("section__question", "response").annotate(count=Count("pk"))
        return Response(list(counted.order_by("section__question", "response")))


class AudioFileViews(WriteViews):
    """Recordings that calls can play."""

    model = AudioFile
    area = Area.SETTINGS
    shown = ("digest",)
    parser_classes = (StrictMultiPartParser,)
    serializer_class = serializers.AudioFileSerializer
    filterset_fields = ("name", "media_type")
    search_fields = ("name",)
    ordering_fields = ("id", "name", "size", "created_date")

    def rows(self) -> QuerySet[AudioFile]:
        """Leave the contents in the database, which tells other bytes by their digest."""
        rows = AudioFile.objects.defer("content")
        return rows if self.action == "list" else rows.annotate(digest=DIGEST)

    def perform_create(self, serializer: Any) -> None:
        """Keep the bytes."""
        fields = dict(serializer.validated_data)
        content = _read(fields.pop("audio_file"))
        serializer.instance = AudioFile(**fields)
        audio.store(serializer.instance, content)

    def perform_update(self, serializer: Any) -> None:
        """Change the name; bytes that are sent replace the old ones."""
        upload = serializer.validated_data.pop("audio_file", None)
        serializer.save()
        if upload is not None:
            audio.store(serializer.instance, _read(upload))

    @extend_schema(responses=dict.fromkeys(((200, kind) for kind in SOUNDS), OpenApiTypes.BINARY), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=())
    def content(self, request: Request, pk: str) -> HttpResponse:
        """Return the recording itself."""
        row = self.get_object()
        if row.content is None:
            raise NotFound(_("The recording has no content yet."))
        return HttpResponse(
            bytes(row.content), content_type=row.media_type, headers={"Content-Disposition": "attachment"}
        )


class CallRequestViews(WriteViews):
    """Calls that were asked for."""

    model = CallRequest
    related = ("user",)
    shown = ("user.username",)
    serializer_class = serializers.CallRequestSerializer
    filterset_class = filters.CallRequestFilter
    search_fields = ("phone_number", "callerid", "request_uuid", "hangup_cause")
    ordering_fields = ("id", "call_time", "status", "created_date")

    def perform_create(self, serializer: Any) -> None:
        """It belongs to the caller."""
        serializer.save(user=principal.require(self.request).person())


class ContentTypeViews(KnownParametersMixin, viewsets.ReadOnlyModelViewSet):
    """Kinds of rows, shared by all; a call request names that of sealed surveys."""

    model = ContentType
    area = Area.SETTINGS
    lookup_value_regex = "[0-9]+"
    queryset = ContentType.objects.order_by("app_label", "model")
    serializer_class = serializers.ContentTypeSerializer
    filterset_fields = ("app_label", "model")
    search_fields = ("app_label", "model")
    ordering_fields = ("id", "app_label", "model")


def _read(upload: Any) -> bytes:
    if upload.size > LONGEST_AUDIO:
        raise TooLarge(_("A recording may have %(longest_audio)s MiB.") % {"longest_audio": LONGEST_AUDIO // 2**20})
    return upload.read()
