"""Keys of other systems, and issuers whose tokens are trusted."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.engine import public_keys
from accounts.engine.roles import SCOPES, Role
from accounts.models.people import User
from accounts.tenancy import TenantOwned
from config.kernel import text
from config.kernel.choices import choices
from config.kernel.clock import DatabaseNow


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
