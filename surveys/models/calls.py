"""Calls that were asked for, and what was answered in them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantOwned
from config.kernel.choices import choices
from config.kernel.clock import DatabaseNow
from notifications.models import Gateway
from surveys.engine.states import CallStatus, CallType
from surveys.models.sections import Section
from surveys.models.surveys import Survey


class CallRequest(TenantOwned):
    """A call that was asked for, in the fields of the older interface.

    Whether it took place is told by its attempt, `notifications.Attempt`, of which this is a view.
    """

    request_uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    aleg_uuid = models.CharField(max_length=120, null=True, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    call_time = models.DateTimeField(db_default=DatabaseNow())
    call_type = models.PositiveSmallIntegerField(choices=choices(CallType), default=CallType.ALLOW_RETRY)
    status = models.PositiveSmallIntegerField(choices=choices(CallStatus), default=CallStatus.PENDING)
    callerid = models.CharField(max_length=80, blank=True)
    caller_name = models.CharField(max_length=80, blank=True)
    phone_number = models.CharField(max_length=80, help_text="E.164")
    timeout = models.PositiveIntegerField(default=30, help_text=_("Seconds"))
    timelimit = models.PositiveIntegerField(default=3600, help_text=_("Seconds"))
    aleg_gateway = models.ForeignKey(
        Gateway, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("voice gateway")
    )
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    completed = models.BooleanField(default=False)
    extra_data = models.CharField(max_length=120, blank=True)
    num_attempt = models.PositiveIntegerField(default=0)
    last_attempt_time = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=180, blank=True)
    hangup_cause = models.CharField(max_length=80, blank=True)
    parent_callrequest = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.request_uuid)


class Result(TenantOwned):
    """What was answered at one node of a call; coming to it again overwrites."""

    callrequest = models.ForeignKey(CallRequest, on_delete=models.CASCADE, related_name="results")
    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="results")
    response = models.CharField(max_length=150)
    record_file = models.CharField(max_length=200, blank=True)
    recording_duration = models.PositiveIntegerField(default=0, help_text=_("Seconds"))
    created_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["id"]
        verbose_name = _("survey result")
        constraints = [UniqueConstraint(fields=["organization", "callrequest", "section"], name="result_once")]

    def __str__(self) -> str:
        return self.response
