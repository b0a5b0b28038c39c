"""What staff fill in to book a visit, or a series of them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from appointments.models import AppointmentType, Operatory, Provider
from appointments.web.event_forms import AddEventForm
from appointments.web.taken_time_form import TakenTimeForm
from appointments.web.visit_forms import STAFFING, fill_staffing


class BookVisitForm(TakenTimeForm, AddEventForm):
    """A new visit: whose it is, who treats them where and when, and a text that reminds of it."""

    appointment_type: "forms.ModelChoiceField[AppointmentType]" = forms.ModelChoiceField(
        None, required=False, label=gettext_lazy("Type"), empty_label="–"
    )
    provider: "forms.ModelChoiceField[Provider]" = forms.ModelChoiceField(
        None, required=False, label=gettext_lazy("Provider"), empty_label="–"
    )
    operatory: "forms.ModelChoiceField[Operatory]" = forms.ModelChoiceField(
        None, required=False, label=gettext_lazy("Operatory"), empty_label="–"
    )
    field_order = (
        "patient",
        *STAFFING,
        "calendar",
        "day",
        "clock",
        "minutes",
        "title",
        "repeats",
        "times",
        "until",
        "rule",
        "reminder",
        "reminder_text",
        "overlap_reason",
    )

    def __init__(self, data: Any = None, **initial: Any) -> None:
        super().__init__(data, **{"minutes": None, **initial})
        for name in ("last_day", "description", "number"):
            del self.fields[name]
        for name, is_needed in (("title", False), ("patient", True), ("clock", True)):
            self.fields[name].required = is_needed
        self.fields["clock"].help_text = ""
        self.fields["minutes"].help_text = gettext_lazy("Empty: as its type says.")
        fill_staffing(self)

    @property
    def aliases(self) -> dict[str, str]:
        """Return beside which field an error of the domain belongs."""
        return {**super().aliases, "starts_at": "day", "ends_at": "minutes", "contact": "patient"}

    def _timed(self, given: dict[str, Any]) -> Any:
        if not given.get("minutes") and given.get("appointment_type"):
            given["minutes"] = given["appointment_type"].duration
        span = super()._timed(given)
        return (self.free, self.free + (span[1] - span[0])) if span and self.free else span

    @property
    def wanted(self) -> dict[str, Any]:
        """Return what is to be booked."""
        event = super().wanted
        own = {name: self.cleaned_data[name] for name in (*STAFFING, "overlap_reason")}
        kept = {name: event[name] for name in ("calendar", "once", "reminder", "title", "recurrence", "contact")}
        times = {"starts_at": event["start"], "ends_at": event["end"]}
        return {**kept, **own, **times, "occurrences": self.decisions}
