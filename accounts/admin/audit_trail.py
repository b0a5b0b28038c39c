"""The audit trail and the support accesses, in the admin."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from accounts import principal
from accounts.admin.access import badge, copy_state, is_allowed
from accounts.admin.row_actions import RowAction
from accounts.admin.site import ReadOnly, ServedForm, TenantModelAdmin
from accounts.engine.roles import WRITE, Area
from accounts.models import AuditEntry, AuditRecord, PlatformEntry, SupportAccess, Via
from accounts.request_facts import is_platform, now_of, person
from accounts.services import support

VIA = {
    Via.SESSION.label: "info",
    Via.BASIC.label: "info",
    Via.KEY.label: "info",
    Via.JWT.label: "info",
    Via.SUPPORT.label: "danger",
    Via.NOBODY.label: "warning",
    Via.PATIENT.label: "success",
}


class EntryAdmin(ReadOnly, TenantModelAdmin):
    """Audit entries: who did what, from where and how."""

    list_display = ("at", "who", "show_via", "action", "kind", "object_id", "show_changed", "address")
    list_filter = (
        ("name", FieldTextFilter),
        "via",
        ("action", FieldTextFilter),
        ("kind", FieldTextFilter),
        ("at", RangeDateTimeFilter),
    )
    search_fields = ("name", "identity", "action", "kind", "object_id", "address")
    search_help_text = "Who, action, kind, number of the object, or address"
    date_hierarchy = "at"
    fieldsets = (
        (None, {"fields": (("at", "action"), ("kind", "object_id"), "show_changed", "facts")}),
        (gettext_lazy("Who"), {"fields": (("name", "identity", "via"), ("address", "agent"))}),
        (gettext_lazy("Chain"), {"fields": ("position", "hash")}),
    )
    readonly_fields = ("show_changed",)

    @display(description=gettext_lazy("who"), ordering="name")
    def who(self, row: AuditRecord) -> str:
        """Return the name, else what is unique."""
        return row.name or row.identity or "–"

    show_via = badge("via", gettext_lazy("through"), VIA)

    @display(description=gettext_lazy("changed"))
    def show_changed(self, row: AuditRecord) -> str:
        """Return the names of the changed fields."""
        return ", ".join(row.changed)


@admin.register(AuditEntry)
class AuditEntryAdmin(EntryAdmin):
    """The trail of an organization."""

    area = Area.AUDIT


@admin.register(PlatformEntry)
class PlatformEntryAdmin(EntryAdmin):
    """The trail of the platform."""

    platform = True

    def may(self, request: HttpRequest, action: str) -> bool:
        """It belongs to no organization."""
        return is_platform(request)


class OpenForm(ServedForm):
    """For which organization, why, and how long."""

    hours = forms.IntegerField(
        initial=1,
        min_value=1,
        max_value=support.LONGEST,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=format_lazy(gettext_lazy("It ends by itself; 1 to {hours}."), hours=support.LONGEST),
    )


@admin.register(SupportAccess)
class SupportAccessAdmin(TenantModelAdmin):
    """Platform administrators open them, owners and managers see them, and an owner can end them."""

    area = Area.AUDIT
    platform = True
    can_change = can_delete = False
    list_display = ("person", "reason", "show_state", "starts_at", "ends_at", "ended_at", "opened")
    list_filter = (("starts_at", RangeDateTimeFilter),)
    list_select_related = ("person",)
    search_fields = ("person__username", "reason")
    row_actions = (
        RowAction(
            "end", gettext_lazy("End now"), gettext_lazy("ended"), "lock", "danger", lambda row: not row.ended_at
        ),
    )
    fieldsets = (
        (None, {"fields": ("person", "reason", ("with_people", "with_exports"))}),
        (gettext_lazy("Time"), {"fields": (("starts_at", "ends_at", "ended_at"),)}),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Platform administrators open them, also while another one lasts."""
        return _supports(request)

    def may_act(self, request: HttpRequest) -> bool:
        """Owners can end what they do not want."""
        return _supports(request) or is_allowed(request, Area.PEOPLE, WRITE)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        """The organization is chosen when one is opened."""
        return () if obj is None else super().get_exclude(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask what must be known before."""
        if obj:
            return super().get_fieldsets(request, obj)
        return ((None, {"fields": (("organization", "hours"), "reason", ("with_people", "with_exports"))}),)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Open with a form of its own."""
        return super().get_form(request, obj, change, **({} if obj else {"form": OpenForm}), **kwargs)

    @display(description=gettext_lazy("state"), label={"open": "danger", "over": "success"})
    def show_state(self, row: SupportAccess) -> tuple[str, str]:
        """Return whether it was ended."""
        is_over = row.ended_at or row.ends_at <= self.now
        return ("over", _("over")) if is_over else ("open", _("open"))

    @display(description=gettext_lazy("opened besides"))
    def opened(self, row: SupportAccess) -> str:
        """Return the areas that were opened besides what support may anyway."""
        return ", ".join(sorted(row.areas)) or "–"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read the clock once."""
        self.now = now_of(request)
        return super().get_queryset(request)

    def save_model(self, request: HttpRequest, obj: SupportAccess, form: Any, change: bool) -> None:
        """Open it, and work for that organization from now on."""
        ticks = {name: form.cleaned_data[name] for name in ("with_people", "with_exports")}
        asked = {"reason": obj.reason, "hours": form.cleaned_data["hours"], **ticks}
        made = support.open_access(obj.organization, person=person(request), now=now_of(request), **asked)
        request.session["organization"] = str(made.organization.uuid)
        rotate_token(request)
        copy_state(obj, made)

    def response_add(self, request: HttpRequest, obj: SupportAccess, post_url_continue: Any = None) -> HttpResponse:
        """Lead to the day of the organization."""
        until = obj.ends_at.strftime("%H:%M")
        messages.success(
            request,
            _("You work for %(organization)s until %(until)s UTC; its owners read why.")
            % {"organization": obj.organization, "until": until},
        )
        return HttpResponseRedirect(reverse("admin:index"))

    def end(self, request: HttpRequest, row: SupportAccess, now: datetime) -> None:
        """End it before its time."""
        support.end_access(row, now=now)


def _supports(request: HttpRequest) -> bool:
    found = principal.find(request)
    return is_platform(request) or bool(found and found.access)
