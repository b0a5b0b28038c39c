"""Voice applications and calls as JSON."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from accounts.api.base import LinkedSerializer, TenantSerializer
from config.kernel.api.fields import Link, PlainId
from config.kernel.api.unknown_names import KnownFieldsMixin
from config.kernel.choices import choices
from contacts.errors import BadPhone
from contacts.services import contacts
from notifications.engine.states import Channel
from notifications.models import Gateway
from surveys.engine.states import CallStatus, CallType, SectionType
from surveys.models import (
    AudioFile,
    Branching,
    BranchingTemplate,
    CallRequest,
    Section,
    SectionTemplate,
    Survey,
    SurveyTemplate,
)
from surveys.models.sections import SectionFields

SECTION_TYPE = choices(SectionType)
CALL_STATUS = choices(CallStatus)
CALL_TYPE = choices(CallType)
SECTION = tuple(field.name for field in SectionFields._meta.fields)


class SurveyTemplateSerializer(TenantSerializer):
    """A voice application that is still edited; it belongs to the user who made it."""

    user = serializers.CharField(source="user.username", read_only=True)

    class Meta:
        model = SurveyTemplate
        fields = ("url", "name", "tts_language", "description", "user", "created_date", "updated_date")


class SealSerializer(KnownFieldsMixin, serializers.Serializer):
    """Under which name to seal."""

    name = serializers.CharField(
        max_length=90, required=False, default="", help_text=gettext_lazy("Left out: the survey's own.")
    )


class SectionTemplateSerializer(TenantSerializer):
    """A node of a survey."""

    survey = Link(SurveyTemplate)
    audiofile = Link(AudioFile, required=False, allow_null=True)
    invalid_audiofile = Link(AudioFile, required=False, allow_null=True)
    type = serializers.ChoiceField(choices=SECTION_TYPE, required=False)
    order = serializers.IntegerField(
        min_value=0,
        max_value=2**31 - 1,
        required=False,
        help_text=gettext_lazy("Left out: the last. The call begins at the lowest."),
    )
    confirm_key = serializers.RegexField("^[0-9*#]$", max_length=1, required=False, allow_null=True, allow_blank=True)

    class Meta:
        model = SectionTemplate
        fields = ("url", "survey", *SECTION)

    def validate_survey(self, value: SurveyTemplate) -> SurveyTemplate:
        """A node stays in its survey."""
        if self.instance and self.instance.survey_id != value.pk:
            raise serializers.ValidationError(_("A section cannot move to another survey."), code="fixed")
        return value


class BranchingTemplateSerializer(TenantSerializer):
    """Where a call goes on after a node; null: it hangs up."""

    section = Link(SectionTemplate)
    goto = Link(SectionTemplate, required=False, allow_null=True)

    class Meta:
        model = BranchingTemplate
        fields = ("url", "section", "keys", "goto")
        validators = ()

    def validate_section(self, value: SectionTemplate) -> SectionTemplate:
        """A branching stays with its node."""
        if self.instance and self.instance.section_id != value.pk:
            raise serializers.ValidationError(_("A branching cannot move to another section."), code="fixed")
        return value


class SealedBranchingSerializer(serializers.ModelSerializer):
    """Where a call goes on: the number of a section of the same survey, or null to hang up."""

    goto = serializers.IntegerField(source="goto_id", read_only=True, allow_null=True)

    class Meta:
        model = Branching
        fields = ("keys", "goto")


class SealedSectionSerializer(TenantSerializer):
    """A sealed node with its branchings."""

    audiofile = Link(AudioFile, read_only=True, allow_null=True)
    invalid_audiofile = Link(AudioFile, read_only=True, allow_null=True)
    type = serializers.ChoiceField(choices=SECTION_TYPE, read_only=True)
    section_template = serializers.IntegerField(source="section_template_id", read_only=True)
    branchings = SealedBranchingSerializer(many=True, read_only=True)

    class Meta:
        model = Section
        fields = ("id", "section_template", *SECTION, "branchings")


class SurveySerializer(TenantSerializer):
    """A sealed voice application."""

    template = Link(SurveyTemplate, read_only=True, allow_null=True)
    sections = SealedSectionSerializer(many=True, read_only=True)

    class Meta:
        model = Survey
        fields = ("url", "name", "description", "tts_language", "template", "created_date", "sections")


class AggregateSerializer(serializers.Serializer):
    """How often something was answered to a question."""

    section__question = serializers.CharField()
    response = serializers.CharField()
    count = serializers.IntegerField()


class AudioFileSerializer(TenantSerializer):
    """A recording; its content is fetched from its address with `content/` behind it."""

    audio_file = serializers.FileField(
        write_only=True, help_text=gettext_lazy("WAV, MP3 or Ogg, sent as multipart/form-data.")
    )

    class Meta:
        model = AudioFile
        fields = ("url", "name", "audio_file", "media_type", "size", "created_date")
        read_only_fields = ("media_type", "size")


class ContentTypeSerializer(LinkedSerializer):
    """A kind of rows."""

    url = serializers.HyperlinkedIdentityField(view_name="contenttype-detail")
    name = serializers.CharField(read_only=True)

    class Meta:
        model = ContentType
        fields = ("url", "name", "app_label", "model")


class SurveyTypeField(serializers.HyperlinkedRelatedField):
    """What `object_id` is the number of: always a sealed survey."""

    model = ContentType

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(view_name="contenttype-detail", source="*", **kwargs)

    def get_queryset(self) -> Any:
        """Take the kind of sealed surveys only."""
        return ContentType.objects.filter(app_label="surveys", model="survey")

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Check it; there is nothing to keep."""
        super().to_internal_value(data)
        return {}

    def use_pk_only_optimization(self) -> bool:
        """The row itself is what comes in."""
        return False

    def to_representation(self, value: CallRequest | ContentType) -> str | None:  # type: ignore[override]
        """Link to the kind of sealed surveys, where the call has one; the form in a browser asks with the kind."""
        has_one = isinstance(value, ContentType) or value.survey_id
        return super().to_representation(ContentType.objects.get_for_model(Survey)) if has_one else None


class CallRequestSerializer(TenantSerializer):
    """A call that was asked for; making one over REST keeps it and places no call."""

    user = serializers.CharField(source="user.username", default=None, read_only=True)
    content_type = SurveyTypeField()
    object_id = PlainId(
        Survey, source="survey", help_text=gettext_lazy("The number of the sealed survey that is played.")
    )
    aleg_gateway = Link(Gateway, {"channel": Channel.VOICE}, required=False, allow_null=True)
    parent_callrequest = Link(CallRequest, required=False, allow_null=True)
    call_type = serializers.ChoiceField(choices=CALL_TYPE, required=False)
    status = serializers.ChoiceField(choices=CALL_STATUS, required=False)

    class Meta:
        model = CallRequest
        fields = (
            "url",
            "id",
            "user",
            "request_uuid",
            "aleg_uuid",
            "call_time",
            "created_date",
            "call_type",
            "status",
            "callerid",
            "caller_name",
            "phone_number",
            "timeout",
            "timelimit",
            "aleg_gateway",
            "content_type",
            "object_id",
            "completed",
            "extra_data",
            "num_attempt",
            "last_attempt_time",
            "result",
            "hangup_cause",
            "parent_callrequest",
        )
        extra_kwargs = {"call_time": {"required": False, "help_text": gettext_lazy("Left out: now.")}}

    def validate_phone_number(self, value: str) -> str:
        """Keep it as E.164."""
        try:
            return contacts.phone_of_tenant(value)
        except BadPhone as error:
            raise serializers.ValidationError(error.message, code=error.code) from error
