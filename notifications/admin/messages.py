"""The outbox, what came in, and things for staff, in the admin."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.admin.access import Tones, badge
from accounts.admin.row_actions import RowAction
from accounts.admin.site import ReadOnly, TenantInline, TenantModelAdmin
from accounts.request_facts import person
from contacts.admin_forms import PhonesForm
from notifications import channels
from notifications.engine import explanations
from notifications.engine.address_validation import AddressForm
from notifications.engine.states import State
from notifications.models import (
    Attempt,
    Delivery,
    InboundEvent,
    StaffItem,
    Suppression,
)
from notifications.services import outbox, staff_items

TONES = Tones({state: tone for state, (tone, _headline, _next) in explanations.STATES.items()})
ATTEMPT_TONES = {**TONES, "refused": "danger", "absent": "warning"}
RETRYABLE = {State.FAILED, State.SKIPPED, State.QUARANTINED}


class AttemptInline(ReadOnly, TenantInline):
    """The tries of a delivery."""

    model = Attempt
    fields = (
        "number",
        "state",
        "gateway",
        "provider_id",
        "error_code",
        "error_detail",
        "receipt_status",
        "started_at",
        "finished_at",
    )
    readonly_fields = fields
    ordering = ("number",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Fetch the gateways in the same query."""
        return super().get_queryset(request).select_related("gateway", "delivery")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, TenantModelAdmin):
    """The outbox: every message, why it was or was not sent, and its tries."""

    list_display = (
        "id",
        "recipient",
        "contact",
        "channel",
        "show_state",
        "reason",
        "due_at",
        "tries",
        "accepted_at",
        "delivered_at",
    )
    list_display_links = ("id", "recipient")
    list_filter = ("state", "channel", "origin", "gateway")
    list_select_related = ("contact",)
    search_fields = ("recipient", "contact__last_name", "contact__first_name", "topic")
    search_help_text = "Number, e-mail address or name"
    date_hierarchy = "due_at"
    inlines = (AttemptInline,)
    fieldsets = (
        (None, {"fields": (("channel", "recipient"), ("contact", "gateway"), ("sender", "language"))}),
        (_("Text"), {"fields": ((*channels.content_fields(), "wording"), "values")}),
        (
            _("Times"),
            {
                "fields": (
                    ("due_at", "useful_until"),
                    ("next_attempt_at", "answerable_until"),
                    ("window_start", "window_stop", "time_zone"),
                    ("created_at", "accepted_at", "delivered_at"),
                )
            },
        ),
        (
            _("Record"),
            {"fields": (("state", "reason", "detail"), ("origin", "origin_id", "topic"), ("version", "tries"))},
        ),
    )
    row_actions = (
        RowAction(
            "retry", _("Retry"), _("put back into the queue"), "replay", "primary", lambda row: row.state in RETRYABLE
        ),
    )

    show_state = badge("state", _("state"), TONES)

    def explain(self, request: HttpRequest, row: Delivery) -> Any:
        """Say why it was, or was not, sent."""
        return explanations.explain(row.state, reason=row.reason, detail=row.detail)

    def retry(self, request: HttpRequest, row: Delivery, now: datetime) -> None:
        """Put it back into the queue."""
        outbox.retry(row, now=now)


@admin.register(Attempt)
class AttemptAdmin(ReadOnly, TenantModelAdmin):
    """Every try to hand a message to a provider."""

    list_display = (
        "id",
        "delivery",
        "number",
        "show_state",
        "gateway",
        "provider_id",
        "error_code",
        "started_at",
        "finished_at",
    )
    list_filter = ("state", "gateway")
    list_select_related = ("delivery", "gateway")
    search_fields = ("provider_id", "delivery__recipient")
    date_hierarchy = "started_at"
    fieldsets = (
        (None, {"fields": (("delivery", "number"), ("state", "gateway"), ("provider_id", "receipt_status"))}),
        (_("Error"), {"fields": ("error_code", "error_detail")}),
        (_("Times"), {"fields": (("started_at", "finished_at"), ("settle_at", "lookups"))}),
    )

    show_state = badge("state", _("state"), ATTEMPT_TONES)


