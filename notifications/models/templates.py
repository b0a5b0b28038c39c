"""Texts with named placeholders; they are filled when a message is sent, never earlier."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.models import validate_language
from accounts.tenancy import TenantOwned
from accounts.tracking import Tracked
from config.kernel.choices import choices
from notifications.engine import rendering
from notifications.engine.wording import Wording

WORDING = choices(Wording)


def validate_template(text: str) -> None:
    """Accept text whose braces are all named placeholders, such as {first_name}."""
    problem = rendering.problem(text)
    if problem:
        raise ValidationError(problem, code="template")


class SMSTemplate(Tracked, TenantOwned):
    """The text of an SMS."""

    label = models.CharField(max_length=75)
    template_key = models.CharField(max_length=30)
    sender_phonenumber = models.CharField(max_length=75, blank=True)
    sms_text = models.TextField(max_length=500, validators=[validate_template])

    class Meta:
        ordering = ["label", "id"]
        verbose_name = _("SMS template")
        constraints = [UniqueConstraint(fields=["organization", "template_key"], name="sms_template_key")]

    def __str__(self) -> str:
        return self.label


class MailTemplate(Tracked, TenantOwned):
    """The text of an e-mail; without an HTML part it is plain."""

    label = models.CharField(max_length=75)
    template_key = models.CharField(max_length=30)
    from_email = models.EmailField(blank=True, help_text=_("Empty: the gateway's sender."))
    from_name = models.CharField(max_length=75, blank=True)
    subject = models.CharField(max_length=200, validators=[validate_template])
    message_plaintext = models.TextField(max_length=5000, validators=[validate_template])
    message_html = models.TextField(max_length=5000, blank=True, validators=[validate_template])

    class Meta:
        ordering = ["label", "id"]
        constraints = [UniqueConstraint(fields=["organization", "template_key"], name="mail_template_key")]

    def __str__(self) -> str:
        return self.label


class ReplyText(TenantOwned):
    """The organization's own words for an answer to a patient; without one, the product's are used."""

    key = models.CharField(max_length=20, choices=WORDING)
    language = models.CharField(max_length=10, default="en", validators=[validate_language])
    text = models.TextField(max_length=500, validators=[validate_template])

    class Meta:
        ordering = ["key", "language"]
        constraints = [UniqueConstraint(fields=["organization", "key", "language"], name="reply_text_once")]

    def __str__(self) -> str:
        return f"{self.key} ({self.language})"
