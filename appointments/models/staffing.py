"""Who treats patients and where: providers, operatories, when they work, and when they cannot be booked."""

from datetime import time
from typing import NoReturn

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Clinic
from accounts.tenancy import TenantOwned
from accounts.tracking import Tracked
from calendars.models import Calendar, OpeningHours
from config.kernel.api.fields import EARLIEST, LATEST


class Provider(Tracked, TenantOwned):
    """Somebody who treats patients, and whose time is booked: a dentist, a hygienist, a doctor."""

    name = models.CharField(max_length=100)
    clinic = models.ForeignKey(
        Clinic,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=gettext_lazy("Where they work; empty: the default one, unless a schedule entry says otherwise."),
    )
    calendar = models.ForeignKey(
        Calendar,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=gettext_lazy("In which their visits are booked; its limit counts for free times."),
    )
    is_active = models.BooleanField(default=True, help_text=gettext_lazy("Whether free times are offered."))

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Operatory(Tracked, TenantOwned):
    """A room, or a chair in it, that one visit takes at a time."""

    name = models.CharField(max_length=100)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    is_active = models.BooleanField(default=True, help_text=gettext_lazy("Whether free times are offered."))

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = gettext_lazy("operatories")

    def __str__(self) -> str:
        return self.name


class ScheduleEntry(Tracked, TenantOwned):
    """A span in which a provider works or an operatory can be used: on a weekday, or on one day.

    What is entered for a day replaces what the weekday has. Times are wall-clock times of the clinic.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, null=True, blank=True, related_name="schedule")
    operatory = models.ForeignKey(Operatory, on_delete=models.CASCADE, null=True, blank=True, related_name="schedule")
    clinic = models.ForeignKey(
        Clinic,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=gettext_lazy("Where the provider works then; empty: the provider's clinic."),
    )
    weekday = models.PositiveSmallIntegerField(choices=OpeningHours.Weekday.choices, null=True, blank=True)
    day = models.DateField(null=True, blank=True, help_text=gettext_lazy("In place of the weekday's hours."))
    begins = models.TimeField(null=True, blank=True, help_text=gettext_lazy("Empty, with a day: absent all day."))
    ends = models.TimeField(null=True, blank=True, help_text=gettext_lazy("00:00 is the end of the day."))

    class Meta:
        ordering = ["weekday", "day", "begins", "id"]
        verbose_name_plural = gettext_lazy("schedule entries")
        constraints = [
            CheckConstraint(
                condition=Q(provider=None, operatory__isnull=False) | Q(provider__isnull=False, operatory=None),
                name="scheduleentry_subject",
                violation_error_message=gettext_lazy("Name a provider or an operatory, one of the two."),
            ),
            CheckConstraint(
                condition=Q(weekday=None, day__isnull=False) | Q(weekday__isnull=False, day=None),
                name="scheduleentry_date",
                violation_error_message=gettext_lazy("Name a weekday or a day, one of the two."),
            ),
            CheckConstraint(
                condition=Q(begins=None, ends=None, day__isnull=False)
                | (Q(begins__isnull=False, ends__isnull=False) & (Q(ends=time(0)) | Q(ends__gt=F("begins")))),
                name="scheduleentry_order",
                violation_error_message=gettext_lazy("It must end later than it begins."),
            ),
        ]

    def __str__(self) -> str:
        when = self.get_weekday_display() if self.weekday is not None else str(self.day)
        return f"{when} {self.begins:%H:%M}–{self.ends:%H:%M}" if self.begins and self.ends is not None else str(when)

    def clean(self) -> None:
        """Refuse what the table would refuse, at the field that is wrong."""
        super().clean()
        if (self.provider_id is None) == (self.operatory_id is None):
            _refuse("provider", _("Name a provider or an operatory, one of the two."))
        if self.clinic_id is not None and self.operatory_id is not None:
            _refuse("clinic", _("An operatory stays where it is; leave the clinic out."))
        if (self.weekday is None) == (self.day is None):
            _refuse("weekday", _("Name a weekday or a day, one of the two."))
        if self.day and not EARLIEST <= self.day.year <= LATEST:
            words = _("Choose a day in the years %(earliest)s to %(latest)s.")
            _refuse("day", words % {"earliest": EARLIEST, "latest": LATEST})
        self._check_times()

    def _check_times(self) -> None:
        if self.begins is None and self.ends is None and self.day is not None:
            return
        if self.begins is None:
            _refuse("begins", _("Say when it begins; only a day can do without."))
        if self.ends is None:
            _refuse("ends", _("Say when it ends."))
        if self.ends <= self.begins and self.ends != time(0):
            words = _("It begins at %(begins)s; let it end later, or at 00:00, the end of the day.")
            _refuse("ends", words % {"begins": f"{self.begins:%H:%M}"})


class Blockout(Tracked, TenantOwned):
    """A span in which a provider, an operatory or both cannot be booked: lunch, a meeting, a broken chair."""

    name = models.CharField(max_length=100)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, null=True, blank=True, related_name="blockouts")
    operatory = models.ForeignKey(Operatory, on_delete=models.CASCADE, null=True, blank=True, related_name="blockouts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            CheckConstraint(
                condition=Q(provider__isnull=False) | Q(operatory__isnull=False),
                name="blockout_subject",
                violation_error_message=gettext_lazy("Name a provider, an operatory, or both."),
            ),
            CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="blockout_order",
                violation_error_message=gettext_lazy("It must end later than it begins."),
            ),
        ]
        indexes = [Index(fields=["organization", "ends_at"], name="blockout_end")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what the table would refuse, at the field that is wrong."""
        super().clean()
        if self.provider_id is None and self.operatory_id is None:
            _refuse("provider", _("Name a provider, an operatory, or both."))
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            _refuse("ends_at", _("It must end later than it begins."))


def _refuse(field: str, words: str) -> NoReturn:
    raise ValidationError({field: ValidationError(words, code="invalid")})
