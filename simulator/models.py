"""The phone simulator's own records: the carrier's side of the wire. No tenant owns them."""

from django.db import models
from django.db.models import Index, Q

from config.kernel.clock import DatabaseNow


class CarrierAccount(models.Model):
    """A customer's account with the simulated carrier, known by its key in the protocol that the customer speaks."""

    protocol = models.CharField(max_length=20)  # a name of `simulator.protocols`
    access_key = models.CharField(max_length=100)
    inbound_url = models.CharField(max_length=500, blank=True)  # gets the texts that phones write
    receipt_url = models.CharField(max_length=500, blank=True)  # gets receipts, unless a text names another address

    class Meta:
        constraints = [models.UniqueConstraint(fields=["protocol", "access_key"], name="simulator_account")]

    def __str__(self) -> str:
        return self.access_key


class CarrierMessage(models.Model):
    """A message that the carrier accepted, or that a phone wrote: the append-only ledger."""

    public_id = models.CharField(max_length=60, unique=True)
    account = models.ForeignKey(CarrierAccount, on_delete=models.CASCADE, null=True, blank=True)
    channel = models.CharField(max_length=5)
    direction = models.CharField(max_length=8)  # outbound: to a phone; inbound: from a phone
    sender = models.CharField(max_length=254)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    html = models.TextField(blank=True)
    status = models.CharField(max_length=20, default="delivered")
    at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        ordering = ["id"]
        indexes = [
            Index(fields=["recipient", "id"], name="simulator_recipient"),
            Index(fields=["sender", "id"], name="simulator_sender"),
            Index(fields=["at"], name="simulator_at"),
        ]

    def __str__(self) -> str:
        return self.public_id


class CarrierPost(models.Model):
    """A call that the carrier owes a customer's callback address: a receipt or an inbound text, as an HTTP request."""

    method = models.CharField(max_length=4, default="POST")
    url = models.CharField(max_length=500)
    headers = models.JSONField(default=dict)  # name to value
    body = models.TextField(blank=True)
    due_at = models.DateTimeField(db_default=DatabaseNow())
    tries = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        indexes = [Index(fields=["due_at"], condition=Q(done_at=None), name="simulator_post_due")]

    def __str__(self) -> str:
        return f"Post {self.pk}"


class CarrierFaults(models.Model):
    """The faults that the carrier shows at present; one row."""

    rate = models.FloatField(default=0)
    kinds = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.rate:.0%} of {', '.join(self.kinds)}"
