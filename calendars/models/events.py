"""Events, the rules they recur by, and their occurrences, which are events too."""

from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.models import validate_zone
from accounts.tenancy import TenantPart
from accounts.tracking import HAS_CHANGED, Tracked
from calendars.engine import time_kinds
from calendars.engine.closure_decision import warning
from calendars.engine.series_plan import ChildTimes, Series, SeriesEnding
from calendars.engine.states import ClosureEffect, EventStatus, OnClosure, TimeKind
from calendars.engine.wall_clock import resolve, wall
from calendars.models.calendars import Calendar, CalendarUser
from calendars.models.series_fields import CALLED_OFF, SeriesFields
from calendars.querysets import LASTS_DAYS, EventManager
from config.kernel import text
from config.kernel.choices import choices
from config.kernel.clock import DatabaseNow
from contacts.models import Contact


class Rule(models.Model):
    """A named recurrence that all organizations share, such as Daily."""

    class Frequency(models.TextChoices):
        """RFC 5545 FREQ."""

        YEARLY = "YEARLY"
        MONTHLY = "MONTHLY"
        WEEKLY = "WEEKLY"
        DAILY = "DAILY"
        HOURLY = "HOURLY"
        MINUTELY = "MINUTELY"
        SECONDLY = "SECONDLY"

    name = models.CharField(max_length=32)
    description = models.TextField()
    frequency = models.CharField(max_length=10, choices=Frequency)
    params = models.TextField(null=True, blank=True, help_text=_("name:value;name:value,value"))

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Event(SeriesFields, Tracked, TenantPart):
    """Something that happens at a time; with a rule or recurrence text it is the root of a series.

    Children are flat: `parent_event` is the root. A child is known by `recurrence_id`, its original local start.
    Cancelled and moved children keep their row, so that expansion does not make them again.
    """

    title = models.CharField(max_length=255)
    description = models.TextField(null=True, blank=True)
    start = models.DateTimeField()
    end = models.DateTimeField()
    time_zone = models.CharField(max_length=64, validators=[validate_zone])
    # Both follow their calendar's zone, which is kept in `time_zone`; all-day ones begin and end with a day of it.
    all_day = models.BooleanField(default=False, db_default=False, help_text=_("Whole days; the end is not included."))
    floating = models.BooleanField(default=False, db_default=False, help_text=_("The same time on the clock anywhere."))
    private = models.BooleanField(
        default=False, db_default=False, help_text=_("Feeds and files show it as “Busy”, without its texts.")
    )
    creator = models.ForeignKey(CalendarUser, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    created_on = models.DateTimeField(db_default=DatabaseNow())
    end_recurring_period = models.DateTimeField(null=True, blank=True, help_text=_("No occurrence starts later."))
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    recurrence = models.TextField(
        blank=True, help_text=_("RRULE, RDATE and EXDATE lines of RFC 5545; before the rule.")
    )
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="events", db_constraint=False)
    notify_count = models.PositiveIntegerField(null=True, blank=True, default=0)
    status = models.PositiveSmallIntegerField(choices=choices(EventStatus), default=EventStatus.PENDING)
    data = models.JSONField(null=True, blank=True, help_text=_("Further placeholders of the texts."))
    parent_event = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children", db_constraint=False
    )
    occ_count = models.PositiveIntegerField(null=True, blank=True, default=0)
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_constraint=False
    )
    # RFC 5545 RECURRENCE-ID of a child: its original local start, 20261123T090000.
    recurrence_id = models.CharField(max_length=15, blank=True, editable=False)
    # The wall-clock time that was meant; empty where that would not tell the instant, such as in a repeated hour.
    local_start = models.CharField(max_length=15, blank=True, default="", db_default="", editable=False)
    on_closure = models.CharField(
        max_length=4,
        choices=choices(OnClosure),
        default=OnClosure.KEEP.value,
        db_default=OnClosure.KEEP.value,
        help_text=_(
            "What an occurrence of a series does on a closed day: take place, be left out, or move to the next "
            "open day."
        ),
    )
    # The closure or public holiday that it meets, or because of which it was skipped or moved.
    closure = models.CharField(max_length=200, blank=True, default="", db_default="", editable=False)
    # What the closure did to an occurrence; empty again as soon as somebody moves or cancels it by hand.
    closure_effect = models.CharField(
        max_length=7, blank=True, choices=choices(ClosureEffect), default="", db_default="", editable=False
    )
    # RFC 5545 UID of an imported event.
    uid = models.CharField(max_length=255, blank=True, editable=False)
    external_id = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text=_("Its id in the system it came from.")
    )
    # Of a root: up to where its children exist, that it made its last, and since when it is paused.
    expanded_until = models.DateTimeField(null=True, blank=True, editable=False)
    series_ended = models.BooleanField(default=False, editable=False)
    series_error = models.CharField(max_length=300, blank=True, editable=False)
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    # When what a calendar shows of it changed last; a trigger keeps it.
    changed_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    objects: ClassVar[EventManager["Event"]] = EventManager()

    class Meta:
        ordering = ["start", "id"]
        constraints = [
            CheckConstraint(condition=Q(end__gte=F("start")), name="event_order"),
            CheckConstraint(condition=~Q(all_day=True, floating=True), name="event_one_kind"),
            CheckConstraint(condition=Q(all_day=False) | Q(end__gt=F("start")), name="event_day_has_length"),
            # Of occurrences only: one of all events would be small beside the key's, and keys be checked by it, which
            # reads all events of the organization (see tests/test_key_checks.py).
            UniqueConstraint(
                fields=["organization", "parent_event", "recurrence_id"],
                condition=Q(parent_event__isnull=False),
                name="event_occurrence_once",
            ),
            CheckConstraint(
                condition=Q(parent_event=None, recurrence_id="") | Q(parent_event__isnull=False) & ~Q(recurrence_id=""),
                name="event_child_has_recurrence_id",
            ),
            UniqueConstraint(
                fields=["organization", "calendar", "uid"],
                condition=Q(parent_event=None) & ~Q(uid=""),
                name="event_uid_once",
            ),
            UniqueConstraint(
                fields=["organization", "external_id"], condition=~Q(external_id=""), name="event_external_id"
            ),
            # The target of the appointment's foreign key on (event, starts_at, ends_at, contact).
            UniqueConstraint(fields=["id", "start", "end", "contact"], name="event_times"),
        ]
        indexes = [
            Index(fields=["organization", "start"], name="event_start"),
            Index(
                fields=["expanded_until"],
                condition=Q(parent_event=None, series_ended=False, paused_at=None, series_error="")
                & (Q(rule__isnull=False) | ~Q(recurrence="")),
                name="event_to_expand",
            ),
            Index(fields=["end"], condition=Q(status=1), name="event_to_complete"),
            # What goes on from before a month is not looked for among everything that ever began.
            Index(fields=["organization", "end"], condition=Q(LASTS_DAYS), name="event_long"),
            # Calendar apps ask every few minutes whether anything changed.
            Index(fields=["organization", "calendar"], include=["id", "version", "changed_at"], name="event_versions"),
            Index(fields=["organization", "updated_in"], condition=HAS_CHANGED, name="event_updated"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_series(self) -> bool:
        """Whether it is the root of a series."""
        return self.parent_event_id is None and bool(self.rule_id or self.recurrence)

    @property
    def kind(self) -> TimeKind:
        """Timed, all-day or floating."""
        return TimeKind.DAYS if self.all_day else TimeKind.FLOATING if self.floating else TimeKind.TIMED

    @property
    def intended_start(self) -> datetime:
        """Its wall-clock start: what was meant, whatever its zone's rules have become since."""
        if self.local_start:
            return datetime.fromisoformat(self.local_start)
        return time_kinds.local(self.start, ZoneInfo(self.time_zone), self.kind)

    @property
    def start_in_series(self) -> datetime:
        """The wall-clock start of a root on the clock of its series, which can be another than the root's own."""
        zone = self.series_zone
        is_same = self.kind != TimeKind.TIMED or zone.key == self.time_zone
        return self.intended_start if is_same else wall(self.start, zone)

    @property
    def wall_clock_length(self) -> timedelta:
        """How long it lasts itself on the wall clock."""
        return time_kinds.length(self.start, self.end, ZoneInfo(self.time_zone), self.kind)

    @property
    def told_until(self) -> datetime:
        """Until when reminders and answers are of use: its start, or the end of its days."""
        return self.end if self.all_day else self.start

    @property
    def is_called_off(self) -> bool:
        """Whether somebody cancelled it; what a closure skips is cancelled too, but may take place after all."""
        return self.cancelled_at is not None and self.closure_effect != ClosureEffect.SKIPPED

    @property
    def warnings(self) -> list[str]:
        """What staff should know of it."""
        return [text.told(words)] if (words := warning(self.closure, self.closure_effect)) else []

    def as_series(self) -> Series:
        """Return the series of a root as values; its rule is read when it is asked for, which raises `BadRule`."""
        zone, start, end = self.series_zone, self.start, self.end
        first, kind = self.start_in_series, self.kind
        if kind != TimeKind.TIMED and zone.key != self.time_zone:
            start, end = resolve(first, zone), time_kinds.finish(first, self.wall_clock_length, zone, kind)
        return Series(
            start=start,
            end=end,
            zone=zone,
            kind=kind,
            first=first,
            lines=self.recurrence,
            frequency=self.rule.frequency if self.rule else "",
            params=self.rule.params if self.rule else None,
            last=self.end_recurring_period,
            length=self.series_length,
        )

    def child_times(self) -> ChildTimes:
        """Return when an occurrence takes place, as values."""
        identity = datetime.fromisoformat(self.recurrence_id)
        zone, is_cancelled = ZoneInfo(self.time_zone), self.cancelled_at is not None
        return ChildTimes(self.pk, identity, self.start, self.end, zone, self.kind, is_cancelled)

    def note_called_off(self, ending: SeriesEnding | None = None) -> None:
        """Note that the series is called off and, where it ends otherwise for that, as what it was to go on."""
        was: dict[str, Any] = {}
        if ending:
            last = self.end_recurring_period
            was = {"ended": ending.lines, "recurrence": self.recurrence, "last": last.isoformat() if last else None}
        self.series_fields = {**(self.series_fields or {}), CALLED_OFF: was}

    def reopen(self) -> None:
        """Let a series that was called off go on: as it was, unless somebody changed it since."""
        fields = dict(self.series_fields or {})
        was = fields.pop(CALLED_OFF, {})
        self.series_fields, self.series_ended = fields or None, False
        if was and was["ended"] == self.recurrence:
            self.recurrence = was["recurrence"]
            self.end_recurring_period = datetime.fromisoformat(was["last"]) if was["last"] else None
