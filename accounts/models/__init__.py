"""Organizations and the people and keys that act for them."""

from accounts.models.audit import AuditEntry, AuditRecord, PlatformEntry, Via
from accounts.models.keys import ApiKey, TrustedIssuer, validate_public_key, validate_scopes
from accounts.models.organizations import (
    Clinic,
    Organization,
    split_regions,
    validate_holidays,
    validate_language,
    validate_regions,
    validate_roles,
    validate_zone,
)
from accounts.models.people import Membership, SupportAccess, User
from accounts.models.requests import IdempotentRequest, RateCounter

__all__ = [
    "ApiKey",
    "AuditEntry",
    "AuditRecord",
    "Clinic",
    "IdempotentRequest",
    "Membership",
    "Organization",
    "PlatformEntry",
    "RateCounter",
    "SupportAccess",
    "TrustedIssuer",
    "User",
    "Via",
    "split_regions",
    "validate_holidays",
    "validate_language",
    "validate_public_key",
    "validate_regions",
    "validate_roles",
    "validate_scopes",
    "validate_zone",
]
