"""Organizations and the people and keys that act for them."""

import uuid
import zoneinfo
from datetime import timedelta

import phonenumbers
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator, MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.engine import holidays, public_keys
from accounts.engine.roles import SCOPES, WIDENED, Area, Role
from accounts.tenancy import TenantOwned, current_id
from config.kernel import text
from config.kernel.choices import choices
from config.kernel.clock import DatabaseNow
from config.kernel.crypto import EncryptedJSONField


def validate_zone(value: str) -> None:
    """Accept the names of the IANA time zone database only."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(value)s” is no IANA time zone; write one like Europe/Paris.") % {"value": value}, code="time_zone"
        )


def validate_scopes(value: object) -> None:
    """Accept a list of scopes, each once."""
    if not isinstance(value, list) or any(scope not in SCOPES for scope in value) or len(set(value)) < len(value):
        raise ValidationError(
            _("Write a list of %(choices)s; an empty one narrows nothing.") % {"choices": ", ".join(SCOPES)},
            code="scopes",
        )


def validate_public_key(value: str) -> None:
    """Accept RSA public keys in PEM form."""
    try:
        public_keys.read(value)
    except ValueError as error:
        raise ValidationError(text.message(error), code="public_key") from error


def validate_roles(value: object) -> None:
    """Accept a list of roles, each once."""
    if not isinstance(value, list) or any(role not in list(Role) for role in value) or len(set(value)) < len(value):
        raise ValidationError(
            _("Write a list of %(choices)s, each at most once.") % {"choices": ", ".join(Role)}, code="roles"
        )


def validate_regions(value: str) -> None:
    """Accept ISO 3166 countries that phone numbers know, separated by commas."""
    strangers = [region for region in split_regions(value) if region not in phonenumbers.SUPPORTED_REGIONS]
    if strangers:
        raise ValidationError(
            _("“%(strangers)s” is no ISO 3166 country code; write some like US, CA.") % {"strangers": strangers[0]},
            code="region",
        )


def validate_holidays(value: str) -> None:
    """Accept countries whose public holidays are known, with or without a part of them."""
    try:
        holidays.of_year(value, 2026)
    except ValueError as error:
        raise ValidationError(text.message(error), code="public_holidays") from error


def split_regions(text: str) -> list[str]:
    """Return the codes of a list that a person wrote."""
    return [code.strip().upper() for code in text.split(",") if code.strip()]


class Organization(models.Model):
    """A tenant: a practice, or a group of them."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    region = models.CharField(
        max_length=2, default="US", help_text=gettext_lazy("ISO 3166 country of numbers without a prefix.")
    )
    allowed_regions = models.CharField(
        max_length=1000,
        blank=True,
        validators=[validate_regions],
        help_text=gettext_lazy("Countries to whose numbers messages may go, such as US, CA. Empty: the region's only."),
    )
    public_holidays = models.CharField(
        max_length=10,
        blank=True,
        validators=[validate_holidays],
        help_text=gettext_lazy(
            "Country on whose public holidays it is closed, such as US, or with its part, DE-BY. Empty: none."
        ),
    )
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])
    language = models.CharField(
        max_length=10,
        default="en",
        help_text=gettext_lazy("Language of texts, such as en or pt-br, and of pages for people who chose none."),
    )
    reminder_margin = models.PositiveIntegerField(
        default=1800, help_text=gettext_lazy("Seconds before a visit from which on a reminder is of no more use.")
    )
    second_factor_roles = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_roles],
        help_text=gettext_lazy("Members in these roles sign in with a second factor, and not by Basic."),
    )
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def message_regions(self) -> list[str]:
        """Return the countries to whose numbers messages may go."""
        return split_regions(self.allowed_regions) or [self.region]


class Clinic(TenantOwned):
    """A location of an organization; one is its default."""

    number = models.PositiveIntegerField(help_text=gettext_lazy("The ClinicNum of the older interface."))
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64, validators=[validate_zone])
    address = models.CharField(max_length=300, blank=True)
    phone = models.CharField(max_length=16, blank=True, help_text="E.164")
    is_default = models.BooleanField(default=False)
    public_holidays = models.CharField(
        max_length=10,
        blank=True,
        validators=[validate_holidays],
        help_text=gettext_lazy(
            "Country, or its part, such as DE-BY, whose public holidays count here. Empty: the organization's."
        ),
    )

    class Meta:
        ordering = ["number"]
        constraints = [
            UniqueConstraint(fields=["organization", "number"], name="clinic_number"),
            UniqueConstraint(fields=["organization"], condition=Q(is_default=True), name="clinic_one_default"),
        ]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person who signs in; what they may do stands in their memberships."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    language = models.CharField(
        max_length=2,
        blank=True,
        choices=settings.LANGUAGES,
        help_text=gettext_lazy("Language of pages. Empty: the organization's."),
    )


