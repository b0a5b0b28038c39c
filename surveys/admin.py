"""Voice applications in the admin."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget

from accounts.admin.access import copy_state, link, tenant_of
from accounts.admin.row_actions import RowAction
from accounts.admin.site import ReadOnly, ServedForm, TenantForm, TenantInline, TenantModelAdmin
from accounts.engine.roles import Area
from accounts.request_facts import now_of, person
from surveys.models import (
    AudioFile,
    Branching,
    BranchingTemplate,
    CallRequest,
    Result,
    Section,
    SectionTemplate,
    Survey,
    SurveyTemplate,
)
from surveys.services import audio, sealed_surveys, sections

SPOKEN = (("order", "type"), "question", "script", ("audiofile", "invalid_audiofile"))
KEYS = tuple((f"key_{one}", f"key_{one + 1}", f"key_{one + 2}") for one in (1, 4, 7))
NUMBERS = (("validate_number", "number_digits"), ("min_number", "max_number"))
FURTHER = (("phonenumber", "confirm_script", "confirm_key"), ("conference", "sms_text"), "completed")
SECTION_SETS = (
    (None, {"fields": ("survey", *SPOKEN, ("retries", "timeout"))}),
    ("Choices", {"fields": (*KEYS, ("key_0", "rating_laps"))}),
    ("Digits", {"fields": NUMBERS}),
    ("Transfer, conference, text", {"fields": FURTHER}),
)


class SectionInline(TenantInline):
    """The nodes of a survey, in short."""

    area = Area.SETTINGS
    model = SectionTemplate
    form = ServedForm
    fields = ("order", "type", "question", "further")
    readonly_fields = ("further",)
    verbose_name_plural = _("sections")

    @display(description=_("keys, branchings and all else"))
    def further(self, row: SectionTemplate) -> str:
        """Lead to the page of the section."""
        if not row.pk:
            return gettext("Save first")
        return link(reverse("admin:surveys_sectiontemplate_change", args=[row.pk]), gettext("Open"))


class BranchingInline(TenantInline):
    """The branchings of a section."""

    area = Area.SETTINGS
    model = BranchingTemplate
    form = ServedForm
    fk_name = "section"
    fields = ("keys", "goto")
    verbose_name_plural = _("branchings")


@admin.register(SurveyTemplate)
class SurveyTemplateAdmin(TenantModelAdmin):
    """Voice applications that are still edited."""

    area = Area.SETTINGS
    list_display = ("name", "tts_language", "user", "updated_date")
    list_filter = ("tts_language",)
    list_select_related = ("user",)
    search_fields = ("name", "description")
    readonly_fields = ("user", "created_date", "updated_date")
    inlines = (SectionInline,)
    fieldsets = (
        (None, {"fields": (("name", "tts_language"), "description", ("user", "created_date", "updated_date"))}),
    )
    row_actions = (RowAction("seal", _("Seal"), _("sealed"), "lock", "primary"),)

    def save_model(self, request: HttpRequest, obj: SurveyTemplate, form: Any, change: bool) -> None:
        """Make the signed-in user its owner."""
        if not change:
            obj.user = person(request)
        obj.updated_date = now_of(request)
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Make and change its nodes through the service."""
        formset.save(commit=False)
        with tenant_of(formset.instance):
            for gone in formset.deleted_objects:
                gone.delete()
            for changed, _names in formset.changed_objects:
                sections.change(changed)
            for new in formset.new_objects:
                sections.create(formset.instance, order=new.order, type=new.type, question=new.question)

    def seal(self, request: HttpRequest, row: SurveyTemplate, now: datetime) -> None:
        """Copy it for calls."""
        sealed_surveys.seal(row)


@admin.register(SectionTemplate)
class SectionTemplateAdmin(TenantModelAdmin):
    """The nodes of surveys."""

    area = Area.SETTINGS
    form = ServedForm
    list_display = ("question", "survey", "order", "type")
    list_filter = ("type", "survey")
    list_select_related = ("survey",)
    search_fields = ("question", "survey__name")
    inlines = (BranchingInline,)
    fieldsets = SECTION_SETS

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A node stays in its survey."""
        return [*super().get_readonly_fields(request, obj), *(["survey"] if obj else [])]

    def save_model(self, request: HttpRequest, obj: SectionTemplate, form: Any, change: bool) -> None:
        """Make or change it through the service."""
        with tenant_of(obj):
            if change:
                return copy_state(obj, sections.change(obj))
            fields = {name: form.cleaned_data[name] for name in form.fields if name != "organization"}
            return copy_state(obj, sections.create(fields.pop("survey"), **fields))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Say through the service where calls go on."""
        rows = formset.save(commit=False)
        with tenant_of(formset.instance):
            for gone in formset.deleted_objects:
                gone.delete()
            for row in rows:
                sections.create_branching(row)


