"""Organizations and their clinics."""

import uuid

import phonenumbers
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, UniqueConstraint
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.engine import holidays
from accounts.engine.roles import Role
from accounts.tenancy import TenantOwned
from accounts.tracking import Tracked
from config.kernel import known_codes, text
from config.kernel.clock import DatabaseNow


def validate_zone(value: str) -> None:
    """Accept the names of the IANA time zone database only."""
    if not known_codes.is_zone(value):
        raise ValidationError(
            _("“%(value)s” is no IANA time zone; write one like Europe/Paris.") % {"value": value}, code="time_zone"
        )


def validate_language(value: str) -> None:
    """Accept the languages that CLDR knows, with or without a script and a region."""
    if not known_codes.is_language(value):
        raise ValidationError(
            _("“%(value)s” is no language that is known; write a code like en or pt-br.") % {"value": value[:40]},
            code="language",
        )


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
        validators=[validate_language],
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


class Clinic(Tracked, TenantOwned):
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
