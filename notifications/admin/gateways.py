"""Gateways and texts in the admin."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.db.models.lookups import GreaterThan
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.admin.row_actions import Verb
from accounts.admin.site import TenantModelAdmin
from accounts.engine.roles import Area
from config.kernel.clock import DatabaseNow
from contacts.adminforms import PhonesForm
from notifications.engine.states import Channel
from notifications.errors import BadAddress
from notifications.models import (
    Gateway,
    MailTemplate,
    ReplyText,
    SMSTemplate,
)
from notifications.services import gateways

# Under which names a driver looks for its two credentials.
CREDENTIALS = {"flowroute": ("access_key", "secret_key"), "smtp": ("username", "password")}
SHORT_CODE = 6  # digits
DRIVERS = [("", "None"), ("flowroute", "Flowroute (SMS)"), ("smtp", "SMTP (e-mail)")]


class GatewayForm(PhonesForm):
    """A gateway whose credentials can be written, never read."""

    phones = ("sender",)
    driver = forms.ChoiceField(choices=DRIVERS, required=False, widget=UnfoldAdminSelectWidget)
    new_name = forms.CharField(label="Access key or user name", required=False, widget=UnfoldAdminPasswordWidget)
    new_secret = forms.CharField(label="Secret key or password", required=False, widget=UnfoldAdminPasswordWidget)

    class Meta:
        model = Gateway
        exclude = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self.instance.secrets or {}
        for field, key in zip(("new_name", "new_secret"), CREDENTIALS.get(self.instance.driver, ("", "")), strict=True):
            if field in self.fields:
                said = "One is kept; leave empty to keep it." if kept.get(key) else "None is kept."
                self.fields[field].help_text = f"{said} It is encrypted and never shown."
                self.fields[field].widget.attrs["autocomplete"] = "new-password"

    def takes_phone(self, name: str, text: str) -> bool:
        """Text messages come from a number, or from a short code, which has no country."""
        short = text.strip().isdigit() and len(text.strip()) <= SHORT_CODE
        return self.cleaned_data.get("channel") == Channel.SMS and not short

    def clean(self) -> Any:
        """Refuse an address that the driver does not speak to, or that may not be called."""
        cleaned = super().clean()
        try:
            gateways.check_address(self.cleaned_data.get("driver", ""), self.cleaned_data.get("base_url", ""))
        except BadAddress as error:
            self.add_error("base_url", forms.ValidationError(error.message, code=error.code))
        self._ask_again()
        return cleaned

    def _ask_again(self) -> None:
        """Ask for the credentials again when they would be sent to another host."""
        kept = self.instance.secrets or {}
        if self.instance.pk and {"base_url", "driver"} & set(self.changed_data):
            for field, key in zip(("new_name", "new_secret"), CREDENTIALS.get(self.instance.driver, ()), strict=False):
                if kept.get(key) and not self.cleaned_data.get(field):
                    self.add_error(field, forms.ValidationError("Needed anew, since the address changes."))

    def given(self) -> dict[str, str]:
        """Return the credentials that were typed, under the names that the driver looks for."""
        names = CREDENTIALS.get(self.cleaned_data["driver"], ())
        return {name: self.cleaned_data[field] for name, field in zip(names, ("new_name", "new_secret"), strict=False)}


@admin.register(Gateway)
class GatewayAdmin(TenantModelAdmin):
    """Accounts with providers."""

    area = Area.SETTINGS
    form = GatewayForm
    list_display = ("name", "channel", "driver", "sender", "show_status", "rate_per_second", "connected", "circuit")
    list_filter = ("channel", "driver", "status")
    search_fields = ("name", "sender", "description")
    readonly_fields = ("connected", "circuit", "failures", "created_date")
    fieldsets = (
        (None, {"fields": (("name", "status"), ("channel", "driver"), ("sender", "rate_per_second"), "description")}),
        ("Provider", {"fields": ("base_url", ("new_name", "new_secret"))}),
        ("At present", {"fields": (("connected", "circuit"), ("failures", "created_date"))}),
    )
    verbs = (
        Verb("connect", "Connect", "connected", "link", "primary", lambda row: row.driver == "flowroute"),
        Verb("activate", "Activate", "activated", "toggle_on", when=lambda row: row.status != Gateway.Status.ACTIVE),
        Verb("deactivate", "Deactivate", "deactivated", "toggle_off", when=lambda row: row.status),
    )

    @display(description="status", label={"Active": "success", "Inactive": "warning"})
    def show_status(self, row: Gateway) -> str:
        """Return whether it is used."""
        return row.get_status_display()

    @display(boolean=True)
    def connected(self, row: Gateway) -> bool:
        """Return whether the provider knows where to call back."""
        return bool(row.hook_hash)

    @display(description="circuit", label={"closed": "success", "open": "danger"})
    def circuit(self, row: Any) -> str:
        """Return `open` while the provider fails and nothing is tried."""
        return "open" if row.is_open else "closed"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Let the database clock say whether the circuit is open."""
        broken = Q(open_until__isnull=False) & Q(GreaterThan(F("open_until"), DatabaseNow()))
        return super().get_queryset(request).annotate(is_open=ExpressionWrapper(broken, BooleanField()))

    def save_model(self, request: HttpRequest, obj: Gateway, form: Any, change: bool) -> None:
        """Keep what was typed, encrypted, beside the other secrets."""
        super().save_model(request, obj, form, change)
        gateways.set_credentials(obj, **form.given())

    def connect(self, request: HttpRequest, row: Gateway, now: datetime) -> None:
        """Make the callback address and tell it to the provider."""
        gateways.connect(row, callback_base=settings.PUBLIC_URL)

    def activate(self, request: HttpRequest, row: Gateway, now: datetime) -> None:
        """Use it again."""
        row.status = Gateway.Status.ACTIVE
        row.save(update_fields=["status"])

    def deactivate(self, request: HttpRequest, row: Gateway, now: datetime) -> None:
        """Send nothing through it."""
        row.status = Gateway.Status.INACTIVE
        row.save(update_fields=["status"])


class TextAdmin(TenantModelAdmin):
    """Texts with named placeholders."""

    area = Area.SETTINGS
    search_help_text = "Label, key or text"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Give texts room, and name the placeholders."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in {"sms_text", "message_plaintext", "message_html", "text"}:
            field.widget = UnfoldAdminTextareaWidget(attrs={"rows": 5})
            field.help_text = "Placeholders: {first_name} {last_name} {when} {date} {time} {clinic} {organization}."
        return field


@admin.register(SMSTemplate)
class SMSTemplateAdmin(TextAdmin):
    """Texts of SMS."""

    list_display = ("label", "template_key", "sender_phonenumber", "sms_text")
    search_fields = ("label", "template_key", "sms_text")
    fieldsets = ((None, {"fields": (("label", "template_key"), "sms_text", "sender_phonenumber")}),)


@admin.register(MailTemplate)
class MailTemplateAdmin(TextAdmin):
    """Texts of e-mails."""

    list_display = ("label", "template_key", "subject", "from_email")
    search_fields = ("label", "template_key", "subject", "message_plaintext")
    fieldsets = (
        (None, {"fields": (("label", "template_key"), "subject", "message_plaintext", "message_html")}),
        ("Sender", {"fields": (("from_email", "from_name"),)}),
    )


@admin.register(ReplyText)
class ReplyTextAdmin(TextAdmin):
    """The organization's own answers to patients."""

    list_display = ("key", "language", "text")
    list_filter = ("key", "language")
    search_fields = ("text",)
    fieldsets = ((None, {"fields": (("key", "language"), "text")}),)
