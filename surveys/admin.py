"""Voice applications in the admin."""

from django.contrib import admin

from accounts.adminsite import ReadOnly, TenantModelAdmin
from accounts.engine.roles import Area
from surveys.models import AudioFile, CallRequest, Survey


@admin.register(Survey)
class SurveyAdmin(TenantModelAdmin):
    """Sealed voice applications."""

    area = Area.SETTINGS
    list_display = ("name", "tts_language", "description", "created_date")
    list_filter = ("tts_language",)
    search_fields = ("name", "description")
    date_hierarchy = "created_date"
    readonly_fields = ("created_date",)
    fieldsets = ((None, {"fields": (("name", "tts_language"), "description", "created_date")}),)


@admin.register(AudioFile)
class AudioFileAdmin(TenantModelAdmin):
    """Recordings."""

    area = Area.SETTINGS
    list_display = ("name", "created_date")
    search_fields = ("name",)
    readonly_fields = ("created_date",)
    fieldsets = ((None, {"fields": ("name", "created_date")}),)


@admin.register(CallRequest)
class CallRequestAdmin(ReadOnly, TenantModelAdmin):
    """Calls that were asked for."""

    list_display = ("request_uuid", "phone_number", "created_date")
    search_fields = ("phone_number", "request_uuid")
    date_hierarchy = "created_date"
