"""People, their roles in organizations, and access for support."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy

from accounts.engine.roles import WIDENED, Area, Role
from accounts.tenancy import TenantOwned
from config.kernel.choices import choices
from config.kernel.clock import DatabaseNow


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
