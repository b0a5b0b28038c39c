"""Recordings."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantOwned
from config.kernel.clock import DatabaseNow


class AudioFile(TenantOwned):
    """A recording that can be played in a call; it lies in the database, where every machine finds it."""

    name = models.CharField(max_length=150)
    content = models.BinaryField(null=True, editable=False)
    media_type = models.CharField(max_length=20, blank=True, editable=False)
    size = models.PositiveIntegerField(default=0, editable=False, help_text=_("Bytes"))
    created_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
