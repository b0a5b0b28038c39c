"""Voice applications: templates that people edit, and sealed ones, which calls play."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import validate_language
from accounts.tenancy import TenantOwned
from config.kernel.clock import DatabaseNow


class SurveyTemplate(TenantOwned):
    """A voice application that is still edited; sealing copies it."""

    name = models.CharField(max_length=90)
    tts_language = models.CharField(max_length=10, blank=True, default="en", validators=[validate_language])
    description = models.TextField(blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    updated_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("survey")

    def __str__(self) -> str:
        return self.name


class Survey(TenantOwned):
    """A sealed voice application."""

    name = models.CharField(max_length=90)
    description = models.TextField(blank=True)
    tts_language = models.CharField(max_length=10, default="en")
    template = models.ForeignKey(
        SurveyTemplate, on_delete=models.SET_NULL, null=True, blank=True, related_name="sealed", editable=False
    )
    created_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("sealed survey")

    def __str__(self) -> str:
        return self.name
