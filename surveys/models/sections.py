"""The nodes of voice applications: as people edit them, and as they were sealed."""

from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantOwned
from config.kernel.choices import choices
from surveys.engine.states import SectionType
from surveys.models.audio import AudioFile
from surveys.models.surveys import Survey, SurveyTemplate


class SectionFields(models.Model):
    """What a node says, asks and does (fields of the older interface)."""

    order = models.PositiveIntegerField(default=1, help_text=_("The call begins at the lowest."))
    type = models.PositiveSmallIntegerField(choices=choices(SectionType), default=SectionType.PLAY_MESSAGE)
    question = models.CharField(max_length=500)
    script = models.CharField(
        max_length=1000, null=True, blank=True, help_text=_("What is spoken; a new section speaks its question.")
    )
    audiofile = models.ForeignKey(AudioFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    invalid_audiofile = models.ForeignKey(AudioFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    retries = models.PositiveSmallIntegerField(null=True, blank=True, default=0)
    timeout = models.PositiveSmallIntegerField(null=True, blank=True, default=5, help_text=_("Seconds"))
    key_0 = models.CharField(max_length=100, null=True, blank=True)
    key_1 = models.CharField(max_length=100, null=True, blank=True)
    key_2 = models.CharField(max_length=100, null=True, blank=True)
    key_3 = models.CharField(max_length=100, null=True, blank=True)
    key_4 = models.CharField(max_length=100, null=True, blank=True)
    key_5 = models.CharField(max_length=100, null=True, blank=True)
    key_6 = models.CharField(max_length=100, null=True, blank=True)
    key_7 = models.CharField(max_length=100, null=True, blank=True)
    key_8 = models.CharField(max_length=100, null=True, blank=True)
    key_9 = models.CharField(max_length=100, null=True, blank=True)
    rating_laps = models.PositiveIntegerField(null=True, blank=True, default=9, help_text=_("The highest answer."))
    validate_number = models.BooleanField(default=True)
    number_digits = models.PositiveSmallIntegerField(null=True, blank=True, default=2)
    min_number = models.BigIntegerField(null=True, blank=True, default=0)
    max_number = models.BigIntegerField(null=True, blank=True, default=99)
    phonenumber = models.CharField(max_length=50, null=True, blank=True, help_text=_("E.164, of a call transfer."))
    confirm_script = models.CharField(max_length=1000, null=True, blank=True)
    confirm_key = models.CharField(max_length=1, null=True, blank=True)
    conference = models.CharField(max_length=50, null=True, blank=True)
    sms_text = models.CharField(max_length=200, null=True, blank=True)
    completed = models.BooleanField(default=False, help_text=_("Here the whole survey has been answered."))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.order}: {self.question[:60]}"


class SectionTemplate(SectionFields, TenantOwned):
    """A node that is still edited."""

    survey = models.ForeignKey(SurveyTemplate, on_delete=models.CASCADE, related_name="sections")

    class Meta:
        ordering = ["survey", "order", "id"]


class BranchingTemplate(TenantOwned):
    """Where a call goes on after a node that is still edited; nowhere: it hangs up."""

    section = models.ForeignKey(SectionTemplate, on_delete=models.CASCADE, related_name="branchings")
    keys = models.CharField(
        max_length=150, help_text=_("Digits, any, invalid or timeout; 0 after what is only played.")
    )
    goto = models.ForeignKey(SectionTemplate, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["section", "keys", "id"]
        constraints = [UniqueConstraint(fields=["organization", "section", "keys"], name="branching_template_once")]

    def __str__(self) -> str:
        return f"{self.keys} → {self.goto or 'hang up'}"


class Section(SectionFields, TenantOwned):
    """A sealed node; it never changes."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="sections")
    section_template = models.ForeignKey(
        SectionTemplate, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["survey", "order", "id"]
        verbose_name = _("sealed section")


class Branching(TenantOwned):
    """Where a call goes on after a sealed node."""

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="branchings")
    keys = models.CharField(max_length=150)
    goto = models.ForeignKey(Section, on_delete=models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["section", "keys", "id"]
        constraints = [UniqueConstraint(fields=["organization", "section", "keys"], name="branching_once")]
        verbose_name = _("sealed branching")

    def __str__(self) -> str:
        return f"{self.keys} → {self.goto or 'hang up'}"
