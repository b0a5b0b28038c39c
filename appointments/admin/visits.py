"""Visits in the admin."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from accounts.admin.access import badge, copy_state, link, tenant_of
from accounts.admin.row_actions import RowAction
from accounts.admin.site import TenantModelAdmin
from accounts.request_facts import now_of
from appointments.admin.visit_forms import BookingForm, ChangeForm
from appointments.engine.states import VisitStatus, legal
from appointments.errors import SlotTaken
from appointments.models import Appointment
from appointments.services import visit_history, visit_warnings, visits
from calendars.engine.states import Reach
from calendars.services.alarms import alarms
from config.kernel import language
from notifications import channels

STATUS = {
    VisitStatus.SCHEDULED: "info",
    VisitStatus.CONFIRMED: "success",
    VisitStatus.ARRIVED: "success",
    VisitStatus.IN_CHAIR: "success",
    VisitStatus.CANCELLED: "danger",
    VisitStatus.COMPLETED: "success",
    VisitStatus.NO_SHOW: "warning",
}


TIMES = ("starts_at", "ends_at")
STAFFING = ("appointment_type", "provider", "operatory")
DETAILS = ("type_names", "address", "summary", "siteprofile_uuid", "invitee_uuids", "workflowlevel2_uuids")


def _may_become(status: VisitStatus) -> Any:
    return lambda row: row.status != status and legal(row.status, status)


def _with_free(names: Sequence[Any], free: Sequence[str]) -> list[Any]:
    """Return lines of fields with the one for a free time behind that for a reason, or without."""
    return [each for name in names for each in ((name, *free) if name == "overlap_reason" else (name,))]


def _take_free(data: dict[str, Any]) -> None:
    """Put the free time that was chosen in place of the one that was typed; it lasts as long."""
    if data.get("free"):
        length = data["ends_at"] - data["starts_at"] if data["ends_at"] else None
        data |= {"starts_at": data["free"], "ends_at": data["free"] + length if length else None}


@admin.register(Appointment)
class AppointmentAdmin(TenantModelAdmin):
    """Visits; booking, moving and cancelling go through the booking service, and so do their reminders."""

    list_display = ("local_start", "contact", "title", "show_status", "provider", "clinic", "calendar", "answered_at")
    list_display_links = ("local_start", "contact")
    list_filter = ("status", "clinic", "provider", "event__calendar")
    list_select_related = ("contact", "clinic", "provider", "event__calendar")
    search_fields = ("contact__last_name", "contact__first_name", "title", "external_id", "contact__phones__number")
    search_help_text = gettext_lazy("Patient, number, title or external id")
    date_hierarchy = "starts_at"
    autocomplete_fields = ("contact",)
    readonly_fields = (
        "local_start",
        "show_status",
        "answered_at",
        "created_at",
        "uuid",
        "owner_uuid",
        "event_link",
        "calendar",
        "calendar_file",
        "closed",
        "show_history",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("contact", "clinic"),
                    STAFFING,
                    ("starts_at", "ends_at"),
                    ("title", "show_status"),
                    "closed",
                    "overlap_reason",
                    "reach",
                    "seen",
                )
            },
        ),
        (gettext_lazy("Reminders"), {"fields": (("event_link", "calendar", "answered_at"), "calendar_file")}),
        (
            gettext_lazy("Details"),
            {
                "fields": (
                    ("type_names", "address"),
                    "summary",
                    ("siteprofile_uuid", "invitee_uuids"),
                    ("workflowlevel2_uuids", "owner_uuid", "uuid"),
                )
            },
        ),
        (gettext_lazy("Record"), {"fields": (("external_id", "local_start", "created_at"), "show_history")}),
    )
    row_actions = (
        RowAction(
            "confirm",
            gettext_lazy("Confirm"),
            gettext_lazy("confirmed"),
            "check",
            "primary",
            _may_become(VisitStatus.CONFIRMED),
        ),
        RowAction(
            "arrive",
            gettext_lazy("Patient has arrived"),
            gettext_lazy("arrived"),
            "meeting_room",
            when=_may_become(VisitStatus.ARRIVED),
        ),
        RowAction(
            "seat",
            gettext_lazy("Patient is in the chair"),
            gettext_lazy("in the chair"),
            "airline_seat_recline_normal",
            when=_may_become(VisitStatus.IN_CHAIR),
        ),
        RowAction(
            "complete",
            gettext_lazy("Patient came"),
            gettext_lazy("completed"),
            "how_to_reg",
            when=_may_become(VisitStatus.COMPLETED),
        ),
        RowAction(
            "no_show",
            gettext_lazy("Patient did not come"),
            gettext_lazy("marked as no-show"),
            "person_off",
            when=_may_become(VisitStatus.NO_SHOW),
        ),
        RowAction(
            "cancel",
            gettext_lazy("Cancel"),
            gettext_lazy("cancelled"),
            "event_busy",
            "danger",
            _may_become(VisitStatus.CANCELLED),
        ),
        RowAction(
            "restore",
            gettext_lazy("Restore"),
            gettext_lazy("restored"),
            "event_available",
            when=lambda row: row.status == VisitStatus.CANCELLED and row.event.is_called_off,
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the calendar when a visit is booked, and offer free times where the wanted one is taken."""
        free = ["free"] if isinstance(getattr(request, "refusal", None), SlotTaken) else []
        if obj:
            sets = super().get_fieldsets(request, obj)
            return [(name, {**each, "fields": _with_free(each["fields"], free)}) for name, each in sets]
        first = (("contact", "into"), STAFFING, ("starts_at", "ends_at"), ("title", "clinic"), "external_id")
        fields = {"fields": [*first, "overlap_reason", *free]}
        can_remind = channels.content_model(channels.usual())._default_manager.exists()
        reminds = [("Reminder", {"fields": [("reminder", "reminder_text")]})] if can_remind else []
        return [(None, fields), *reminds]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Book with a form of its own, and change with another."""
        return super().get_form(request, obj, change, **{"form": ChangeForm if obj else BookingForm, **kwargs})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A visit stays its patient's and its clinic's."""
        return [*super().get_readonly_fields(request, obj), *(["contact", "clinic"] if obj else [])]

    @display(description=gettext_lazy("when"), ordering="starts_at")
    def local_start(self, row: Appointment) -> str:
        """Return the start on the clinic's wall clock."""
        local = row.starts_at.astimezone(ZoneInfo(row.clinic.time_zone))
        return f"{language.short_moment(local)} {local.tzname()}"

    show_status = badge("status", gettext_lazy("status"), STATUS)

    @display(description=gettext_lazy("calendar"), ordering="event__calendar__name")
    def calendar(self, row: Appointment) -> str:
        """Return the calendar of its event."""
        return str(row.event.calendar)

    @display(description=gettext_lazy("closed days"))
    def closed(self, row: Appointment) -> str:
        """Return what a closure means for it."""
        return " ".join(row.event.warnings) or "–"

    @display(description=gettext_lazy("event and reminders"))
    def event_link(self, row: Appointment) -> str:
        """Return a link to the event, which has the alarms."""
        return link(reverse("admin:calendars_event_change", args=[row.event_id]), _("Show"))

    @display(description=gettext_lazy("for the patient's calendar"))
    def calendar_file(self, row: Appointment) -> str:
        """Return a link to the visit as a file, to be sent to the patient."""
        return link(reverse("appointment-ics", args=[row.pk]), _("Download"))

    @display(description=gettext_lazy("history"))
    def show_history(self, row: Appointment) -> str:
        """Return what became of it, the latest first."""
        with tenant_of(row):
            lines = visit_history.latest(row)
        shown = ((line.when, line.what, line.change, f"{line.who} ({line.channel})") for line in lines)
        return format_html_join(format_html("<br>{}", ""), "{}: {}, {}, {}", shown)

    def save_model(self, request: HttpRequest, obj: Appointment, form: Any, change: bool) -> None:
        """Book, move or rename it through the booking service, and say what is odd about its time."""
        self._save(obj, form.cleaned_data, form.changed_data, now_of(request), change=change)
        with tenant_of(obj):
            for warning in visit_warnings.find([obj], now=now_of(request))[obj.pk]:
                messages.warning(request, warning.words)

    def _save(self, obj: Appointment, data: dict[str, Any], given: list[str], now: datetime, *, change: bool) -> None:
        """Make or change it."""
        _take_free(data)
        with tenant_of(obj):
            if not change:
                made = visits.book(
                    contact=data["contact"],
                    calendar=data["into"],
                    starts_at=data["starts_at"],
                    ends_at=data["ends_at"],
                    title=data["title"],
                    clinic=data["clinic"],
                    **{name: data[name] for name in STAFFING},
                    external_id=data["external_id"],
                    is_planned=data.get("reminder") is None,
                    overlap_reason=data["overlap_reason"],
                    now=now,
                )
                if data.get("reminder") is not None:
                    alarms.create(
                        made.event,
                        now=now,
                        advance_notice=data["reminder"],
                        **channels.usual().alarm(data["reminder_text"]),
                    )
                return copy_state(obj, made)
            stored = Appointment.objects.select_related("event").get(pk=obj.pk)
            changed = {*given} & {"title", "external_id", *STAFFING, *DETAILS}
            names = changed | ({*TIMES} if {*given} & {*TIMES, "free"} else set())
            how: dict[str, Any] = {"now": now, "reach": Reach(data["reach"]), "version": data["seen"]}
            fields = {name: data[name] for name in names}
            visits.change(stored, **how, **fields, overlap_reason=data["overlap_reason"])
            return copy_state(obj, Appointment.objects.get(pk=obj.pk))

    def restore(self, request: HttpRequest, row: Appointment, now: datetime) -> None:
        """Let it take place after all."""
        visits.restore(row, now=now)

    def delete_model(self, request: HttpRequest, obj: Appointment) -> None:
        """Take it away with its event; the first of a series that goes on is cancelled."""
        with tenant_of(obj):
            visits.delete(obj, now=now_of(request))

    def confirm(self, request: HttpRequest, row: Appointment, now: datetime) -> None:
        """The patient said by another way that they will come."""
        visits.confirm(row, now=now)

    def arrive(self, request: HttpRequest, row: Appointment, now: datetime) -> None:
        """The patient waits."""
        visits.set_status(row, status=VisitStatus.ARRIVED, now=now)

    def seat(self, request: HttpRequest, row: Appointment, now: datetime) -> None:
        """The patient is treated."""
        visits.set_status(row, status=VisitStatus.IN_CHAIR, now=now)

    def complete(self, request: HttpRequest, row: Appointment, now: datetime) -> None:
        """The patient came."""
        visits.set_status(row, status=VisitStatus.COMPLETED, now=now)

    def no_show(self, request: HttpRequest, row: Appointment, now: datetime) -> None:
        """The patient did not come."""
        visits.set_status(row, status=VisitStatus.NO_SHOW, now=now)

    def cancel(self, request: HttpRequest, row: Appointment, now: datetime) -> None:
        """Call it off; its reminders stop."""
        visits.cancel(row, reason="cancelled_by_staff", now=now)
