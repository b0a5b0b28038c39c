"""What is kept of requests: how many there were, and what was answered under an Idempotency-Key."""

from django.db import models
from django.db.models import Index, UniqueConstraint
from django.utils.translation import gettext_lazy

from accounts.tenancy import TenantOwned
from config.kernel.clock import DatabaseNow
from config.kernel.crypto import EncryptedJSONField


class RateCounter(models.Model):
    """A rate limit's counter in a window of time; belongs to no organization, stores no name."""

    class Purpose(models.TextChoices):
        """What is counted."""

        ACCOUNT = "account", gettext_lazy("wrong passwords for a name")
        ADDRESS = "address", gettext_lazy("wrong passwords from an address")
        KEY = "key", gettext_lazy("requests of an API key")
        CODE = "code", gettext_lazy("wrong codes of a second factor")
        SPENT = "spent", gettext_lazy("a code that was used")
        AUDIT = "audit", gettext_lazy("refusals that were written down")
        FEED = "feed", gettext_lazy("requests of a calendar feed")
        READING = "reading", gettext_lazy("readings that were written down")

    kind = models.CharField(max_length=10, choices=Purpose.choices)
    hash = models.CharField(max_length=64, help_text=gettext_lazy("Keyed hash of whom is counted."))
    taken = models.PositiveIntegerField(
        help_text=gettext_lazy("Places taken in this window, also by what is under way.")
    )
    wrong = models.PositiveIntegerField(default=0, help_text=gettext_lazy("How many of them turned out wrong."))
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text=gettext_lazy("When the window, or the pause after it, is over."))

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = gettext_lazy("rate counters")
        constraints = [UniqueConstraint(fields=["kind", "hash"], name="rate_counter_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.hash[:8]}"


class IdempotentRequest(TenantOwned):
    """A POST under an Idempotency-Key: claimed while it runs, then its answer; forgotten after a day."""

    actor = models.CharField(max_length=60, help_text=gettext_lazy("Who asked, such as key:7 or user:3."))
    key = models.CharField(max_length=255)
    path = models.CharField(max_length=200, help_text=gettext_lazy("The address, shortened."))
    fingerprint = models.CharField(
        max_length=64, help_text=gettext_lazy("SHA-256 of the address, the kind and the body.")
    )
    # Raised when an expired claim is taken over, so that its former holder can store nothing.
    fence = models.PositiveIntegerField(default=1)
    lease_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=gettext_lazy("HTTP status; empty while it runs.")
    )
    # Answers hold patients' data, and the text of a new API key.
    answer = EncryptedJSONField(default=dict, blank=True)
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = gettext_lazy("idempotent request")
        constraints = [UniqueConstraint(fields=["organization", "actor", "key"], name="idempotent_request_once")]
        indexes = [Index(fields=["created_at"], name="idempotent_request_age")]

    def __str__(self) -> str:
        return self.key
