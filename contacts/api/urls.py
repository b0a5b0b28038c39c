"""The addresses of contacts under /rest-api/."""

from config.kernel.api.routing import Router
from contacts.api import views


def register(router: Router) -> None:
    """Add this app's viewsets."""
    router.register("contact", views.ContactViews, "contact")
    router.register("contacttype", views.ContactTypeViews, "contacttype")
