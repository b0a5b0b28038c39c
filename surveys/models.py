"""Voice applications: what calendar settings, alarms and alarm requests point to."""

import uuid

from django.db import models

from accounts.tenancy import TenantOwned
from config.kernel.clock import DatabaseNow


class Survey(TenantOwned):
    """A sealed voice application."""

    name = models.CharField(max_length=90)
    description = models.TextField(blank=True)
    tts_language = models.CharField(max_length=10, default="en")
    created_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = "sealed survey"

    def __str__(self) -> str:
        return self.name


class AudioFile(TenantOwned):
    """A recording that can be played in a call."""

    name = models.CharField(max_length=150)
    created_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class CallRequest(TenantOwned):
    """A call that was asked for."""

    request_uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    phone_number = models.CharField(max_length=16, help_text="E.164")
    created_date = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.request_uuid)
