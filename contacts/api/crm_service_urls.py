"""The addresses of contacts at the older service's documented paths."""

from config.kernel.api.routing import Router
from contacts.api import views


def register(router: Router) -> None:
    """Add this app's viewsets."""
    router.register("contact", views.CrmServiceContactViews, "crm-service-contact")
    router.register("contacttype", views.CrmServiceContactTypeViews, "crm-service-contacttype")
