"""Viewsets of voice applications."""

from accounts.api.base import ReadViews
from accounts.engine.roles import Area
from surveys.api import serializers
from surveys.models import AudioFile, CallRequest, Survey


class SurveyViews(ReadViews):
    """Sealed voice applications."""

    model = Survey
    area = Area.SETTINGS
    serializer_class = serializers.SurveySerializer
    filterset_fields = ("name",)
    search_fields = ("name", "description")
    ordering_fields = ("id", "name", "created_date")


class AudioFileViews(ReadViews):
    """Recordings that calls can play."""

    model = AudioFile
    area = Area.SETTINGS
    serializer_class = serializers.AudioFileSerializer
    filterset_fields = ("name",)
    search_fields = ("name",)
    ordering_fields = ("id", "name", "created_date")


class CallRequestViews(ReadViews):
    """Calls that were asked for."""

    model = CallRequest
    serializer_class = serializers.CallRequestSerializer
    filterset_fields = ("phone_number",)
    search_fields = ("phone_number",)
    ordering_fields = ("id", "created_date")
