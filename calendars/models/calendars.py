"""Calendar users, their settings and their calendars (fields of the older interface)."""

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Clinic, validate_language, validate_zone
from accounts.tenancy import TenantOwned
from accounts.tracking import Tracked
from calendars.engine.states import AmdBehavior
from config.kernel.choices import choices
from config.kernel.clock import DatabaseNow
from notifications.models import Gateway
from surveys.models import AudioFile, Survey


class CalendarSetting(TenantOwned):
    """Caller id, time-outs and gateways that calendar users share."""

    label = models.CharField(max_length=80)
    callerid = models.CharField(max_length=80, blank=True, default="", help_text=_("Number shown to the recipient."))
    caller_name = models.CharField(max_length=80, blank=True, default="")
    call_timeout = models.PositiveIntegerField(default=60, help_text=_("Seconds"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    aleg_gateway = models.ForeignKey(
        Gateway, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("voice gateway")
    )
    sms_gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    mail_gateway = models.ForeignKey(
        Gateway,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: the organization's first active one."),
    )
    voicemail = models.BooleanField(default=False)
    amd_behavior = models.PositiveSmallIntegerField(
        choices=choices(AmdBehavior), default=AmdBehavior.ALWAYS_PLAY_MESSAGE
    )
    voicemail_audiofile = models.ForeignKey(
        AudioFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    updated_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["label", "id"]

    def __str__(self) -> str:
        return self.label


class CalendarUser(Tracked, TenantOwned):
    """A doctor or secretary for whom reminders are made; signs in nowhere."""

    username = models.CharField(max_length=150)
    password = models.CharField(max_length=128, blank=True, editable=False, help_text=_("A hash."))
    email = models.EmailField(blank=True)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    created_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["username"]
        constraints = [UniqueConstraint(fields=["organization", "username"], name="calendar_user_username")]

    def __str__(self) -> str:
        return self.username

    def set_password(self, raw: str) -> None:
        """Keep the hash of a password."""
        self.password = make_password(raw)


class CalendarUserProfile(TenantOwned):
    """A calendar user's manager, calendar setting and address."""

    user = models.OneToOneField(CalendarUser, on_delete=models.CASCADE, related_name="profile")
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    calendar_setting = models.ForeignKey(CalendarSetting, on_delete=models.PROTECT, related_name="profiles")
    address = models.CharField(max_length=200, null=True, blank=True)
    city = models.CharField(max_length=120, null=True, blank=True)
    state = models.CharField(max_length=120, null=True, blank=True)
    country = models.CharField(max_length=2, blank=True, default="")
    zip_code = models.CharField(max_length=120, null=True, blank=True)
    phone_no = models.CharField(max_length=90, null=True, blank=True)
    fax = models.CharField(max_length=90, null=True, blank=True)
    company_name = models.CharField(max_length=90, null=True, blank=True)
    company_website = models.URLField(max_length=90, null=True, blank=True)
    language = models.CharField(max_length=50, null=True, blank=True, validators=[validate_language])
    note = models.CharField(max_length=250, null=True, blank=True)
    accountcode = models.PositiveIntegerField(null=True, blank=True)
    created_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    updated_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["user__username"]

    def __str__(self) -> str:
        return f"Profile of {self.user}"


class Calendar(Tracked, TenantOwned):
    """A group of events."""

    name = models.CharField(max_length=200)
    user = models.ForeignKey(CalendarUser, on_delete=models.CASCADE, null=True, blank=True, related_name="calendars")
    clinic = models.ForeignKey(
        Clinic,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: the default one."),
    )
    time_zone = models.CharField(
        max_length=64, blank=True, validators=[validate_zone], help_text=_("Empty: the clinic's.")
    )
    max_concurrent = models.PositiveIntegerField(null=True, blank=True, default=0, help_text=_("0: no limit."))
    created_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def warnings(self) -> list[str]:
        """What staff should know of it."""
        if self.user_id is not None:
            return []
        return [gettext("It belongs to no calendar user: visits in it have to name a creator, or are refused.")]
