"""What staff fill in on the page of a visit."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.engine import date_input
from appointments.engine.states import VisitStatus
from appointments.models import AppointmentType, Operatory, Provider
from appointments.web.taken_time_form import TakenTimeForm
from appointments.web.view_models.visit_view import VisitDetails
from calendars.engine.states import Reach
from config.kernel.choices import choices

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

REACHES = [
    (str(Reach.THIS), gettext_lazy("This visit")),
    (str(Reach.FOLLOWING), gettext_lazy("This visit and all that follow")),
    (str(Reach.ALL), gettext_lazy("All visits of the series that are to come")),
]
REASONS = [
    ("patient_asked", gettext_lazy("The patient asked")),
    ("clinic_asked", gettext_lazy("The clinic cannot")),
    ("by_mistake", gettext_lazy("Booked by mistake")),
    ("other", gettext_lazy("Another reason")),
]
A_WEEK = 10_080


STAFFING = ("appointment_type", "provider", "operatory")


def fill_staffing(form: Any) -> None:
    """Offer the types, providers and operatories of the organization; what is not active only where a visit has it."""
    for name, model in zip(STAFFING, (AppointmentType, Provider, Operatory), strict=True):
        form.fields[name].queryset = model._default_manager.all()


class RowForm(forms.Form):
    """Asks how far it reaches where the row is part of a series that can still be changed."""

    heading: "StrOrPromise"
    explanation: Any
    button: "StrOrPromise" = ""  # else as the heading
    reaches = REACHES
    reach = forms.ChoiceField(
        choices=REACHES, initial=str(Reach.THIS), label=gettext_lazy("How far"), widget=forms.RadioSelect
    )

    def __init__(self, shown: Any, data: Any = None) -> None:
        super().__init__(data, auto_id=f"{type(self).__name__.lower()}_%s")
        self.shown = shown
        cast(forms.ChoiceField, self.fields["reach"]).choices = self.reaches
        if not shown.is_series or shown.has_begun:
            del self.fields["reach"]

    @property
    def wanted(self) -> Reach:
        """Return how far it reaches; what was not asked about stands for itself."""
        return Reach(self.cleaned_data.get("reach", Reach.THIS))


class ConfirmVisitForm(RowForm):
    """Asks nothing: an answer is one visit's."""

    heading = gettext_lazy("Confirm")
    explanation = gettext_lazy("The patient said that they will come.")

    def __init__(self, shown: VisitDetails, data: Any = None) -> None:
        super().__init__(shown, data)
        self.fields.pop("reach", None)


class RecordStatusForm(RowForm):
    """What one patient did on the day."""

    heading = gettext_lazy("On the day")
    explanation = gettext_lazy("Whether the patient has arrived, is treated, came, or did not come.")
    button = gettext_lazy("Record")
    status = forms.ChoiceField(label=gettext_lazy("Status"))

    def __init__(self, shown: VisitDetails, data: Any = None) -> None:
        super().__init__(shown, data)
        self.fields.pop("reach", None)
        names = dict(choices(VisitStatus))
        cast(forms.ChoiceField, self.fields["status"]).choices = [(str(each), names[each]) for each in shown.steps]


class MoveVisitForm(TakenTimeForm, RowForm):
    """The new time, on the clinic's wall clock."""

    heading = gettext_lazy("Move")
    day = forms.DateField(label=gettext_lazy("Date"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    clock = forms.TimeField(label=gettext_lazy("Time"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    minutes = forms.IntegerField(label=gettext_lazy("Length in minutes"), min_value=1, max_value=A_WEEK)
    field_order = ("day", "clock", "minutes", "overlap_reason", "reach")

    def __init__(self, shown: VisitDetails, data: Any = None) -> None:
        super().__init__(shown, data)
        self.initial = {"day": shown.at.date(), "clock": shown.at.time(), "minutes": shown.minutes}

    @property
    def explanation(self) -> str:
        """Return on whose clock its times are, and what becomes of reminders."""
        return moves_reminders(self.shown.zone)

    def clean(self) -> Any:
        """Work the instants out; a time that the clock leaves out is none."""
        given = super().clean() or self.cleaned_data
        if {"day", "clock", "minutes"} <= given.keys():
            try:
                typed = (given["day"], given["clock"], self.shown.zone)
                given["starts_at"] = self.free or date_input.to_instant(*typed)
                given["ends_at"] = given["starts_at"] + timedelta(minutes=given["minutes"])
            except (ValueError, OverflowError):
                self.add_error(
                    "clock", _("The clocks in %(zone)s do not show this time on that day.") % {"zone": self.shown.zone}
                )
        return given

    @property
    def aliases(self) -> dict[str, str]:
        """Return beside which field an error of the domain belongs."""
        return {"starts_at": "day", "ends_at": "minutes"}

    @property
    def span(self) -> dict[str, datetime]:
        """Return the new start and end."""
        return {name: self.cleaned_data[name].astimezone(UTC) for name in ("starts_at", "ends_at")}


class StaffVisitForm(TakenTimeForm, RowForm):
    """Who treats the patient, where, and what it is for."""

    heading, button = gettext_lazy("Who, where and what for"), gettext_lazy("Save")
    explanation = gettext_lazy("A provider and an operatory are booked once at a time.")
    appointment_type: "forms.ModelChoiceField[AppointmentType]" = forms.ModelChoiceField(
        None, required=False, label=gettext_lazy("Type"), empty_label="–"
    )
    provider: "forms.ModelChoiceField[Provider]" = forms.ModelChoiceField(
        None, required=False, label=gettext_lazy("Provider"), empty_label="–"
    )
    operatory: "forms.ModelChoiceField[Operatory]" = forms.ModelChoiceField(
        None, required=False, label=gettext_lazy("Operatory"), empty_label="–"
    )
    field_order = (*STAFFING, "overlap_reason", "reach")

    def __init__(self, shown: VisitDetails, data: Any = None) -> None:
        super().__init__(shown, data)
        fill_staffing(self)
        self.initial = {name: getattr(shown.visit, f"{name}_id") for name in STAFFING}

    @property
    def changes(self) -> dict[str, Any]:
        """Return the fields of the visit, and its time where a free one was chosen."""
        given = {name: self.cleaned_data[name] for name in STAFFING}
        return {**given, "starts_at": self.free} if self.free else given


class RestoreVisitForm(TakenTimeForm, RowForm):
    """Asks how far it reaches: of a series, what was cancelled together."""

    heading = gettext_lazy("Restore")
    explanation = gettext_lazy(
        "It takes place after all, at the time above; reminders that are still of use are planned anew."
    )


class CancelVisitForm(RowForm):
    """Why it does not take place: a word of a list, since the audit trail quotes nobody."""

    heading = gettext_lazy("Cancel")
    explanation = gettext_lazy("Its reminders stop at once. It can be restored later.")
    button = gettext_lazy("Cancel the visit")
    reason = forms.ChoiceField(choices=REASONS, label=gettext_lazy("Why"))
    field_order = ("reason", "reach")


def moves_reminders(zone: str) -> str:
    """Return what is said of a change of times on the clock of a zone."""
    words = _("On the clock of %(zone)s. Reminders move along; people who were told already are told again.")
    return words % {"zone": zone}
