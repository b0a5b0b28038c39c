"""Times that somebody keeps for minutes while they book."""

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantOwned
from appointments.models.staffing import Operatory, Provider
from appointments.models.types import AppointmentType
from calendars.models import Calendar
from config.kernel.clock import DatabaseNow


class SlotHold(TenantOwned):
    """A span of a provider, an operatory or a calendar with a limit that nobody else can book until it expires.

    It takes what a visit of its type would take. The database clock decides whether it has expired.
    """

    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, null=True, blank=True, db_index=False, related_name="+"
    )
    operatory = models.ForeignKey(
        Operatory, on_delete=models.CASCADE, null=True, blank=True, db_index=False, related_name="+"
    )
    calendar = models.ForeignKey(
        Calendar, on_delete=models.CASCADE, null=True, blank=True, db_index=False, related_name="+"
    )
    appointment_type = models.ForeignKey(
        AppointmentType, on_delete=models.CASCADE, null=True, blank=True, db_index=False, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # Who holds it, as in the audit trail; only they can book with it.
    held_by = models.CharField(max_length=80, editable=False)
    expires_at = models.DateTimeField(editable=False)
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["id"]
        verbose_name = _("hold of a time")
        verbose_name_plural = _("holds of times")
        constraints = [
            CheckConstraint(
                condition=Q(provider__isnull=False) | Q(operatory__isnull=False) | Q(calendar__isnull=False),
                name="slothold_subject",
            ),
            CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="slothold_order"),
        ]
        indexes = [
            # They live for minutes: what expires first is what there is of them.
            Index(fields=["expires_at"], name="slothold_expiry"),
            Index(fields=["provider"], condition=Q(provider__isnull=False), name="slothold_provider"),
            Index(fields=["operatory"], condition=Q(operatory__isnull=False), name="slothold_operatory"),
            Index(fields=["calendar"], condition=Q(calendar__isnull=False), name="slothold_calendar"),
            Index(fields=["appointment_type"], condition=Q(appointment_type__isnull=False), name="slothold_type"),
        ]

    def __str__(self) -> str:
        return f"{self.provider or self.operatory or self.calendar}: {self.starts_at:%Y-%m-%d %H:%M}"
