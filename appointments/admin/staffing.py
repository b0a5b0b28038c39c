"""Providers, operatories, their schedules and blockouts, and types of visits in the admin."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.access import tenant_of
from accounts.admin.site import TenantInline, TenantModelAdmin
from accounts.engine.roles import Area
from accounts.request_facts import now_of
from appointments.models import (
    AppointmentType,
    Blockout,
    Operatory,
    Provider,
    ReminderStep,
    ScheduleEntry,
    TypeProvider,
)
from appointments.services import reminder_plans


class ScheduleInline(TenantInline):
    """The schedule of a provider or an operatory."""

    model = ScheduleEntry
    area = Area.SETTINGS
    fields: Any = ("weekday", "day", "begins", "ends", "clinic")
    verbose_name_plural = _("schedule")


class OperatoryScheduleInline(ScheduleInline):
    """The schedule of an operatory, which stays in its clinic."""

    fields = ("weekday", "day", "begins", "ends")


@admin.register(Provider)
class ProviderAdmin(TenantModelAdmin):
    """Who treats patients."""

    area = Area.SETTINGS
    list_display = ("name", "clinic", "calendar", "is_active")
    list_filter = ("clinic", "is_active")
    list_select_related = ("clinic", "calendar")
    search_fields = ("name",)
    fieldsets = ((None, {"fields": (("name", "is_active"), ("clinic", "calendar"))}),)
    inlines = (ScheduleInline,)


@admin.register(Operatory)
class OperatoryAdmin(TenantModelAdmin):
    """Rooms and chairs."""

    area = Area.SETTINGS
    list_display = ("name", "clinic", "is_active")
    list_filter = ("clinic", "is_active")
    list_select_related = ("clinic",)
    search_fields = ("name",)
    fieldsets = ((None, {"fields": (("name", "clinic"), "is_active")}),)
    inlines = (OperatoryScheduleInline,)


@admin.register(ScheduleEntry)
class ScheduleEntryAdmin(TenantModelAdmin):
    """When providers work and operatories can be used."""

    area = Area.SETTINGS
    list_display = ("__str__", "provider", "operatory", "clinic")
    list_filter = ("weekday", "provider", "operatory")
    list_select_related = ("provider", "operatory", "clinic")
    fieldsets = ((None, {"fields": (("provider", "operatory", "clinic"), ("weekday", "day"), ("begins", "ends"))}),)


@admin.register(Blockout)
class BlockoutAdmin(TenantModelAdmin):
    """When providers and operatories cannot be booked."""

    list_display = ("name", "starts_at", "ends_at", "provider", "operatory")
    list_filter = ("provider", "operatory")
    list_select_related = ("provider", "operatory")
    search_fields = ("name",)
    date_hierarchy = "starts_at"
    fieldsets = ((None, {"fields": ("name", ("starts_at", "ends_at"), ("provider", "operatory"))}),)


class TypeProviderInline(TenantInline):
    """Who may do visits of a type."""

    model = TypeProvider
    area = Area.SETTINGS
    fields = ("provider",)
    verbose_name_plural = _("who may do it; none: everybody")


class ReminderStepInline(TenantInline):
    """The reminder plan of a type."""

    model = ReminderStep
    area = Area.SETTINGS
    fields = (
        "before",
        "unit",
        "business_days",
        "method",
        "sms_template",
        "mail_template",
        "survey",
        "only_unconfirmed",
    )
    verbose_name_plural = _("reminder plan")


@admin.register(AppointmentType)
class AppointmentTypeAdmin(TenantModelAdmin):
    """What visits are for."""

    area = Area.SETTINGS
    list_display = ("name", "duration", "buffer_before", "buffer_after", "lead_time", "needs_operatory", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": (("name", "is_active"), ("duration", "colour"))}),
        (_("Booking"), {"fields": (("buffer_before", "buffer_after"), ("lead_time", "needs_operatory"))}),
    )
    inlines = (TypeProviderInline, ReminderStepInline)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the lines, and bring the reminders of visits to come to a plan that changed."""
        super().save_related(request, form, formsets, change)
        if any(formset.model is ReminderStep and formset.has_changed() for formset in formsets):
            with tenant_of(form.instance), transaction.atomic():
                reminder_plans.apply(form.instance, now=now_of(request))
