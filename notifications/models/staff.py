"""Things for staff: what the program cannot decide, or must tell."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantOwned
from config.kernel import language, text
from config.kernel.clock import DatabaseNow
from config.kernel.text import Sentence
from contacts.models import Contact
from notifications.engine.staff_sentences import SENTENCES
from notifications.models.inbound import InboundEvent
from notifications.models.outbox import Delivery


class StaffItem(TenantOwned):
    """Something for a person of the clinic to look at."""

    class Reason(models.TextChoices):
        """Why it is here."""

        UNCLEAR_REPLY = "unclear_reply", _("Reply not understood")
        AMBIGUOUS_REPLY = "ambiguous_reply", _("Reply could mean several visits")
        UNKNOWN_SENDER = "unknown_sender", _("Reply from an unknown number")
        LATE_REPLY = "late_reply", _("Reply that changes a closed visit")
        OPT_OUT = "opt_out", _("Recipient opted out")
        FAILED = "failed", _("Message not delivered")
        DOUBT = "doubt", _("Message may or may not have arrived")
        SKIPPED = "skipped", _("Messages skipped because it was too late")
        TOO_LATE = "too_late", _("Cancelled after the message had left")
        WARNING = "warning", _("Warning")

    kind = models.CharField(max_length=20, choices=Reason)
    # Of `notifications.engine.staff_sentences`; the values that fill it are texts, sentences and {"day": ISO date}.
    code = models.CharField(max_length=40)
    values = models.JSONField(default=dict, blank=True)
    # The same thing is told once while it is open.
    dedup_key = models.CharField(max_length=100)
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    delivery = models.ForeignKey(Delivery, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    inbound = models.ForeignKey(InboundEvent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    count = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("thing for staff")
        verbose_name_plural = _("things for staff")
        constraints = [
            UniqueConstraint(
                fields=["organization", "dedup_key"], condition=Q(done_at=None), name="staff_item_open_once"
            )
        ]
        indexes = [Index(fields=["organization", "-id"], condition=Q(done_at=None), name="staff_item_open")]

    def __str__(self) -> str:
        return self.summary

    @property
    def summary(self) -> str:
        """Return what is told, in the language that is active."""
        values = {name: _shown(value) for name, value in self.values.items()}
        return text.told(Sentence(SENTENCES[self.code], values))


def _shown(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    return language.short_day(date.fromisoformat(value["day"])) if "day" in value else text.told(text.read(value))
