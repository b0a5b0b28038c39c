"""When clinics are open, and when they are closed; public holidays stand with the organization and its clinics."""

from datetime import time
from typing import NoReturn

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Clinic
from accounts.tenancy import TenantOwned
from accounts.tracking import Tracked
from calendars.engine.closure_decision import ClosedSpan
from calendars.models.background_runs import BackgroundRun
from config.kernel.api.fields import EARLIEST, LATEST
from config.kernel.clock import DatabaseNow


class OpeningHours(Tracked, TenantOwned):
    """One span of a weekday in which a clinic is open; a clinic that has any of its own has only these."""

    class Weekday(models.IntegerChoices):
        """As Python numbers them."""

        MONDAY = 0
        TUESDAY = 1
        WEDNESDAY = 2
        THURSDAY = 3
        FRIDAY = 4
        SATURDAY = 5
        SUNDAY = 6

    clinic = models.ForeignKey(
        Clinic,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=gettext_lazy("Empty: all clinics."),
    )
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    opens = models.TimeField()
    closes = models.TimeField(help_text=gettext_lazy("00:00 is the end of the day."))

    class Meta:
        ordering = ["clinic_id", "weekday", "opens", "id"]
        verbose_name_plural = gettext_lazy("opening hours")
        constraints = [
            CheckConstraint(
                condition=Q(closes__gt=F("opens")) | Q(closes=time(0)),
                name="openinghours_order",
                violation_error_message=gettext_lazy("It must close later than it opens."),
            ),
            UniqueConstraint(
                fields=["organization", "clinic", "weekday", "opens"], name="openinghours_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"

    def clean(self) -> None:
        """Refuse what the table would refuse, at the field that is wrong."""
        super().clean()
        if self.opens is None or self.closes is None or self.weekday is None:
            return
        if self.closes <= self.opens and self.closes != time(0):
            _refuse(
                "closes",
                _("It opens at %(opens)s; let it close later, or at 00:00, the end of the day.")
                % {"opens": f"{self.opens:%H:%M}"},
            )
        same = OpeningHours.objects.filter(clinic=self.clinic_id, weekday=self.weekday, opens=self.opens)
        if same.exclude(pk=self.pk).exists():
            _refuse(
                "opens",
                _("There are hours from %(opens)s on that day already; change those.")
                % {"opens": f"{self.opens:%H:%M}"},
            )


class Closure(Tracked, TenantOwned):
    """Days on which a clinic is closed, or from a time on the first of them until a time on the last."""

    clinic = models.ForeignKey(
        Clinic,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=gettext_lazy("Empty: all clinics."),
    )
    name = models.CharField(max_length=100, help_text=gettext_lazy("Why it is closed, such as Summer break."))
    first_day = models.DateField()
    last_day = models.DateField()
    begins = models.TimeField(null=True, blank=True, help_text=gettext_lazy("On the first day; empty: all day."))
    ends = models.TimeField(null=True, blank=True, help_text=gettext_lazy("On the last day; empty: until its end."))

    class Meta:
        ordering = ["first_day", "id"]
        constraints = [
            CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="closure_order",
                violation_error_message=gettext_lazy("The last day must not be before the first."),
            ),
            CheckConstraint(
                condition=Q(last_day__gt=F("first_day")) | Q(begins=None) | Q(ends=None) | Q(ends__gt=F("begins")),
                name="closure_times_order",
                violation_error_message=gettext_lazy("On one day it must end later than it begins."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an end before the beginning, and years in which nothing can be booked."""
        super().clean()
        if self.first_day is None or self.last_day is None:
            return
        for name in ("first_day", "last_day"):
            if not EARLIEST <= getattr(self, name).year <= LATEST:
                _refuse(
                    name,
                    _("Choose a day in the years %(earliest)s to %(latest)s.")
                    % {"earliest": EARLIEST, "latest": LATEST},
                )
        if self.last_day < self.first_day:
            _refuse(
                "last_day",
                _("It begins on %(first_day)s; the last day must be that one or a later one.")
                % {"first_day": self.first_day},
            )
        if self.last_day == self.first_day and self.begins and self.ends and self.ends <= self.begins:
            _refuse(
                "ends", _("It begins at %(begins)s on that day; let it end later.") % {"begins": f"{self.begins:%H:%M}"}
            )

    @property
    def closed_span(self) -> ClosedSpan:
        """Return the span of wall-clock time."""
        return ClosedSpan.of_days(self.name, (self.first_day, self.last_day), (self.begins, self.ends))


class ClosureRun(BackgroundRun):
    """How far a worker is with applying closures, holidays and opening hours to an organization's events to come."""

    # Behind which event it goes on; they are taken in the order of their ids.
    last_event = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    changed = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    requested_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        constraints = [UniqueConstraint(fields=["organization"], name="closurerun_once")]

    def __str__(self) -> str:
        return f"{self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def told_error(self) -> str:
        """Return why it was given up, in the language of who reads it."""
        return _(self.error) if self.error else ""


def _refuse(field: str, words: str) -> NoReturn:
    raise ValidationError({field: ValidationError(words, code="invalid")})
