"""Voice applications as JSON."""

from accounts.api.base import TenantSerializer
from surveys.models import AudioFile, CallRequest, Survey


class SurveySerializer(TenantSerializer):
    """A sealed voice application."""

    class Meta:
        model = Survey
        fields = ("url", "name", "description", "tts_language", "created_date")


class AudioFileSerializer(TenantSerializer):
    """A recording."""

    class Meta:
        model = AudioFile
        fields = ("url", "name", "created_date")


class CallRequestSerializer(TenantSerializer):
    """A call that was asked for."""

    class Meta:
        model = CallRequest
        fields = ("url", "request_uuid", "phone_number", "created_date")
