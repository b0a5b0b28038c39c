"""Alarms, and their attempts."""

from django.db import models
from django.db.models import Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantOwned, TenantPart
from accounts.tracking import HAS_CHANGED, Tracked
from calendars.engine.states import AlarmMethod, AlarmResult, AlarmState, AlarmStatus
from calendars.models.events import Event
from calendars.querysets import AlarmManager
from config.kernel.choices import choices
from config.kernel.clock import DatabaseNow
from notifications import channels
from notifications.models import Attempt, MailTemplate, SMSTemplate
from surveys.models import CallRequest, Survey


class Alarm(Tracked, TenantPart):
    """A message that tells of an event, ahead of it (fields of the older interface, and when it is really due)."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="alarms", db_constraint=False)
    # The root's alarm of which this is a child's copy: a child has one copy of each.
    parent_alarm = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False, db_constraint=False
    )
    alarm_phonenumber = models.CharField(
        max_length=50, null=True, blank=True, help_text=_("E.164; empty: the contact's first number.")
    )
    alarm_email = models.EmailField(null=True, blank=True, help_text=_("Empty: the contact's first address."))
    daily_start = models.TimeField(default="00:00:00")
    daily_stop = models.TimeField(default="23:59:59")
    advance_notice = models.PositiveIntegerField(default=0, help_text=_("Seconds before the start notice."))
    maxretry = models.PositiveIntegerField(default=0)
    retry_delay = models.PositiveIntegerField(default=0, help_text=_("Seconds"))
    num_attempt = models.PositiveIntegerField(default=0)
    method = models.PositiveSmallIntegerField(choices=channels.method_choices, default=AlarmMethod.CALL)
    survey = models.ForeignKey(
        Survey, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False
    )
    mail_template = models.ForeignKey(
        MailTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False
    )
    sms_template = models.ForeignKey(
        SMSTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False
    )
    date_start_notice = models.DateTimeField()
    status = models.PositiveSmallIntegerField(choices=choices(AlarmStatus), default=AlarmStatus.PENDING)
    result = models.PositiveSmallIntegerField(
        choices=choices(AlarmResult), null=True, blank=True, default=AlarmResult.NO_RESULT
    )
    url_cancel = models.CharField(max_length=250, null=True, blank=True)
    url_confirm = models.CharField(max_length=250, null=True, blank=True)
    phonenumber_transfer = models.CharField(max_length=50, null=True, blank=True)
    phonenumber_sms_failure = models.CharField(max_length=50, null=True, blank=True)
    created_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    # Computed when it is saved or its event moves: notice minus lead, inside the daily window.
    due_at = models.DateTimeField(editable=False)
    useful_until = models.DateTimeField(editable=False)
    state = models.CharField(max_length=12, choices=choices(AlarmState), default=AlarmState.PLANNED, editable=False)
    reason = models.CharField(
        max_length=40, blank=True, editable=False, help_text=_("Why it stands so: a stable code.")
    )
    # The step of a reminder plan that made it, a row of the app above; empty: somebody made or changed it by hand.
    plan_step = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    # Left out where the event is confirmed by then.
    only_unconfirmed = models.BooleanField(default=False, db_default=False, editable=False)
    # Raised when it has to be sent anew (moved after it was sent, retried by staff); part of the delivery's key.
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = AlarmManager()

    class Meta:
        ordering = ["date_start_notice", "id"]
        constraints = [UniqueConstraint(fields=["organization", "event", "parent_alarm"], name="alarm_copy_once")]
        indexes = [
            Index(fields=["due_at"], condition=Q(status=1), name="alarm_waiting"),
            Index(fields=["organization", "updated_in"], condition=HAS_CHANGED, name="alarm_updated"),
        ]

    def __str__(self) -> str:
        return f"Alarm {self.pk}"

    @property
    def older_status(self) -> int:
        """Its status in the older interface, which has none for what was called off: that was not tried, nor failed."""
        return AlarmStatus.PENDING if self.state == AlarmState.CANCELLED else self.status


class AlarmRequest(Tracked, TenantOwned):
    """One try of an alarm on any channel, as the older interface shows it: a view of `notifications.Attempt`.

    `calendars/services/alarms/delivery_results.py` writes it whenever the attempt changes; nothing decides by it.
    """

    alarm = models.ForeignKey(Alarm, on_delete=models.CASCADE, null=True, blank=True, related_name="requests")
    date = models.DateTimeField()
    status = models.PositiveSmallIntegerField(
        choices=choices(AlarmStatus), null=True, blank=True, default=AlarmStatus.PENDING
    )
    callstatus = models.IntegerField(null=True, blank=True, default=0)
    duration = models.PositiveIntegerField(null=True, blank=True, default=0, help_text=_("Seconds"))
    callrequest = models.ForeignKey(CallRequest, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    attempt = models.OneToOneField(Attempt, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=12, blank=True, help_text=_("In plain words."))
    reason = models.CharField(max_length=40, blank=True)
    created_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [Index(fields=["organization", "updated_in"], name="alarmrequest_updated")]

    def __str__(self) -> str:
        return f"Alarm request {self.pk}"

    @property
    def time_zone(self) -> str:
        """In which zone its times are told: its event's, else the organization's."""
        return self.alarm.event.time_zone if self.alarm else self.organization.time_zone
