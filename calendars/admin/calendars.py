"""Calendar users, their settings and calendars, and the rules, in the admin."""

from datetime import timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts.admin.access import copy_state, tenant_of
from accounts.admin.site import TenantForm, TenantInline, TenantModelAdmin
from accounts.engine.roles import Area
from accounts.request_facts import is_platform, now_of, person
from calendars.admin.calendar_actions import CalendarActions
from calendars.engine.recurrence.description import describe_named
from calendars.engine.recurrence.recurrence_set import parse
from calendars.engine.states import EventStatus
from calendars.errors import BadRule
from calendars.models import (
    Calendar,
    CalendarSetting,
    CalendarUser,
    CalendarUserProfile,
    Rule,
)
from calendars.services import calendar_users, calendars
from config.kernel import clock, language
from notifications import channels

# How far the next dates of a rule are looked for, and how many are shown.
FAR, NEXT = timedelta(days=3660), 5
USER_FIELDS = ("username", "email", "first_name", "last_name")


@admin.register(CalendarSetting)
class CalendarSettingAdmin(TenantModelAdmin):
    """Caller id, time-outs and gateways."""

    area = Area.SETTINGS
    list_display = (
        "label",
        "callerid",
        "caller_name",
        "call_timeout",
        "user",
        "survey",
        *channels.gateway_fields(),
        "voicemail",
        "amd_behavior",
        "updated_date",
    )
    list_filter = (*channels.gateway_fields(is_sent=True), "voicemail")
    list_select_related = ("user", "survey", *channels.gateway_fields())
    search_fields = ("label", "callerid", "caller_name")
    readonly_fields = ("created_date", "updated_date")
    fieldsets = (
        (None, {"fields": (("label", "user"), tuple(channels.gateway_fields(is_sent=True)))}),
        (
            _("Calls"),
            {
                "fields": (
                    ("callerid", "caller_name", "call_timeout"),
                    ("survey", *channels.gateway_fields(is_sent=False)),
                    ("voicemail", "voicemail_audiofile", "amd_behavior"),
                )
            },
        ),
        (_("Record"), {"fields": (("created_date", "updated_date"),)}),
    )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer each channel's gateways for it, and no others."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if serving := channels.served_by(db_field.name):
            field.queryset = field.queryset.filter(channel__in=serving)
        return field

    def save_model(self, request: HttpRequest, obj: CalendarSetting, form: Any, change: bool) -> None:
        """Note when it was changed."""
        obj.updated_date = now_of(request)
        super().save_model(request, obj, form, change)


class ProfileInline(TenantInline):
    """A calendar user's manager, setting and address."""

    area = Area.SETTINGS
    model = CalendarUserProfile
    fields = ("manager", "calendar_setting", "phone_no", "city", "country")
    can_add = can_delete = False


class CalendarUserForm(TenantForm):
    """A calendar user; the password is written here and never shown."""

    new_password = forms.CharField(
        label=_("Password"),
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Calendar users sign in nowhere by default. Empty: as it is."),
    )


