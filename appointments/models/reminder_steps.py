"""The reminder plans of appointment types: which reminders a visit of a type has."""

from typing import NoReturn

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.tenancy import TenantPart
from accounts.tracking import Tracked
from appointments.models.types import AppointmentType
from config.kernel import text
from notifications import channels
from notifications.models import MailTemplate, SMSTemplate
from surveys.models import Survey

# Seconds.
UNITS = {"minutes": 60, "hours": 3600, "days": 86_400}
# Alarms are made at most so far ahead.
LONGEST = 365 * 86_400


class ReminderStep(Tracked, TenantPart):
    """A reminder that each visit of a type gets: how long before it, on which channel, and what it says."""

    class Unit(models.TextChoices):
        """In what the time before the visit is counted; days are those of the clock on the wall."""

        MINUTES = "minutes", gettext_lazy("Minutes")
        HOURS = "hours", gettext_lazy("Hours")
        DAYS = "days", gettext_lazy("Days")

    appointment_type = models.ForeignKey(
        AppointmentType, on_delete=models.CASCADE, related_name="reminder_steps", db_constraint=False
    )
    before = models.PositiveIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST // 60)],
        help_text=gettext_lazy("How long before the visit, in the unit."),
    )
    unit = models.CharField(max_length=7, choices=Unit, default=Unit.DAYS)
    business_days = models.BooleanField(
        default=False, help_text=gettext_lazy("Count only days on which the clinic is open; with days alone.")
    )
    method = models.PositiveSmallIntegerField(choices=channels.method_choices, help_text=gettext_lazy("The channel."))
    sms_template = models.ForeignKey(
        SMSTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False
    )
    mail_template = models.ForeignKey(
        MailTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False
    )
    survey = models.ForeignKey(
        Survey, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False
    )
    only_unconfirmed = models.BooleanField(
        default=False, help_text=gettext_lazy("Leave it out where the visit is confirmed by then.")
    )

    class Meta:
        ordering = ["appointment_type", "id"]
        constraints = [
            UniqueConstraint(
                fields=["organization", "appointment_type", "before", "unit", "business_days", "method"],
                name="reminderstep_once",
                violation_error_message=gettext_lazy("The plan has such a reminder already."),
            ),
            CheckConstraint(condition=Q(before__gt=0), name="reminderstep_before"),
            CheckConstraint(
                condition=Q(business_days=False) | Q(unit="days"),
                name="reminderstep_business_days",
                violation_error_message=gettext_lazy("Only days can be business days."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} {self.get_unit_display()}, {self.get_method_display()}"

    @property
    def seconds(self) -> int:
        """How long before the visit it leaves, where all days count."""
        return self.before * UNITS[self.unit]

    @property
    def content(self) -> dict[str, object]:
        """The channel and what is said on it, as an alarm has them."""
        field = channels.of_method(self.method).content_field
        return {"method": self.method, f"{field}_id": getattr(self, f"{field}_id")}

    def clean(self) -> None:
        """Refuse what no reminder can be, at the field that is wrong."""
        super().clean()
        if self.business_days and self.unit != self.Unit.DAYS:
            _refuse("business_days", _("Only days can be business days."))
        if self.before and self.unit in UNITS and self.seconds > LONGEST:
            _refuse("before", _("Choose at most 365 days."))
        if self.method not in dict(channels.method_choices()):
            return
        channel = channels.of_method(self.method)
        if getattr(self, f"{channel.content_field}_id") is None:
            _refuse(channel.content_field, text.told(channel.missing_content_words))


def _refuse(field: str, words: str) -> NoReturn:
    raise ValidationError({field: ValidationError(words, code="invalid")})
