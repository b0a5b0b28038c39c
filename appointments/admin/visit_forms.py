"""The forms of visits in the admin: for booking one, and for changing it."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.db.models import Model
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.admin.site import ServedForm
from appointments.engine.reminder_leads import LEADS
from appointments.errors import SlotTaken
from calendars.engine.states import Reach
from calendars.models import Calendar
from config.kernel import language
from notifications import channels

REACHES = [
    (str(Reach.THIS), "this visit"),
    (str(Reach.FOLLOWING), "this and all that follow"),
    (str(Reach.ALL), "all of the series that are to come"),
]


class AppointmentForm(ServedForm):
    """A visit; it is booked in a calendar, whose event the booking service makes."""

    overlap_reason = forms.CharField(
        max_length=40,
        required=False,
        label=gettext_lazy("Why it may overlap"),
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Only where the time is taken, and both are to stand."),
    )
    # Shown once a time turned out to be taken.
    free = forms.CharField(required=False, label=gettext_lazy("Free nearby"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "clinic" in self.fields:
            self.fields["clinic"].required = False
            self.fields["clinic"].help_text = _("Empty: the calendar's.")
            self.fields["ends_at"].required = False
            self.fields["ends_at"].help_text = _("Empty: as its type says, else an hour.")
        taken = self.refusal.taken if isinstance(self.refusal, SlotTaken) else ()
        free = taken[0].free if taken else ()
        choices = [("", _("The time above")), *((at.isoformat(), language.short_moment(at)) for at, _end in free)]
        cast(Any, self.fields["free"].widget).choices = choices

    def clean_free(self) -> datetime | None:
        """Return the free time that was chosen."""
        text = self.cleaned_data["free"]
        return parse_datetime(text) if text else None


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