class Membership(TenantOwned):
    """A person's role in an organization."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=choices(Role), default=Role.STAFF)
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [UniqueConstraint(fields=["organization", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class RateCounter(models.Model):
    """A rate limit's counter in a window of time; belongs to no organization, stores no name."""

    class Purpose(models.TextChoices):
        """What is counted."""

        ACCOUNT = "account", gettext_lazy("wrong passwords for a name")
        ADDRESS = "address", gettext_lazy("wrong passwords from an address")
        KEY = "key", gettext_lazy("requests of an API key")
        CODE = "code", gettext_lazy("wrong codes of a second factor")
        SPENT = "spent", gettext_lazy("a code that was used")
        AUDIT = "audit", gettext_lazy("refusals that were written down")
        FEED = "feed", gettext_lazy("requests of a calendar feed")
        READING = "reading", gettext_lazy("readings that were written down")

    kind = models.CharField(max_length=10, choices=Purpose.choices)
    hash = models.CharField(max_length=64, help_text=gettext_lazy("Keyed hash of whom is counted."))
    taken = models.PositiveIntegerField(
        help_text=gettext_lazy("Places taken in this window, also by what is under way.")
    )
    wrong = models.PositiveIntegerField(default=0, help_text=gettext_lazy("How many of them turned out wrong."))
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text=gettext_lazy("When the window, or the pause after it, is over."))

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = gettext_lazy("rate counters")
        constraints = [UniqueConstraint(fields=["kind", "hash"], name="rate_counter_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.hash[:8]}"


class ApiKey(TenantOwned):
    """A key of an integrating system; only the prefix and the SHA-256 of the secret are kept."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    role = models.CharField(max_length=10, choices=choices(Role), default=Role.STAFF)
    scopes = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_scopes],
        help_text=gettext_lazy("Narrows what the role may, such as desk:read; none: everything that the role may."),
    )
    rate = models.PositiveIntegerField(
        default=600, validators=[MinValueValidator(1)], help_text=gettext_lazy("Requests a minute; more are refused.")
    )
    # After a rotation the secret before it may stay valid for a while.
    previous_hash = models.CharField(max_length=64, blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = gettext_lazy("API key")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class TrustedIssuer(TenantOwned):
    """Another system whose signed tokens (JWT, RS256) let its people act for the organization."""

    issuer = models.CharField(max_length=200, help_text=gettext_lazy("What stands in the tokens as iss."))
    audience = models.CharField(max_length=200, help_text=gettext_lazy("What must stand in the tokens as aud."))
    public_key = models.TextField(
        max_length=20_000,
        validators=[validate_public_key],
        help_text=gettext_lazy("PEM, 2048 bits or more; several, one below the other, while it changes its key."),
    )
    role = models.CharField(
        max_length=10, choices=choices(Role), default=Role.STAFF, help_text=gettext_lazy("What its people may.")
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["issuer", "id"]
        constraints = [UniqueConstraint(fields=["organization", "issuer"], name="trusted_issuer_once")]

    def __str__(self) -> str:
        return self.issuer


class IdempotentRequest(TenantOwned):
    """A POST under an Idempotency-Key: claimed while it runs, then its answer; forgotten after a day."""

    actor = models.CharField(max_length=60, help_text=gettext_lazy("Who asked, such as key:7 or user:3."))
    key = models.CharField(max_length=255)
    path = models.CharField(max_length=200, help_text=gettext_lazy("The address, shortened."))
    fingerprint = models.CharField(
        max_length=64, help_text=gettext_lazy("SHA-256 of the address, the kind and the body.")
    )
    # Raised by whoever takes over an expired claim, so that the one before can keep nothing.
    fence = models.PositiveIntegerField(default=1)
    lease_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=gettext_lazy("HTTP status; empty while it runs.")
    )
    # Answers hold patients' data, and the text of a new API key.
    answer = EncryptedJSONField(default=dict, blank=True)
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = gettext_lazy("idempotent request")
        constraints = [UniqueConstraint(fields=["organization", "actor", "key"], name="idempotent_request_once")]
        indexes = [Index(fields=["created_at"], name="idempotent_request_age")]

    def __str__(self) -> str:
        return self.key


class Via(models.TextChoices):
    """The way of access through which something was done."""

    SESSION = "session", gettext_lazy("signed in")
    BASIC = "basic", gettext_lazy("Basic")
    KEY = "key", gettext_lazy("API key")
    JWT = "jwt", gettext_lazy("trusted issuer")
    SUPPORT = "support", gettext_lazy("support access")
    FEED = "feed", gettext_lazy("calendar feed")
    PATIENT = "patient", gettext_lazy("patient")
    TASK = "task", gettext_lazy("by itself")
    COMMAND = "command", gettext_lazy("command")
    NOBODY = "nobody", gettext_lazy("not signed in")


class AuditRecord(models.Model):
    """Who did what, from where and how: written once, then added to a hash chain by the database.

    It names rows and fields and never quotes them, so that it holds no patient's data.
    """

    at = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    identity = models.CharField(max_length=80, blank=True, help_text=gettext_lazy("Who, such as user:3 or key:7."))
    name = models.CharField(max_length=200, blank=True, help_text=gettext_lazy("Who, in words."))
    via = models.CharField(max_length=10, choices=Via.choices)
    address = models.CharField(max_length=45, blank=True, help_text=gettext_lazy("From which network address."))
    agent = models.CharField(
        max_length=120, blank=True, help_text=gettext_lazy("With which program, as it says itself.")
    )
    action = models.CharField(max_length=40)
    kind = models.CharField(max_length=80, blank=True, help_text=gettext_lazy("Of what, such as contacts.contact."))
    object_id = models.CharField(max_length=40, blank=True)
    changed = models.JSONField(default=list, blank=True, help_text=gettext_lazy("Names of the changed fields."))
    facts = models.JSONField(
        default=dict, blank=True, help_text=gettext_lazy("Counts, roles, times, reasons; no patient's data.")
    )
    # The database alone writes them, a moment after the transaction: see the migration that made the table.
    position = models.BigIntegerField(
        null=True, blank=True, editable=False, help_text=gettext_lazy("Place in the chain.")
    )
    hash = models.CharField(
        max_length=64, blank=True, editable=False, help_text=gettext_lazy("SHA-256 over the one before and this.")
    )

    class Meta:
        abstract = True
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.object_id}".strip()


class AuditEntry(AuditRecord, TenantOwned):
    """The audit trail of an organization."""

    # It outlives the organization: nothing deletes it.
    organization = models.ForeignKey(
        Organization, on_delete=models.DO_NOTHING, db_constraint=False, default=current_id, related_name="+"
    )

    class Meta(AuditRecord.Meta):
        verbose_name = gettext_lazy("audit entry")
        verbose_name_plural = gettext_lazy("audit entries")
        constraints = [UniqueConstraint(fields=["organization", "position"], name="audit_entry_position")]
        indexes = [
            Index(fields=["organization", "-at"], name="audit_entry_at"),
            Index(fields=["organization", "kind", "object_id"], name="audit_entry_object"),
            Index(fields=["organization"], condition=Q(position=None), name="audit_entry_unsealed"),
        ]


class PlatformEntry(AuditRecord):
    """The audit trail of what belongs to no organization: platform administrators, and names that nobody has."""

    class Meta(AuditRecord.Meta):
        verbose_name = gettext_lazy("platform entry")
        verbose_name_plural = gettext_lazy("platform entries")
        constraints = [UniqueConstraint(fields=["position"], name="platform_entry_position")]
        indexes = [Index(fields=["id"], condition=Q(position=None), name="platform_entry_unsealed")]


class SupportAccess(TenantOwned):
    """A platform administrator works for an organization: for a reason, and for hours, not days."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(
        max_length=300, validators=[MinLengthValidator(10)], help_text=gettext_lazy("The organization reads it.")
    )
    with_people = models.BooleanField(
        "may manage people and keys",
        default=False,
        help_text=gettext_lazy("Members, API keys, trusted issuers, the organization."),
    )
    with_exports = models.BooleanField(
        "may export and erase",
        default=False,
        help_text=gettext_lazy("Export all that is known about a patient, or erase them."),
    )
    starts_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    ends_at = models.DateTimeField(editable=False)
    ended_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=gettext_lazy("When it was ended early.")
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = gettext_lazy("support access")
        verbose_name_plural = gettext_lazy("support accesses")
        constraints = [
            CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at"), ends_at__lte=F("starts_at") + timedelta(hours=8)),
                name="support_access_hours",
            )
        ]
        indexes = [Index(fields=["person", "-ends_at"], name="support_access_person")]

    def __str__(self) -> str:
        return f"{self.person}: {self.reason}"

    @property
    def areas(self) -> frozenset[Area]:
        """Return the areas that were opened besides what support may anyway."""
        return frozenset(area for tick, area in WIDENED.items() if getattr(self, tick))
