"""What providers push to us, stored raw first, and which addresses opted out."""

from django.db import models
from django.db.models import Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantOwned
from accounts.tracking import Tracked
from config.kernel.choices import choices
from config.kernel.clock import DatabaseNow
from notifications import channels
from notifications.engine.replies import ReplyIntent
from notifications.models.gateways import Gateway
from notifications.models.outbox import Attempt, Delivery

INTENT = choices(ReplyIntent)


class InboundEvent(Tracked, TenantOwned):
    """A text or a receipt as it came in; stored first, acted upon afterwards."""

    class Content(models.TextChoices):
        """What a provider tells."""

        MESSAGE = "message", _("Message")
        RECEIPT = "receipt", _("Receipt")
        UNREADABLE = "unreadable", _("Unreadable")

    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Content)
    # The provider's id of the event, else a hash of its content: the same event is stored once.
    event_key = models.CharField(max_length=100)
    raw = models.TextField()
    received_at = models.DateTimeField(db_default=DatabaseNow())
    processed_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    # Of a message: who wrote what to which of our numbers.
    sender = models.CharField(max_length=254, blank=True)
    recipient = models.CharField(max_length=254, blank=True)
    text = models.TextField(blank=True)
    intent = models.CharField(max_length=10, choices=INTENT, blank=True)
    delivery = models.ForeignKey(
        Delivery,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="replies",
        help_text=_("The message that it answers."),
    )
    # Of a receipt: what it says (provider_id, progress, status, code), and which attempt it is about.
    receipt = models.JSONField(default=dict, blank=True)
    attempt = models.ForeignKey(Attempt, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=40, blank=True, help_text=_("What came of it: a stable code."))

    class Meta:
        ordering = ["-id"]
        constraints = [UniqueConstraint(fields=["organization", "gateway", "kind", "event_key"], name="inbound_once")]
        indexes = [
            Index(fields=["id"], condition=Q(processed_at=None), name="inbound_unprocessed"),
            Index(fields=["organization", "sender"], condition=Q(kind="message"), name="inbound_sender"),
            Index(fields=["organization", "updated_in"], condition=Q(kind="message"), name="inbound_updated"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Suppression(TenantOwned):
    """An address that must not be written to on a channel; lifting it keeps the row."""

    channel = models.CharField(max_length=5, choices=channels.choices)
    address = models.CharField(max_length=254)
    reason = models.CharField(max_length=40, help_text=_("stop, provider, or manual."))
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            UniqueConstraint(
                fields=["organization", "channel", "address"], condition=Q(lifted_at=None), name="suppression_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.address}"
