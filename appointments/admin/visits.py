"""Visits in the admin."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.admin.access import badge, copy_state, link, tenant_of
from accounts.admin.row_actions import RowAction
from accounts.admin.site import ServedForm, TenantModelAdmin
from accounts.request_facts import now_of
from appointments.engine.reminder_leads import LEADS
from appointments.engine.states import VisitStatus, legal
from appointments.models import Appointment
from appointments.services import visit_history, visits
from calendars.engine.states import Reach
from calendars.models import Calendar
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
REACHES = [
    (str(Reach.THIS), "this visit"),
    (str(Reach.FOLLOWING), "this and all that follow"),
    (str(Reach.ALL), "all of the series that are to come"),
]


def _may_become(status: VisitStatus) -> Any:
    return lambda row: row.status != status and legal(row.status, status)


class AppointmentForm(ServedForm):
    """A visit; it is booked in a calendar, whose event the booking service makes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "clinic" in self.fields:
            self.fields["clinic"].required = False
            self.fields["clinic"].help_text = _("Empty: the calendar's.")
            self.fields["ends_at"].required = False
            self.fields["ends_at"].help_text = _("Empty: as its type says, else an hour.")


class ChangeForm(AppointmentForm):
    """A visit that was booked: how far a change of it reaches, and which version was seen."""

    reach = forms.ChoiceField(
        choices=REACHES,
        required=False,
        initial=str(Reach.THIS),
        label=gettext_lazy("Apply to"),
        widget=UnfoldAdminSelectWidget,
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.instance.version

    def clean_reach(self) -> str:
        """Change this visit unless told otherwise."""
        return self.cleaned_data["reach"] or str(Reach.THIS)


class BookingForm(AppointmentForm):
    """A new visit."""

    into = forms.ModelChoiceField(
        Calendar._base_manager.none(), label=gettext_lazy("Calendar"), widget=UnfoldAdminSelectWidget
    )

    reminder = forms.TypedChoiceField(
        choices=LEADS,
        coerce=int,
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy(
            "The text is sent by itself; more reminders can be added on the page of the visit's event."
        ),
    )
    reminder_text: "forms.ModelChoiceField[Model]" = forms.ModelChoiceField(
        None, required=False, widget=UnfoldAdminSelectWidget, help_text=gettext_lazy("What the reminder says.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "contact" in self.fields:
            self.fields["contact"].required = True
        for name, model in (("into", Calendar), ("reminder_text", channels.content_model(channels.usual()))):
            field: Any = self.fields.get(name)
            if field:
                field.queryset = model._default_manager.all()
                only = field.queryset[:2]
                self.initial.setdefault(name, only[0].pk if len(only) == 1 else None)

    def clean_into(self) -> Calendar:
        """Book into a calendar of the patient's own organization."""
        return self._own(self.cleaned_data["into"], "calendar")

    def clean_reminder_text(self) -> Model | None:
        """Remind with a text of the patient's own organization."""
        text = self.cleaned_data["reminder_text"]
        return self._own(text, "text") if text else None

    def clean(self) -> Any:
        """Ask for the text of a reminder."""
        cleaned = super().clean()
        if self.cleaned_data.get("reminder") is not None and not self.cleaned_data.get("reminder_text"):
            self.add_error("reminder_text", forms.ValidationError(_("Choose what the reminder says."), code="required"))
        return cleaned

    def _own(self, row: Any, word: str) -> Any:
        contact = self.cleaned_data.get("contact")
        if contact and contact.organization_id != row.organization_id:
            raise forms.ValidationError(_("There is no such %(word)s.") % {"word": word}, code="does_not_exist")
        return row


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
        """Ask for the calendar when a visit is booked."""
        if obj:
            return super().get_fieldsets(request, obj)
        first = (("contact", "into"), STAFFING, ("starts_at", "ends_at"), ("title", "clinic"), "external_id")
        fields = {"fields": first}
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
            for words in obj.event.warnings:
                messages.warning(request, words)

    def _save(self, obj: Appointment, data: dict[str, Any], given: list[str], now: datetime, *, change: bool) -> None:
        """Make or change it."""
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
            names = changed | ({*TIMES} if {*given} & {*TIMES} else set())
            how: dict[str, Any] = {"now": now, "reach": Reach(data["reach"]), "version": data["seen"]}
            visits.change(stored, **how, **{name: data[name] for name in names})
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
