"""How far it is to visits."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantPart
from accounts.tracking import Tracked
from appointments.models.visits import Appointment


class AppointmentDrivingTime(Tracked, TenantPart):
    """The way to a visit: how long it is, and how long it takes."""

    # Its key in the older appointment service.
    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="driving_times", db_constraint=False
    )
    distance = models.DecimalField(
        max_digits=5, decimal_places=2, validators=[MinValueValidator(0)], help_text=_("In the unit of who drives.")
    )
    time = models.PositiveSmallIntegerField(validators=[MaxValueValidator(32767)], help_text=_("Minutes."))
    time_point = models.DateTimeField(null=True, blank=True, help_text=_("When this was found out."))

    class Meta:
        ordering = ["id"]
        constraints = [
            UniqueConstraint(fields=["organization", "uuid"], name="driving_time_uuid"),
            CheckConstraint(condition=Q(distance__gte=0), name="driving_time_distance"),
        ]
        indexes = [models.Index(fields=["organization", "updated_in"], name="driving_time_updated")]

    def __str__(self) -> str:
        return f"{self.appointment}: {self.time} min"
