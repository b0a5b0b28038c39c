"""The addresses of appointments under /rest-api/."""

from appointments.api import views
from config.kernel.api.routing import Router


def register(router: Router) -> None:
    """Add this app's viewsets."""
    router.register("appointment", views.AppointmentViews, "appointment")
