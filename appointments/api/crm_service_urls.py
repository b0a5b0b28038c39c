"""The addresses of appointments at the older service's documented paths."""

from appointments.api import crm_service_views as views
from config.kernel.api.routing import Router


def register(router: Router) -> None:
    """Add this app's viewsets."""
    router.register("appointment", views.CrmServiceAppointmentViews, "crm-service-appointment")
    router.register("appointmentnotes", views.NotesViews, "crm-service-appointmentnote")
    router.register("appointmentnotifications", views.NotificationsViews, "crm-service-appointmentnotification")
    router.register("appointmentdrivingtimes", views.DrivingTimesViews, "crm-service-appointmentdrivingtime")
