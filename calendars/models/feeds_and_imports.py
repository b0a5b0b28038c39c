"""Calendars that leave and enter as iCalendar: subscribed feeds, and imported files."""

from django.conf import settings
from django.db import models
from django.db.models import Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantOwned, TenantPart
from calendars.engine.states import Detail, ImportOutcome
from calendars.models.background_runs import OPEN, BackgroundRun
from calendars.models.calendars import Calendar
from calendars.models.events import Event
from config.kernel.choices import choices
from config.kernel.clock import DatabaseNow
from config.kernel.crypto import EncryptedJSONField

DETAIL = choices(Detail)


class CalendarFeed(TenantOwned):
    """A secret address under which calendar apps read a calendar; only the SHA-256 of the secret is kept."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="feeds")
    name = models.CharField(max_length=100, help_text=_("Whose phone or program reads it."))
    detail = models.CharField(
        max_length=10, choices=DETAIL, default=Detail.MINIMAL, help_text=_("Minimal shows only “Busy”.")
    )
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class CalendarImport(BackgroundRun):
    """A file that a worker imports into a calendar, in batches; what it did can be taken back for a while."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="imports")
    file_name = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    undone_at = models.DateTimeField(null=True, blank=True, editable=False)
    batches = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # Of the notes.
    language = models.CharField(max_length=10, blank=True, db_default="", editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            # What a worker can take up.
            Index(
                fields=["lease_until"],
                name="calendarimport_open",
                condition=Q(state__in=OPEN),
            )
        ]

    def __str__(self) -> str:
        return self.file_name or f"Import {self.pk}"


class ImportedPart(TenantPart):
    """A part of the bytes of a file that is imported; deleted as soon as that is done."""

    source = models.ForeignKey(CalendarImport, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["source_id", "number"]
        constraints = [UniqueConstraint(fields=["organization", "source", "number"], name="importedpart_once")]

    def __str__(self) -> str:
        return f"Part {self.number}"


class ImportedComponent(TenantPart):
    """One component of an imported file and what became of it; `before` is the event as it was, when it was changed."""

    source = models.ForeignKey(CalendarImport, on_delete=models.CASCADE, related_name="components", db_constraint=False)
    event = models.ForeignKey(
        Event, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_constraint=False
    )
    line = models.PositiveIntegerField()
    uid = models.CharField(max_length=255, blank=True)
    result = models.CharField(max_length=10, choices=choices(ImportOutcome))
    notes = models.JSONField(default=list, blank=True)
    # The event's version right after; another one means that somebody changed it since.
    version = models.PositiveIntegerField(null=True, blank=True)
    before = EncryptedJSONField(default=dict, blank=True)

    class Meta:
        ordering = ["line", "id"]

    def __str__(self) -> str:
        return f"Line {self.line}"
