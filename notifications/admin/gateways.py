"""Gateways and texts in the admin."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.db.models.lookups import GreaterThan
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.admin.access import Tones, badge
from accounts.admin.row_actions import RowAction
from accounts.admin.site import TenantModelAdmin
from accounts.engine.roles import Area
from config.kernel.clock import DatabaseNow
from contacts.admin_forms import PhonesForm
from notifications import channels
from notifications.engine.address_validation import AddressForm
from notifications.errors import BadAddress, BadConfiguration
from notifications.models import (
    Gateway,
    MailTemplate,
    ReplyText,
    SMSTemplate,
)
from notifications.providers import registry
from notifications.providers.base import Field, FieldKind, Words
from notifications.services import gateways

SHORT_CODE = 6  # digits
# The fields of all providers, each under its provider's name: {"flowroute__access_key": ("flowroute", its field)}.
PROVIDER_FIELDS = {
    f"{name}__{field.name}": (name, field) for name, driver in registry.all_drivers().items() for field in driver.fields
}
WIDGETS = {FieldKind.LINE: UnfoldAdminTextInputWidget, FieldKind.TEXT: UnfoldAdminTextareaWidget}


def _form_field(field: Field) -> forms.Field:
    """Return the form field of one thing that a provider asks for; none is required while another is chosen."""
    words: dict[str, Any] = {"label": field.label, "help_text": field.help_text, "required": False}
    if field.is_secret:
        widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
        return forms.CharField(**words, max_length=field.max_length, strip=False, widget=widget)
    if field.kind is FieldKind.CHOICE:
        return forms.ChoiceField(**words, choices=field.choices, widget=UnfoldAdminSelectWidget)
    return forms.CharField(**words, max_length=field.max_length, widget=WIDGETS[field.kind])


def _driver_choices() -> list[tuple[str, Words]]:
    return [("", _("None")), *((name, driver.label) for name, driver in registry.all_drivers().items())]


STATUS = Tones({Gateway.Status.ACTIVE: "success", Gateway.Status.INACTIVE: "warning"})


class ProviderFieldsForm(PhonesForm):
    """A gateway with what its provider asks for; secrets can be written, never read."""

    phones = ("sender",)
    driver = forms.ChoiceField(
        label=gettext_lazy("Driver"), choices=_driver_choices, required=False, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = Gateway
        exclude = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (driver, field) in PROVIDER_FIELDS.items():
            if name in self.fields:
                self._show(name, field, is_own=self.instance.driver == driver)

    def _show(self, name: str, field: Field, *, is_own: bool) -> None:
        """Show what is kept for a field; of a secret only whether there is one."""
        if not field.is_secret:
            self.initial[name] = self.instance.configuration.get(field.name, field.default) if is_own else field.default
            return
        is_kept = is_own and bool((self.instance.secrets or {}).get(field.name))
        said = _("One is kept; leave empty to keep it.") if is_kept else _("None is kept.")
        self.fields[name].help_text = f"{field.help_text} {said} {_('It is encrypted and never shown.')}".strip()

    def takes_phone(self, name: str, text: str) -> bool:
        """Text messages come from a number, or from a short code, which has no country."""
        short = text.strip().isdigit() and len(text.strip()) <= SHORT_CODE
        channel = self.cleaned_data.get("channel", "")
        return bool(channel) and channels.of(channel).address.form is AddressForm.PHONE and not short

    def clean(self) -> Any:
        """Refuse what the provider's driver cannot work with, and an address that may not be called."""
        cleaned = super().clean()
        try:
            if self.cleaned_data.get("channel"):
                gateways.check_channel(self.instance, self.cleaned_data["channel"])
            gateways.check(
                self._driver,
                channel=self.cleaned_data.get("channel", ""),
                base_url=self.cleaned_data.get("base_url", ""),
                configuration=self._plain(),
            )
        except (BadAddress, BadConfiguration) as error:
            self.add_error(self._field_named(error.field), forms.ValidationError(error.message, code=error.code))
        self._ask_again()
        return cleaned

    @property
    def _driver(self) -> str:
        return str(self.cleaned_data.get("driver", ""))

    def _field_named(self, name: str) -> str | None:
        return next((each for each in (name, f"{self._driver}__{name}") if each in self.fields), None)

    def _plain(self) -> dict[str, str]:
        return {
            field.name: self.cleaned_data.get(name, "")
            for name, (driver, field) in PROVIDER_FIELDS.items()
            if driver == self._driver and not field.is_secret
        }

    def _ask_again(self) -> None:
        """Ask for the secrets again when they would be sent to another host."""
        base_url = self.cleaned_data.get("base_url", self.instance.base_url)
        for name in gateways.secrets_to_repeat(
            self.instance, driver_name=self._driver, base_url=base_url, given=self.given()
        ):
            words = _("Needed anew, since the address changes.")
            self.add_error(f"{self._driver}__{name}", forms.ValidationError(words))

    def given(self) -> dict[str, str]:
        """Return what was typed for the chosen provider, under the names of its fields."""
        return {
            field.name: self.cleaned_data.get(name, "")
            for name, (driver, field) in PROVIDER_FIELDS.items()
            if driver == self._driver
        }


