"""People whom a clinic reaches, and how.

A new column is shown in `api/serializers.py` and `admin.py`, exported by `services/personal_data_export.py` and erased
by `services/erasure.py`; `tests/privacy/test_columns.py` fails where one of the last two forgets it.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.models import validate_language, validate_zone
from accounts.tenancy import TenantOwned
from accounts.tracking import HAS_CHANGED, Tracked
from config.kernel.clock import DatabaseNow


class Contact(Tracked, TenantOwned):
    """A patient, or somebody who looks after one."""

    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    language = models.CharField(
        max_length=10, blank=True, validators=[validate_language], help_text=_("Empty: the organization's.")
    )
    time_zone = models.CharField(
        max_length=64, blank=True, validators=[validate_zone], help_text=_("Empty: the clinic's.")
    )
    external_id = models.CharField(max_length=100, blank=True, help_text=_("Its id in the system it came from."))
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["last_name", "first_name", "id"]
        constraints = [
            UniqueConstraint(fields=["organization", "uuid"], name="contact_uuid"),
            UniqueConstraint(
                fields=["organization", "external_id"], condition=~Q(external_id=""), name="contact_external_id"
            ),
        ]
        # A page of the list is read in its order, rather than sorted from all.
        indexes = [
            models.Index(fields=["organization", "last_name", "first_name", "id"], name="contact_by_name"),
            models.Index(fields=["organization", "updated_in"], condition=HAS_CHANGED, name="contact_updated"),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or f"Contact {self.pk}"


class ContactPhone(TenantOwned):
    """A phone number of a contact; the one with the lowest position is written to first."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="phones")
    number = models.CharField(max_length=16, help_text="E.164")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [UniqueConstraint(fields=["organization", "contact", "number"], name="contact_phone_once")]
        indexes = [models.Index(fields=["organization", "number"], name="contact_phone_number")]

    def __str__(self) -> str:
        return self.number


class ContactEmail(TenantOwned):
    """An e-mail address of a contact; the one with the lowest position is written to first."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="emails")
    address = models.EmailField()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [UniqueConstraint(fields=["organization", "contact", "address"], name="contact_email_once")]

    def __str__(self) -> str:
        return self.address


class RetentionPolicy(TenantOwned):
    """For how many days an organization keeps what it need not keep for ever; 0 keeps it."""

    text_days = models.PositiveIntegerField(
        default=365, help_text=_("What messages said, after they were of use, and what patients wrote. 0: kept.")
    )
    raw_days = models.PositiveIntegerField(default=90, help_text=_("What providers brought, as it came in. 0: kept."))
    staff_item_days = models.PositiveIntegerField(default=365, help_text=_("Things for staff, once done. 0: kept."))

    class Meta:
        verbose_name_plural = _("retention policies")
        constraints = [UniqueConstraint(fields=["organization"], name="retention_policy_once")]

    def __str__(self) -> str:
        return "Retention"


class Erasure(TenantOwned):
    """The record that a person was erased: when, by whom, and how many rows; not who they were."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="erasure")
    # Stands in place of number and address in what was kept.
    token = models.CharField(max_length=16, editable=False)
    erased_at = models.DateTimeField()
    erased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Erasure of contact {self.contact_id}"
