"""The addresses of accounts under /rest-api/."""

from accounts.api import views
from config.kernel.api.routing import Router


def register(router: Router) -> None:
    """Add this app's viewsets."""
    router.register("organization", views.OrganizationViews, "organization")
    router.register("clinic", views.ClinicViews, "clinic")
    router.register("users", views.UserViews, "user")
    router.register("user", views.UserAliasViews, "user-alias")
    router.register("api-key", views.ApiKeyViews, "apikey")
    router.register("audit", views.AuditViews, "auditentry")
    router.register("support-access", views.SupportAccessViews, "supportaccess")
    router.register("trusted-issuer", views.TrustedIssuerViews, "trustedissuer")