@admin.register(CalendarUser)
class CalendarUserAdmin(TenantModelAdmin):
    """Doctors and secretaries for whom reminders are made."""

    area = Area.SETTINGS
    form = CalendarUserForm
    list_display = ("username", "email", "first_name", "last_name", "manager", "setting", "created_date")
    list_filter = (("profile__manager", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("profile__manager", "profile__calendar_setting")
    search_fields = ("username", "email", "first_name", "last_name")
    readonly_fields = ("created_date",)
    inlines = (ProfileInline,)
    fieldsets = (
        (None, {"fields": (("username", "email"), ("first_name", "last_name"), ("new_password", "created_date"))}),
    )

    @display(description=_("manager"), ordering="profile__manager__username")
    def manager(self, row: CalendarUser) -> str:
        """Return who manages them."""
        return str(row.profile.manager) if hasattr(row, "profile") else ""

    @display(description=_("setting"), ordering="profile__calendar_setting__label")
    def setting(self, row: CalendarUser) -> str:
        """Return their calendar setting."""
        return str(row.profile.calendar_setting) if hasattr(row, "profile") else ""

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """The profile is made together with the user."""
        return self.inlines if obj else ()

    def save_model(self, request: HttpRequest, obj: CalendarUser, form: Any, change: bool) -> None:
        """Make the user with a profile, as the interface does."""
        password = form.cleaned_data["new_password"]
        with tenant_of(obj):
            if change:
                stored = CalendarUser.objects.get(pk=obj.pk)
                return copy_state(obj, calendar_users.change_user(stored, password=password, **self._typed(form)))
            return copy_state(
                obj,
                calendar_users.create_user(
                    password=password, manager=person(request), **{**self._typed(form), "username": obj.username}
                ),
            )

    @staticmethod
    def _typed(form: Any) -> dict[str, Any]:
        return {name: form.cleaned_data[name] for name in form.changed_data if name in USER_FIELDS}

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Note when the profile was changed."""
        for each in formset.forms:
            each.instance.updated_date = now_of(request) if each.has_changed() else each.instance.updated_date
        super().save_formset(request, form, formset, change)

    def delete_model(self, request: HttpRequest, obj: CalendarUser) -> None:
        """Delete it with its calendars and events, and take their messages back."""
        with tenant_of(obj):
            calendar_users.delete_user(obj, now=now_of(request))


@admin.register(CalendarUserProfile)
class CalendarUserProfileAdmin(TenantModelAdmin):
    """Profiles of calendar users."""

    area = Area.SETTINGS
    can_add = can_delete = False
    list_display = ("user", "manager", "calendar_setting", "city", "country", "phone_no")
    list_select_related = ("user", "manager", "calendar_setting")
    search_fields = ("user__username", "company_name", "city")
    readonly_fields = ("user", "created_date", "updated_date")
    fieldsets = (
        (None, {"fields": ("user", ("manager", "calendar_setting"))}),
        (_("Address"), {"fields": ("address", ("zip_code", "city"), ("state", "country"), ("phone_no", "fax"))}),
        (_("Company"), {"fields": (("company_name", "company_website"), ("language", "accountcode"), "note")}),
        (_("Record"), {"fields": (("created_date", "updated_date"),)}),
    )

    def save_model(self, request: HttpRequest, obj: CalendarUserProfile, form: Any, change: bool) -> None:
        """Note when it was changed."""
        obj.updated_date = now_of(request)
        super().save_model(request, obj, form, change)


@admin.register(Calendar)
class CalendarAdmin(CalendarActions, TenantModelAdmin):
    """Groups of events."""

    area = Area.DESK
    list_display = ("name", "user", "clinic", "time_zone", "max_concurrent", "coming", "created_date")
    list_filter = ("clinic",)
    list_select_related = ("user", "clinic")
    search_fields = ("name", "user__username")
    readonly_fields = ("created_date",)
    fieldsets = ((None, {"fields": (("name", "user"), ("clinic", "time_zone"), ("max_concurrent", "created_date"))}),)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count the events to come in the same query."""
        waiting = Q(events__status=EventStatus.PENDING, events__cancelled_at=None)
        return super().get_queryset(request).annotate(coming=Count("events", filter=waiting))

    @display(description=_("pending events"), ordering="coming")
    def coming(self, row: Any) -> int:
        """Return how many of its events are pending."""
        return row.coming

    def save_model(self, request: HttpRequest, obj: Calendar, form: Any, change: bool) -> None:
        """Change it, and what follows for its events."""
        for words in obj.warnings:
            messages.warning(request, words)
        if not change:
            return super().save_model(request, obj, form, change)
        with tenant_of(obj):
            given = {name: form.cleaned_data[name] for name in form.changed_data if name != "organization"}
            stored = Calendar.objects.get(pk=obj.pk)
            return copy_state(obj, calendars.change(stored, now=now_of(request), **given))

    def delete_model(self, request: HttpRequest, obj: Calendar) -> None:
        """Delete it with its events, and take their messages back."""
        with tenant_of(obj):
            calendars.delete(obj, now=now_of(request))


@admin.register(Rule)
class RuleAdmin(TenantModelAdmin):
    """Recurrences that all organizations share."""

    platform = True

    area = Area.DESK
    list_display = ("name", "description", "frequency", "params", "reads")
    list_filter = ("frequency",)
    search_fields = ("name", "description")
    readonly_fields = ("reads", "next_dates")

    @display(description=_("in words"))
    def reads(self, row: Rule) -> str:
        """Return how it reads, or what is wrong with it."""
        if not row.frequency:
            return "–"
        try:
            return capfirst(describe_named(row.frequency, row.params, language.current()))
        except BadRule as error:
            return error.message

    @display(description=_("if it started now"))
    def next_dates(self, row: Rule) -> str:
        """Return the next five dates of a series that would start now."""
        if not row.frequency:
            return "–"
        root = clock.now().replace(tzinfo=None, second=0, microsecond=0)
        try:
            trial = parse(root=root, zone=ZoneInfo("UTC"), frequency=row.frequency, params=row.params)
            dates = [root, *islice(trial.between(root, root + FAR), NEXT - 1)]
        except BadRule:
            return "–"
        return ", ".join(language.short_moment(at) for at in dates)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Platform administrators write them."""
        return is_platform(request)

    has_change_permission = has_add_permission
    has_delete_permission = has_add_permission
