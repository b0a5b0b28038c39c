"""The outbox: every outgoing message is a row here before anything is sent (docs/architecture.md)."""

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantOwned
from config.kernel.choices import choices
from config.kernel.clock import DatabaseNow
from contacts.models import Contact
from notifications import channels
from notifications.engine.states import OPEN_ATTEMPT, SENT, AttemptState, State
from notifications.engine.wording import Wording
from notifications.models.gateways import Gateway
from notifications.models.templates import MailTemplate, SMSTemplate


class Delivery(TenantOwned):
    """A message to one recipient on one channel, from its planning to its end."""

    channel = models.CharField(max_length=5, choices=channels.choices)
    recipient = models.CharField(max_length=254, help_text=_("E.164 number or e-mail address."))
    sender = models.CharField(max_length=254, blank=True, help_text=_("Empty: the gateway's."))
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # What is said: one of the two templates, or a wording, filled with the values when it is sent.
    sms_template = models.ForeignKey(SMSTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    mail_template = models.ForeignKey(MailTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    wording = models.CharField(max_length=20, choices=choices(Wording), blank=True)
    # JSON object; "moments": {name: [ISO instant, zone]} become words in the reader's language; of a whole day, which
    # begins then, [ISO instant, zone, "day"].
    values = models.JSONField(default=dict)
    language = models.CharField(max_length=10, default="en")
    # What it is for (opaque here): "alarm" and its id; the topic groups what is about one visit: "event:12".
    origin = models.CharField(max_length=20)
    origin_id = models.BigIntegerField()
    topic = models.CharField(max_length=40, blank=True)
    # Raised by every change of the origin; a send that was prepared for an older version is dropped.
    version = models.PositiveIntegerField(default=1)
    dedup_key = models.CharField(max_length=100)
    due_at = models.DateTimeField()
    useful_until = models.DateTimeField()
    # Answers to this message count until then (empty: it asks nothing).
    answerable_until = models.DateTimeField(null=True, blank=True)
    window_start = models.TimeField(default="00:00:00")
    window_stop = models.TimeField(default="23:59:59")
    time_zone = models.CharField(max_length=64, default="UTC")
    state = models.CharField(max_length=12, choices=choices(State), default=State.SCHEDULED)
    reason = models.CharField(max_length=40, blank=True, help_text=_("Why it stands as it does: a stable code."))
    detail = models.CharField(max_length=300, blank=True)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    claims = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    accepted_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("deliveries")
        constraints = [
            UniqueConstraint(fields=["organization", "dedup_key"], name="delivery_once"),
            CheckConstraint(
                condition=Q(sms_template=None, mail_template=None)
                | Q(wording="", sms_template=None)
                | Q(wording="", mail_template=None),
                name="delivery_one_text",
            ),
        ]
        indexes = [
            # Claim: what a tenant has due, nearest event first.
            Index(fields=["organization", "useful_until"], condition=Q(state="scheduled"), name="delivery_scheduled"),
            # Sweeps over leases that ran out and doubts to settle.
            Index(fields=["lease_until"], condition=Q(state__in=["leased", "calling"]), name="delivery_leased"),
            Index(fields=["origin", "origin_id"], name="delivery_origin"),
            # A reply looks for what was asked of its sender.
            Index(
                fields=["organization", "recipient"],
                condition=Q(state__in=sorted(SENT), answerable_until__isnull=False),
                name="delivery_answerable",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"


class Attempt(TenantOwned):
    """One try to hand a delivery to a provider, written before the call: the truth of that try.

    `AlarmRequest` and `CallRequest`, rows of the older interface, are views of it (docs/architecture.md).
    """

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=choices(AttemptState), default=AttemptState.CALLING)
    # The random token stands in the callback URL, here only its SHA-256.
    token_hash = models.CharField(max_length=64, unique=True)
    sender = models.CharField(max_length=254, blank=True)
    body_hash = models.CharField(max_length=64)
    provider_id = models.CharField(max_length=200, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.CharField(max_length=300, blank=True)
    # Highest rank of receipts seen: merged by rank, never by arrival.
    receipt_status = models.CharField(max_length=60, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    settle_at = models.DateTimeField(null=True, blank=True)
    lookups = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            UniqueConstraint(fields=["organization", "delivery", "number"], name="attempt_number"),
            UniqueConstraint(fields=["delivery"], condition=Q(state__in=sorted(OPEN_ATTEMPT)), name="attempt_one_open"),
            UniqueConstraint(
                fields=["organization", "gateway", "provider_id"],
                condition=~Q(provider_id=""),
                name="attempt_provider_id",
            ),
        ]
        indexes = [
            Index(fields=["settle_at"], condition=Q(state="in_doubt"), name="attempt_in_doubt"),
            Index(fields=["settle_at"], condition=Q(state="accepted"), name="attempt_without_receipt"),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number} of delivery {self.delivery_id}"
