"""What a visit can be for: how long it takes, and who may do it."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantOwned, TenantPart
from accounts.tracking import Tracked
from appointments.models.staffing import Provider

# Minutes; a visit with a provider or an operatory lasts at most a day.
LONGEST = 24 * 60
WEEKS = 53 * 7 * 24 * 60


class AppointmentType(Tracked, TenantOwned):
    """A kind of visit; all lengths are minutes."""

    name = models.CharField(max_length=100)
    duration = models.PositiveIntegerField(
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST)],
        help_text=_("Minutes that the visit takes."),
    )
    buffer_before = models.PositiveIntegerField(
        default=0,
        validators=[MaxValueValidator(LONGEST)],
        help_text=_("Minutes before the visit in which its provider and operatory take no other."),
    )
    buffer_after = models.PositiveIntegerField(
        default=0,
        validators=[MaxValueValidator(LONGEST)],
        help_text=_("Minutes after the visit in which its provider and operatory take no other."),
    )
    lead_time = models.PositiveIntegerField(
        default=0,
        validators=[MaxValueValidator(WEEKS)],
        help_text=_("Minutes between now and the first time that is offered."),
    )
    needs_operatory = models.BooleanField(default=False, help_text=_("Whether a free operatory is needed, too."))
    colour = models.CharField(
        max_length=7,
        blank=True,
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}\Z", _("Write a colour like #1e88e5."))],
        help_text=_("In the day's list, such as #1e88e5."),
    )
    is_active = models.BooleanField(default=True, help_text=_("Whether free times are offered."))
    providers = models.ManyToManyField(
        Provider,
        through="TypeProvider",
        blank=True,
        related_name="appointment_types",
        help_text=_("Who may do it; none: everybody."),
    )

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            UniqueConstraint(fields=["organization", "name"], name="appointmenttype_name"),
            CheckConstraint(condition=Q(duration__gt=0), name="appointmenttype_duration"),
        ]

    def __str__(self) -> str:
        return self.name


class TypeProvider(TenantPart):
    """That a provider may do visits of a type."""

    appointment_type = models.ForeignKey(AppointmentType, on_delete=models.CASCADE, related_name="type_providers")
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering = ["provider_id"]
        constraints = [
            UniqueConstraint(fields=["organization", "appointment_type", "provider"], name="typeprovider_once")
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.appointment_type}"