@admin.register(InboundEvent)
class InboundEventAdmin(ReadOnly, TenantModelAdmin):
    """Texts and receipts as they came in."""

    list_display = ("received_at", "kind", "sender", "text", "show_intent", "outcome", "gateway", "processed_at")
    list_filter = ("kind", "intent", "outcome", "gateway")
    list_select_related = ("gateway",)
    search_fields = ("sender", "recipient", "text", "event_key")
    date_hierarchy = "received_at"
    fieldsets = (
        (None, {"fields": (("kind", "gateway"), ("sender", "recipient"), "text", ("intent", "outcome"))}),
        (_("Belongs to"), {"fields": (("delivery", "attempt"),)}),
        (_("Record"), {"fields": (("received_at", "processed_at", "failures"), "event_key", "raw")}),
    )

    @display(
        description=_("meaning"),
        ordering="intent",
        label=Tones({"yes": "success", "no": "danger", "unclear": "warning"}),
    )
    def show_intent(self, row: InboundEvent) -> tuple[str, str] | str:
        """Return what it was understood as."""
        return row.intent and (row.intent, row.get_intent_display())


class SuppressionForm(PhonesForm):
    """An address to which nothing is sent; as a number it stands as messages are addressed."""

    phones = ("address",)

    def takes_phone(self, name: str, text: str) -> bool:
        """E-mail has addresses."""
        channel = self.cleaned_data.get("channel", "")
        return bool(channel) and channels.of(channel).address.form is AddressForm.PHONE


@admin.register(Suppression)
class SuppressionAdmin(TenantModelAdmin):
    """Who does not want messages."""

    form = SuppressionForm
    can_delete = False
    list_display = ("address", "channel", "reason", "created_at", "lifted_at")
    list_filter = ("channel", "reason", ("lifted_at", admin.EmptyFieldListFilter))
    search_fields = ("address",)
    date_hierarchy = "created_at"
    readonly_fields = ("created_at", "lifted_at")
    fieldsets = ((None, {"fields": (("channel", "address"), "reason", ("created_at", "lifted_at"))}),)
    row_actions = (
        RowAction(
            "lift", _("Write to them again"), _("lifted"), "notifications_active", when=lambda row: not row.lifted_at
        ),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str]:
        """Record that a person added it."""
        return {"reason": "manual", **super().get_changeform_initial_data(request)}

    def lift(self, request: HttpRequest, row: Suppression, now: datetime) -> None:
        """End it, keeping the row as proof."""
        Suppression.objects.filter(pk=row.pk, lifted_at=None).update(lifted_at=now)


@admin.register(StaffItem)
class StaffItemAdmin(ReadOnly, TenantModelAdmin):
    """What the machine cannot decide, or must tell."""

    list_display = ("summary", "show_kind", "contact", "count", "created_at", "show_done", "done_by")
    list_filter = (("done_at", admin.EmptyFieldListFilter), "kind")
    list_select_related = ("contact", "done_by")
    search_fields = ("values", "contact__last_name", "contact__first_name")
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": ("summary", ("kind", "count"), ("contact", "delivery", "inbound"))}),
        (_("Record"), {"fields": (("created_at", "done_at", "done_by"),)}),
    )
    row_actions = (
        RowAction("finish", _("Mark as done"), _("marked as done"), "check", "primary", lambda row: not row.done_at),
    )

    show_kind = badge("kind", _("kind"), Tones({"failed": "danger", "warning": "warning"}))

    @display(description=_("done"), boolean=True, ordering="done_at")
    def show_done(self, row: StaffItem) -> bool:
        """Return whether somebody saw to it."""
        return row.done_at is not None

    def finish(self, request: HttpRequest, row: StaffItem, now: datetime) -> None:
        """Mark it as done by the signed-in user."""
        staff_items.finish(row, by=person(request), now=now)
