"""What became of visits."""

from django.db import models
from django.db.models import Index
from django.utils.translation import gettext_lazy as _

from accounts.engine.audit_actor import ChangeChannel
from accounts.tenancy import TenantPart
from appointments.engine.states import HistoryKind, VisitStatus
from appointments.models.visits import Appointment
from config.kernel.choices import choices
from config.kernel.clock import DatabaseNow


class HistoryEntry(TenantPart):
    """A line of a visit's history: that it was booked, or came to another status, time or title; from and to.

    Triggers of the visits' table write it with each change, in the same statement; `services.visit_history` tells
    them who acts. The audit trail tells of deeds, such as the cancellation of a series; this, of each visit of it.
    """

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="history", db_index=False, db_constraint=False
    )
    at = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    kind = models.CharField(max_length=10, choices=choices(HistoryKind))
    from_status = models.CharField(max_length=10, blank=True, choices=choices(VisitStatus))
    to_status = models.CharField(max_length=10, choices=choices(VisitStatus))
    from_start = models.DateTimeField(null=True, blank=True)
    to_start = models.DateTimeField()
    from_end = models.DateTimeField(null=True, blank=True)
    to_end = models.DateTimeField()
    # Of a change of the title alone.
    from_title = models.CharField(max_length=255, blank=True)
    to_title = models.CharField(max_length=255, blank=True)
    identity = models.CharField(max_length=80, blank=True, help_text=_("Who, such as user:3, key:7 or contact:5."))
    name = models.CharField(max_length=200, blank=True, help_text=_("Who, in words."))
    channel = models.CharField(max_length=10, choices=choices(ChangeChannel))

    class Meta:
        ordering = ["id"]
        verbose_name = _("change of a visit")
        verbose_name_plural = _("history of visits")
        indexes = [Index(fields=["appointment", "id"], name="historyentry_of_visit")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_to_status_display()}"
