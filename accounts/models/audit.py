"""The audit trail."""

from django.db import models
from django.db.models import Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy

from accounts.models.organizations import Organization
from accounts.tenancy import TenantOwned, current_id
from config.kernel.clock import DatabaseNow


class Via(models.TextChoices):
    """The way of access through which something was done."""

    SESSION = "session", gettext_lazy("signed in")
    BASIC = "basic", gettext_lazy("Basic")
    KEY = "key", gettext_lazy("API key")
    JWT = "jwt", gettext_lazy("trusted issuer")
    SUPPORT = "support", gettext_lazy("support access")
    FEED = "feed", gettext_lazy("calendar feed")
    PATIENT = "patient", gettext_lazy("patient")
    TASK = "task", gettext_lazy("by itself")
    COMMAND = "command", gettext_lazy("command")
    NOBODY = "nobody", gettext_lazy("not signed in")


class AuditRecord(models.Model):
    """Who did what, from where and how: written once, then added to a hash chain by the database.

    It names rows and fields and never quotes them, so that it holds no patient's data.
    """

    at = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    identity = models.CharField(max_length=80, blank=True, help_text=gettext_lazy("Who, such as user:3 or key:7."))
    name = models.CharField(max_length=200, blank=True, help_text=gettext_lazy("Who, in words."))
    via = models.CharField(max_length=10, choices=Via.choices)
    address = models.CharField(max_length=45, blank=True, help_text=gettext_lazy("From which network address."))
    agent = models.CharField(
        max_length=120, blank=True, help_text=gettext_lazy("With which program, as it says itself.")
    )
    action = models.CharField(max_length=40)
    kind = models.CharField(max_length=80, blank=True, help_text=gettext_lazy("Of what, such as contacts.contact."))
    object_id = models.CharField(max_length=40, blank=True)
    changed = models.JSONField(default=list, blank=True, help_text=gettext_lazy("Names of the changed fields."))
    facts = models.JSONField(
        default=dict, blank=True, help_text=gettext_lazy("Counts, roles, times, reasons; no patient's data.")
    )
    # The database alone writes them, a moment after the transaction: see the migration that made the table.
    position = models.BigIntegerField(
        null=True, blank=True, editable=False, help_text=gettext_lazy("Place in the chain.")
    )
    hash = models.CharField(
        max_length=64, blank=True, editable=False, help_text=gettext_lazy("SHA-256 over the one before and this.")
    )

    class Meta:
        abstract = True
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.object_id}".strip()


class AuditEntry(AuditRecord, TenantOwned):
    """The audit trail of an organization."""

    # It outlives the organization: nothing deletes it.
    organization = models.ForeignKey(
        Organization, on_delete=models.DO_NOTHING, db_constraint=False, default=current_id, related_name="+"
    )

    class Meta(AuditRecord.Meta):
        verbose_name = gettext_lazy("audit entry")
        verbose_name_plural = gettext_lazy("audit entries")
        constraints = [UniqueConstraint(fields=["organization", "position"], name="audit_entry_position")]
        indexes = [
            Index(fields=["organization", "-at"], name="audit_entry_at"),
            Index(fields=["organization", "kind", "object_id"], name="audit_entry_object"),
            Index(fields=["organization"], condition=Q(position=None), name="audit_entry_unsealed"),
        ]


class PlatformEntry(AuditRecord):
    """The audit trail of what belongs to no organization: platform administrators, and names that nobody has."""

    class Meta(AuditRecord.Meta):
        verbose_name = gettext_lazy("platform entry")
        verbose_name_plural = gettext_lazy("platform entries")
        constraints = [UniqueConstraint(fields=["position"], name="platform_entry_position")]
        indexes = [Index(fields=["id"], condition=Q(position=None), name="platform_entry_unsealed")]
