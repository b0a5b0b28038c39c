"""The addresses of appointments under /rest-api/."""

from appointments.api import record_views, reminder_steps, slot_holds, slots, staffing, views
from config.kernel.api.routing import Router


def register(router: Router) -> None:
    """Add this app's viewsets."""
    router.register("appointment", views.AppointmentViews, "appointment")
    router.register("appointment-type", staffing.AppointmentTypeViews, "appointmenttype")
    router.register("reminder-step", reminder_steps.ReminderStepViews, "reminderstep")
    router.register("provider", staffing.ProviderViews, "provider")
    router.register("operatory", staffing.OperatoryViews, "operatory")
    router.register("schedule-entry", staffing.ScheduleEntryViews, "scheduleentry")
    router.register("blockout", staffing.BlockoutViews, "blockout")
    router.register("slot-hold", slot_holds.SlotHoldViews, "slothold")
    router.register("slots", slots.SlotViews, "slot")
    router.register("appointment-note", record_views.NoteViews, "appointmentnote")
    router.register("appointment-notification", record_views.NotificationViews, "appointmentnotification")
    router.register("appointment-driving-time", record_views.DrivingTimeViews, "appointmentdrivingtime")
