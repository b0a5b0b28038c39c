"""Keys, trusted issuers, and what is counted, in the admin."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts import principal
from accounts.admin.access import ROLES, copy_state
from accounts.admin.row_actions import RowAction
from accounts.admin.site import ReadOnly, TenantForm, TenantModelAdmin
from accounts.engine.roles import SCOPES, Area
from accounts.models import ApiKey, IdempotentRequest, RateCounter, TrustedIssuer
from accounts.request_facts import is_platform, person
from accounts.services import keys


def _not_revoked(row: Any) -> bool:
    return not row.revoked_at


class ApiKeyForm(TenantForm):
    """A key; its scopes are ticked."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in SCOPES],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Narrow what the role may; none ticked: everything that the role may."),
    )


@admin.register(ApiKey)
class ApiKeyAdmin(TenantModelAdmin):
    """Keys of integrating systems; the text is shown once, when a key is made."""

    area = Area.PEOPLE
    form = ApiKeyForm
    can_delete = False
    list_display = (
        "name",
        "prefix",
        "role",
        "show_scopes",
        "show_state",
        "created_by",
        "created_at",
        "last_used_at",
        "expires_at",
    )
    list_filter = ("role", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("created_by",)
    search_fields = ("name", "prefix")
    readonly_fields = ("prefix", "created_by", "created_at", "last_used_at", "revoked_at", "previous_until")
    own_fields = (None, {"fields": (("name", "role"), "scopes", ("rate", "expires_at"))})
    fieldsets = (
        own_fields,
        (
            _("Record"),
            {"fields": (("prefix", "created_by", "created_at"), ("last_used_at", "revoked_at", "previous_until"))},
        ),
    )
    add_fieldsets = (own_fields,)
    row_actions = (
        RowAction("rotate", _("Rotate"), _("rotated"), "autorenew", "default", _not_revoked),
        RowAction(
            "rotate_gently",
            _("Rotate, old secret valid for an hour"),
            _("rotated"),
            "autorenew",
            "default",
            _not_revoked,
        ),
        RowAction("revoke", _("Revoke"), _("revoked"), "key_off", "danger", _not_revoked),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask only what a new key needs."""
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    @display(description=_("scopes"))
    def show_scopes(self, row: ApiKey) -> str:
        """Return to what it is narrowed."""
        return ", ".join(row.scopes) or gettext("all of its role")

    @display(description=_("state"), label={"live": "success", "revoked": "danger"})
    def show_state(self, row: ApiKey) -> tuple[str, str]:
        """Return whether it was revoked."""
        return ("revoked", gettext("revoked")) if row.revoked_at else ("live", gettext("live"))

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Make the key through its service, and show its text this once."""
        if change:
            return super().save_model(request, obj, form, change)
        fields = {name: getattr(obj, name) for name in ("name", "role", "scopes", "rate", "expires_at")}
        if found := principal.find(request):
            fields["expires_at"] = found.until(obj.expires_at)
        made, text = keys.create(obj.organization.pk, created_by=person(request), **fields)
        copy_state(obj, made)
        return self._show(request, text)

    @staticmethod
    def _show(request: HttpRequest, text: str) -> None:
        notice = "Copy the key now; it is shown this once and kept nowhere: <code>{}</code>"
        messages.warning(request, format_html(notice, text))

    def rotate(self, request: HttpRequest, row: ApiKey, now: datetime) -> None:
        """Give it a new secret; the old one ends at once."""
        self._show(request, keys.rotate(row, grace=timedelta(0), now=now))

    def rotate_gently(self, request: HttpRequest, row: ApiKey, now: datetime) -> None:
        """Give it a new secret, with time to bring it to where it is used."""
        self._show(request, keys.rotate(row, grace=timedelta(hours=1), now=now))

    def revoke(self, request: HttpRequest, row: ApiKey, now: datetime) -> None:
        """End it at once."""
        keys.revoke(row, now=now)


@admin.register(TrustedIssuer)
class TrustedIssuerAdmin(TenantModelAdmin):
    """Other systems whose signed tokens let their people act for the organization."""

    area = Area.PEOPLE
    list_display = ("issuer", "audience", "show_role", "is_active", "created_at")
    list_filter = ("role", "is_active")
    search_fields = ("issuer", "audience")
    readonly_fields = ("created_at",)
    fieldsets = (
        (None, {"fields": ("issuer", "audience", "public_key", ("role", "is_active"))}),
        (_("Record"), {"fields": ("created_at",)}),
    )

    @display(description=_("role"), ordering="role", label=ROLES)
    def show_role(self, row: TrustedIssuer) -> str:
        """Return the role as a badge."""
        return row.role


@admin.register(IdempotentRequest)
class IdempotentRequestAdmin(ReadOnly, TenantModelAdmin):
    """Requests that came with an Idempotency-Key; the answers themselves are not shown."""

    area = Area.PEOPLE
    list_display = ("key", "actor", "path", "show_state", "created_at")
    list_filter = ("status",)
    search_fields = ("key", "actor", "path")
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": (("key", "actor"), ("path", "status"))}),
        (_("Record"), {"fields": (("created_at", "lease_until", "fence"), "fingerprint")}),
    )

    @display(description=_("state"), label={"answered": "success", "under way": "warning"})
    def show_state(self, row: IdempotentRequest) -> tuple[str, str]:
        """Return whether it was answered."""
        return ("answered", gettext("answered")) if row.status else ("under way", gettext("under way"))


@admin.register(RateCounter)
class RateCounterAdmin(ReadOnly, TenantModelAdmin):
    """The counters of rate limits, for platform administrators; names and addresses are stored as hashes."""

    platform = True
    list_display = ("kind", "hash", "taken", "wrong", "started_at", "ends_at")
    list_filter = ("kind",)
    row_actions = (RowAction("release", _("Release"), _("released"), "lock_open"),)

    def may(self, request: HttpRequest, action: str) -> bool:
        """They belong to no organization."""
        return is_platform(request)

    def release(self, request: HttpRequest, row: RateCounter, now: datetime) -> None:
        """Reset the counter."""
        row.delete()
