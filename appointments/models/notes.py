"""Notes on visits."""

from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantOwned
from accounts.tracking import Tracked
from appointments.models.visits import Appointment


class AppointmentNote(Tracked, TenantOwned):
    """A note on a visit, at most one of each type; also one that belongs to no visit yet."""

    class Type(models.IntegerChoices):
        """Values of the older service."""

        PRIMARY = 1, _("Primary")
        SECONDARY = 2, _("Secondary")
        OOO_REASON = 3, _("OOO Reason")
        OOO_NOTE = 4, _("OOO Note")

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, null=True, blank=True, related_name="notes")
    type = models.PositiveSmallIntegerField(choices=Type, default=Type.PRIMARY)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            UniqueConstraint(fields=["organization", "appointment", "type"], name="appointment_note_type"),
        ]
        indexes = [models.Index(fields=["organization", "updated_in"], name="appointment_note_updated")]

    def __str__(self) -> str:
        return f"{self.get_type_display()}: {self.appointment or '–'}"
