"""Visits of patients."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Clinic
from accounts.tenancy import TenantOwned
from accounts.tracking import HAS_CHANGED, Tracked
from appointments.engine.states import VisitStatus
from appointments.models.staffing import Operatory, Provider
from appointments.models.types import AppointmentType
from calendars.models import Event
from config.kernel.choices import choices
from config.kernel.clock import DatabaseNow
from contacts.models import Contact


class Appointment(Tracked, TenantOwned):
    """A visit: its time lives here; its event is its projection in a calendar, with the same times and patient.

    The database refuses a difference: (event, starts_at, ends_at, contact) refers to the event's (id, start, end,
    contact); of a visit without a patient, to whom that key does not apply, a trigger of each table asks the same.
    """

    # Its key in the older appointment service.
    uuid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), editable=False)

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    # Nobody where the older service's programs make one for colleagues, or for somebody who is no contact here.
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments")
    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="appointment")
    # Who treats the patient, where, and what it is for. Their indexes stand below.
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    operatory = models.ForeignKey(
        Operatory, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    appointment_type = models.ForeignKey(
        AppointmentType, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=choices(VisitStatus), default=VisitStatus.SCHEDULED)
    # When the patient answered last, and for which start; to another one it is no answer.
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    answered_for = models.DateTimeField(null=True, blank=True, editable=False)
    # Why it takes what another visit has, too, where staff decided so; see `visit_conflicts`.
    overlap_reason = models.CharField(max_length=40, blank=True, db_default="")
    title = models.CharField(max_length=255, blank=True)
    external_id = models.CharField(max_length=100, blank=True, help_text=_("Its id in the system it came from."))
    # What the older service keeps of an appointment besides; the owner is a user of its, or the organization's UUID.
    owner_uuid = models.UUIDField(null=True, blank=True, editable=False)
    type_names = ArrayField(models.CharField(max_length=50), null=True, blank=True)
    address = models.CharField(max_length=100, blank=True, db_default="", help_text=_("Empty: the contact's."))
    siteprofile_uuid = models.UUIDField(null=True, blank=True)
    # Whom its `contact_uuid` named, where that is no contact of the organization.
    named_contact_uuid = models.UUIDField(null=True, blank=True, editable=False)
    invitee_uuids = ArrayField(models.UUIDField(), null=True, blank=True)
    workflowlevel2_uuids = ArrayField(models.UUIDField(), null=True, blank=True)
    summary = models.TextField(blank=True, db_default="")
    # Of the first visit of a series: what its later ones have in some columns, where it alone was given something else.
    series_fields = models.JSONField(null=True, blank=True, editable=False, encoder=DjangoJSONEncoder)
    # How often the row itself was changed; see `version`.
    changes = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            UniqueConstraint(fields=["uuid", "organization"], name="appointment_uuid"),
            CheckConstraint(condition=Q(ends_at__gte=F("starts_at")), name="appointment_order"),
            UniqueConstraint(
                fields=["organization", "external_id"], condition=~Q(external_id=""), name="appointment_external_id"
            ),
        ]
        indexes = [
            Index(fields=["organization", "starts_at", "id"], name="appointment_start"),
            Index(fields=["organization", "updated_in"], condition=HAS_CHANGED, name="appointment_updated"),
            # Partial: visits of clinics that book no providers and operatories cost nothing. They find what is booked.
            Index(fields=["provider", "starts_at"], condition=Q(provider__isnull=False), name="appointment_provider"),
            Index(
                fields=["operatory", "starts_at"], condition=Q(operatory__isnull=False), name="appointment_operatory"
            ),
            Index(fields=["appointment_type"], condition=Q(appointment_type__isnull=False), name="appointment_type"),
            # What somebody owns, page by page, without reading everybody's.
            Index(
                fields=["organization", "owner_uuid", "id"],
                condition=Q(owner_uuid__isnull=False),
                name="appointment_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact}: {self.title}" if self.contact and self.title else self.headline

    @property
    def headline(self) -> str:
        """Whom it is about: the patient, else what it is called."""
        return str(self.contact) if self.contact else self.title or gettext("Without a patient")

    @property
    def version(self) -> int:
        """What rises whenever anything that is told of the visit changes, whether it stands here or with its event."""
        return self.event.version + self.changes