declared = {name: _form_field(field) for name, (_driver, field) in PROVIDER_FIELDS.items()}
GatewayForm = type(ProviderFieldsForm)("GatewayForm", (ProviderFieldsForm,), {"__module__": __name__, **declared})


@admin.register(Gateway)
class GatewayAdmin(TenantModelAdmin):
    """Accounts with providers."""

    area = Area.SETTINGS
    form = GatewayForm
    list_display = ("name", "channel", "driver", "sender", "show_status", "rate_per_second", "connected", "circuit")
    list_filter = ("channel", "driver", "status")
    search_fields = ("name", "sender", "description")
    readonly_fields = ("connected", "circuit", "failures", "created_date", "callback_address")
    fieldsets = (
        (None, {"fields": (("name", "status"), ("channel", "driver"), ("sender", "rate_per_second"), "description")}),
        (gettext_lazy("Provider"), {"fields": ("base_url", *PROVIDER_FIELDS)}),
        (
            gettext_lazy("At present"),
            {"fields": (("connected", "circuit"), ("failures", "created_date"), "callback_address")},
        ),
    )
    # Each provider's fields show while it is the one that is chosen.
    conditional_fields = {name: f"driver == '{driver}'" for name, (driver, _field) in PROVIDER_FIELDS.items()}
    row_actions = (
        RowAction(
            "connect",
            gettext_lazy("Connect"),
            gettext_lazy("connected"),
            "link",
            "primary",
            lambda row: gateways.is_connectable(row),
        ),
        RowAction(
            "activate",
            gettext_lazy("Activate"),
            gettext_lazy("activated"),
            "toggle_on",
            when=lambda row: row.status != Gateway.Status.ACTIVE,
        ),
        RowAction(
            "deactivate",
            gettext_lazy("Deactivate"),
            gettext_lazy("deactivated"),
            "toggle_off",
            when=lambda row: row.status,
        ),
    )

    show_status = badge("status", gettext_lazy("status"), STATUS)

    @display(description=gettext_lazy("connected"), boolean=True)
    def connected(self, row: Gateway) -> bool:
        """Return whether the provider knows where to call back."""
        return bool(row.hook_hash)

    @display(description=gettext_lazy("callback address"))
    def callback_address(self, row: Gateway) -> str:
        """Return the secret address that people write into the provider's own pages."""
        return gateways.callback_url(row) or "-"

    @display(description=gettext_lazy("circuit"), label={"closed": "success", "open": "danger"})
    def circuit(self, row: Any) -> tuple[str, str]:
        """Return `open` while the provider fails and nothing is tried."""
        return ("open", _("open")) if row.is_open else ("closed", _("closed"))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Let the database clock say whether the circuit is open."""
        broken = Q(open_until__isnull=False) & Q(GreaterThan(F("open_until"), DatabaseNow()))
        return super().get_queryset(request).annotate(is_open=ExpressionWrapper(broken, BooleanField()))

    def save_model(self, request: HttpRequest, obj: Gateway, form: Any, change: bool) -> None:
        """Keep what was typed for the provider; secrets encrypted, beside the others."""
        super().save_model(request, obj, form, change)
        gateways.configure(obj, form.given())

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
            field.help_text = _("Placeholders: {first_name} {last_name} {when} {date} {time} {clinic} {organization}.")
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
        (gettext_lazy("Sender"), {"fields": (("from_email", "from_name"),)}),
    )


@admin.register(ReplyText)
class ReplyTextAdmin(TextAdmin):
    """The organization's own answers to patients."""

    list_display = ("key", "language", "text")
    list_filter = ("key", "language")
    search_fields = ("text",)
    fieldsets = ((None, {"fields": (("key", "language"), "text")}),)
