"""E-mails about visits."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantPart
from accounts.tracking import Tracked
from appointments.models.visits import Appointment


class AppointmentNotification(Tracked, TenantPart):
    """An e-mail about a visit. The outbox sends it, once; what became of it stands with its delivery."""

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="notifications", db_constraint=False
    )
    recipient = models.EmailField()
    subject = models.CharField(max_length=100, null=True, blank=True, help_text=_("Empty: written for you."))
    message = models.TextField(null=True, blank=True, help_text=_("Empty: subject and message are written for you."))
    # Subject and message follow the visit for as long as nobody wrote them.
    is_generated = models.BooleanField(default=False, editable=False)
    send_notification = models.BooleanField(default=False, help_text=_("Send it."))
    send_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: at once."))
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Its message's state in the outbox, as the words of `notifications.engine.states.State`; empty: there is none.
    state = models.CharField(max_length=12, blank=True, editable=False)
    reason = models.CharField(max_length=40, blank=True, editable=False)
    org_phone = models.CharField(max_length=20, null=True, blank=True, help_text=_("Empty: the clinic's."))
    org_name = models.CharField(max_length=50, null=True, blank=True, help_text=_("Empty: the organization's."))

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["organization", "updated_in"], name="notification_updated")]

    def __str__(self) -> str:
        return f"{self.appointment} ({self.sent_at})"
