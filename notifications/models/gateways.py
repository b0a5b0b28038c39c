"""Accounts with providers."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantOwned
from config.kernel.clock import DatabaseNow
from config.kernel.crypto import EncryptedJSONField
from notifications import channels

SLOWEST, FASTEST = 0.01, 10_000


def validate_rate(value: float) -> None:
    """Accept rates at which one can send; what is no number compares with nothing."""
    if not SLOWEST <= value <= FASTEST:
        raise ValidationError(
            _("%(value)s is no rate; write messages a second, from %(slowest)s to %(fastest)s.")
            % {"value": value, "slowest": SLOWEST, "fastest": FASTEST},
            code="rate",
        )


class Gateway(TenantOwned):
    """An account with a provider, through which one channel's messages leave."""

    class Status(models.IntegerChoices):
        """Values of the older interface."""

        INACTIVE = 0, _("Inactive")
        ACTIVE = 1, _("Active")

    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    channel = models.CharField(max_length=5, choices=channels.choices)
    driver = models.CharField(max_length=20, help_text=_("Which provider's protocol."), blank=True)
    base_url = models.CharField(max_length=300, blank=True, help_text=_("Empty: the provider's own address."))
    sender = models.CharField(
        max_length=254, blank=True, help_text=_("E.164 number, or e-mail address, of the sender.")
    )
    # What the provider's fields ask for, by their names, and what of it is secret (providers/<name>/form.py).
    configuration = models.JSONField(default=dict, blank=True, editable=False)
    # Also the secret of the callback path, as "hook".
    secrets = EncryptedJSONField(default=dict, blank=True, editable=False)
    # SHA-256 of the secret path under which the provider calls back.
    hook_hash = models.CharField(max_length=64, null=True, unique=True, editable=False)
    status = models.PositiveSmallIntegerField(choices=Status, default=Status.ACTIVE)
    rate_per_second = models.FloatField(
        default=5, validators=[validate_rate], help_text=_("Messages a second that the account allows.")
    )
    # Limiter: the instant from which on the next message may leave.
    next_permit_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Breaker: consecutive failures, and until when nothing is tried.
    failures = models.PositiveIntegerField(default=0, editable=False)
    open_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            UniqueConstraint(fields=["organization", "name"], name="gateway_name"),
            models.CheckConstraint(condition=Q(rate_per_second__gt=0), name="gateway_rate_positive"),
        ]

    def __str__(self) -> str:
        return self.name
