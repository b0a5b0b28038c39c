"""People whom a clinic reaches, and how.

A new column is shown in `api/serializers.py` and `admin.py`, exported by `services/personal_data_export.py` and erased
by `services/erasure.py`; `tests/privacy/test_columns.py` fails where one of the last two forgets it.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.models import validate_language, validate_zone
from accounts.tenancy import TenantOwned
from accounts.tracking import HAS_CHANGED, Tracked
from config.kernel.clock import DatabaseNow


class Title(models.TextChoices):
    """How a person is addressed."""

    MR = "mr", _("Mr.")
    MS = "ms", _("Ms.")
    MRS = "mrs", _("Mrs.")
    MISS = "miss", _("Miss")
    FAMILY = "family", _("Family")


class CustomerType(models.TextChoices):
    """In which capacity somebody is a contact."""

    CUSTOMER = "customer", _("Customer")
    CONTACT = "contact", _("Contact")
    COMPANY = "company", _("Company")
    PUBLIC = "public", _("Public authority")


class PhoneKind(models.TextChoices):
    """Where a phone is, or that it is a fax."""

    OFFICE = "office", _("Office")
    MOBILE = "mobile", _("Mobile")
    HOME = "home", _("Home")
    FAX = "fax", _("Fax")


class EmailKind(models.TextChoices):
    """What an e-mail address is for."""

    OFFICE = "office", _("Office")
    PRIVATE = "private", _("Private")
    OTHER = "other", _("Other")


class AddressKind(models.TextChoices):
    """What a postal address is for."""

    HOME = "home", _("Home")
    BILLING = "billing", _("Billing")
    BUSINESS = "business", _("Business")
    DELIVERY = "delivery", _("Delivery")
    MAILING = "mailing", _("Mailing")


class GlobalContactType(models.Model):
    """A type of contacts that every organization has; triggers keep each organization's copy as it is here."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=128)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class ContactType(Tracked, TenantOwned):
    """A type of an organization's contacts: its own, or its copy of a global one, with the UUID of that."""

    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=128)
    is_global = models.BooleanField(
        default=False, editable=False, help_text=_("Every organization has it, and none can change it.")
    )

    class Meta:
        ordering = ["name", "id"]
        constraints = [UniqueConstraint(fields=["organization", "uuid"], name="contact_type_uuid")]
        indexes = [
            models.Index(fields=["organization", "updated_in"], condition=HAS_CHANGED, name="contact_type_updated")
        ]

    def __str__(self) -> str:
        return self.name


class Contact(Tracked, TenantOwned):
    """A patient, or somebody who looks after one."""

    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    core_user_uuid = models.UUIDField(
        null=True, blank=True, editable=False, help_text=_("Who made it in the system that issued their token.")
    )
    customer_id = models.IntegerField(
        null=True, blank=True, help_text=_("Its number in the organization. Empty: the next one.")
    )
    title = models.CharField(max_length=16, blank=True, default="", db_default="", choices=Title)
    first_name = models.CharField(max_length=100, blank=True)
    middle_name = models.CharField(max_length=50, blank=True, default="", db_default="")
    last_name = models.CharField(max_length=100, blank=True)
    suffix = models.CharField(max_length=50, blank=True, default="", db_default="", help_text=_("Such as Dr. or Prof."))
    contact_type = models.ForeignKey(
        ContactType, on_delete=models.SET_NULL, null=True, blank=True, related_name="contacts"
    )
    customer_type = models.CharField(max_length=30, blank=True, default="", db_default="", choices=CustomerType)
    company = models.CharField(max_length=100, blank=True, default="", db_default="")
    notes = models.TextField(blank=True, default="", db_default="")
    siteprofile_uuids = ArrayField(
        models.UUIDField(), null=True, blank=True, help_text=_("Site profiles of the location service.")
    )
    workflowlevel1_uuids = ArrayField(models.CharField(max_length=36), default=list, db_default=[], blank=True)
    workflowlevel2_uuids = ArrayField(models.CharField(max_length=36), null=True, blank=True)
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
            # The highest number of an organization is read from its index, too.
            UniqueConstraint(
                fields=["organization", "customer_id"],
                condition=Q(customer_id__isnull=False),
                name="contact_customer_id",
            ),
        ]
        # A page of the list is read in its order, rather than sorted from all.
        indexes = [
            models.Index(fields=["organization", "last_name", "first_name", "id"], name="contact_by_name"),
            # The order of the older interface's list.
            models.Index(
                fields=["organization", "first_name", "id"], condition=HAS_CHANGED, name="contact_by_first_name"
            ),
            models.Index(fields=["organization", "updated_in"], condition=HAS_CHANGED, name="contact_updated"),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or f"Contact {self.pk}"


class ContactPhone(TenantOwned):
    """A phone number of a contact; the one with the lowest position is written to first."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="phones")
    number = models.CharField(max_length=16, help_text="E.164")
    kind = models.CharField(max_length=10, blank=True, default="", db_default="", choices=PhoneKind)
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
    kind = models.CharField(max_length=10, blank=True, default="", db_default="", choices=EmailKind)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [UniqueConstraint(fields=["organization", "contact", "address"], name="contact_email_once")]

    def __str__(self) -> str:
        return self.address


class ContactAddress(TenantOwned):
    """A postal address of a contact."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=10, blank=True, choices=AddressKind)
    street = models.CharField(max_length=100, blank=True)
    house_number = models.CharField(max_length=20, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=85, blank=True)
    country = models.CharField(max_length=50, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = _("contact addresses")

    def __str__(self) -> str:
        street = f"{self.street} {self.house_number}".strip()
        return ", ".join(filter(None, [street, f"{self.postal_code} {self.city}".strip(), self.country]))


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