@admin.register(BranchingTemplate)
class BranchingTemplateAdmin(TenantModelAdmin):
    """Where calls go on after a node."""

    area = Area.SETTINGS
    form = ServedForm
    list_display = ("section", "keys", "goto")
    list_select_related = ("section", "goto")
    search_fields = ("keys", "section__question")
    fieldsets = ((None, {"fields": ("section", ("keys", "goto"))}),)

    def save_model(self, request: HttpRequest, obj: BranchingTemplate, form: Any, change: bool) -> None:
        """Keep it inside its survey."""
        with tenant_of(obj):
            sections.create_branching(obj)


class SealedSectionInline(ReadOnly, TenantInline):
    """The nodes of a sealed survey."""

    area = Area.SETTINGS
    model = Section
    fields = ("order", "type", "question", "script")
    readonly_fields = fields
    verbose_name_plural = _("sections")


@admin.register(Survey)
class SurveyAdmin(TenantModelAdmin):
    """Sealed voice applications; sealing a survey makes them."""

    area = Area.SETTINGS
    can_add = can_change = False
    list_display = ("name", "tts_language", "template", "description", "created_date")
    list_filter = ("tts_language",)
    list_select_related = ("template",)
    search_fields = ("name", "description")
    date_hierarchy = "created_date"
    readonly_fields = ("template", "created_date")
    inlines = (SealedSectionInline,)
    fieldsets = ((None, {"fields": (("name", "tts_language"), "description", ("template", "created_date"))}),)


@admin.register(Section)
class SectionAdmin(ReadOnly, TenantModelAdmin):
    """The nodes of sealed surveys."""

    area = Area.SETTINGS
    list_display = ("question", "survey", "order", "type")
    list_select_related = ("survey",)
    search_fields = ("question", "survey__name")
    fieldsets = SECTION_SETS


@admin.register(Branching)
class BranchingAdmin(ReadOnly, TenantModelAdmin):
    """Where calls go on after a sealed node."""

    area = Area.SETTINGS
    list_display = ("section", "keys", "goto")
    list_select_related = ("section", "goto")


class AudioFileForm(TenantForm):
    """A recording and its bytes."""

    audio_file = forms.FileField(required=False, widget=UnfoldAdminFileFieldWidget, help_text=_("WAV, MP3 or Ogg."))


@admin.register(AudioFile)
class AudioFileAdmin(TenantModelAdmin):
    """Recordings."""

    area = Area.SETTINGS
    form = AudioFileForm
    list_display = ("name", "media_type", "size", "created_date")
    search_fields = ("name",)
    readonly_fields = ("media_type", "size", "created_date")
    fieldsets = ((None, {"fields": ("name", "audio_file", ("media_type", "size", "created_date"))}),)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave the contents in the database."""
        return super().get_queryset(request).defer("content")

    def save_model(self, request: HttpRequest, obj: AudioFile, form: Any, change: bool) -> None:
        """Keep the bytes that were sent."""
        upload = form.cleaned_data.get("audio_file")
        if upload:
            return audio.store(obj, upload.read())
        return super().save_model(request, obj, form, change)


@admin.register(CallRequest)
class CallRequestAdmin(ReadOnly, TenantModelAdmin):
    """Calls that were asked for."""

    list_display = (
        "request_uuid",
        "phone_number",
        "call_time",
        "status",
        "call_type",
        "callerid",
        "hangup_cause",
        "created_date",
    )
    list_filter = ("status", "call_type")
    search_fields = ("phone_number", "request_uuid")
    date_hierarchy = "created_date"


@admin.register(Result)
class ResultAdmin(ReadOnly, TenantModelAdmin):
    """What was answered in calls."""

    list_display = ("section", "response", "callrequest", "created_date")
    list_select_related = ("section", "callrequest")
    search_fields = ("response", "section__question")
