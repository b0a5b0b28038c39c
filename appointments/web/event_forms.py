"""What staff fill in on the pages of events: when it is, and how it recurs."""

from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.engine import date_input
from appointments.engine.reminder_leads import LEADS
from appointments.services import contact_lookup
from appointments.services.desk_events import EventReminder
from appointments.web.view_models.event_view import EventDetails
from appointments.web.visit_forms import CancelVisitForm, RestoreVisitForm, RowForm, moves_reminders
from calendars.engine import time_kinds
from calendars.engine.recurrence import presets
from calendars.engine.recurrence.presets import Ending, Preset
from calendars.engine.states import Reach, TimeKind
from calendars.errors import BadRule
from calendars.models import Calendar
from calendars.services import event_times
from config.kernel import language
from config.kernel.api.fields import EARLIEST, LATEST
from config.kernel.errors import Invalid
from contacts.models import Contact
from notifications import channels

REACHES = [
    (str(Reach.THIS), gettext_lazy("This one")),
    (str(Reach.FOLLOWING), gettext_lazy("This one and all that follow")),
    (str(Reach.ALL), gettext_lazy("All of the series that are to come")),
]
NEVER, KEEP, OWN = "never", "keep", "own"
PRESETS = [
    (str(Preset.DAILY), gettext_lazy("Daily")),
    (str(Preset.WORKDAYS), gettext_lazy("Every weekday (Monday to Friday)")),
    (str(Preset.WEEKLY), gettext_lazy("Weekly")),
    (str(Preset.FORTNIGHTLY), gettext_lazy("Every second week")),
    (str(Preset.MONTHLY), gettext_lazy("Monthly on this day")),
    (str(Preset.MONTHLY_PLACE), gettext_lazy("Monthly on this weekday, such as each second Tuesday")),
    (OWN, gettext_lazy("By a rule of your own")),
]
MOST_TIMES, A_YEAR = 1000, 527_040
ENDLESS = gettext_lazy("Choose above how it repeats; a rule of your own says itself when it ends.")
DAY = timedelta(days=1)


def known_year(day: date) -> None:
    """Refuse days on which nothing can be, and near which computing would overflow."""
    if not EARLIEST <= day.year < LATEST:
        raise ValidationError(
            _("Choose a day in the years %(earliest)s to %(latest)s.") % {"earliest": EARLIEST, "latest": LATEST - 1},
            code="range",
        )


def _date(**how: Any) -> forms.DateField:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, validators=[known_year], **how)


class EventTimeForm(forms.Form):
    """When an event is, on the clock of its zone, and how it recurs."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=255)
    day = _date(label=gettext_lazy("Date"))
    clock = forms.TimeField(
        label=gettext_lazy("Time"),
        required=False,
        help_text=gettext_lazy("Empty: the whole day."),
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )
    minutes = forms.IntegerField(label=gettext_lazy("Length in minutes"), required=False, min_value=1, max_value=A_YEAR)
    last_day = _date(
        label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Of whole days; empty: the same day.")
    )
    description = forms.CharField(
        label=gettext_lazy("Description"), required=False, max_length=5000, widget=forms.Textarea({"rows": 3})
    )
    repeats = forms.ChoiceField(
        label=gettext_lazy("Repeats"), initial=NEVER, choices=[(NEVER, gettext_lazy("Does not repeat")), *PRESETS]
    )
    times = forms.IntegerField(
        label=gettext_lazy("Ends after so many times"), required=False, min_value=1, max_value=MOST_TIMES
    )
    until = _date(label=gettext_lazy("Or ends with"), required=False)
    rule = forms.CharField(
        label=gettext_lazy("Rule of your own"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("As calendar programs write it, such as RRULE:FREQ=WEEKLY;BYDAY=TU,TH"),
    )

    floats = False

    @property
    def zone(self) -> str:
        """Return the zone on whose clock the times are meant."""
        raise NotImplementedError

    @property
    def kind(self) -> TimeKind:
        """Return how the event hangs on that clock; without a time it is whole days."""
        if self.cleaned_data.get("clock") is None:
            return TimeKind.DAYS
        return TimeKind.FLOATING if self.floats else TimeKind.TIMED

    @property
    def aliases(self) -> dict[str, str]:
        """Return beside which field an error of the domain belongs."""
        rule = "rule" if self.cleaned_data.get("repeats") == OWN else "repeats"
        return {"start": "day", "end": "minutes", "all_day": "clock", "recurrence": rule, "rule": rule}

    def clean(self) -> Any:
        """Work the times and the rule out; a time that the clock leaves out is none."""
        given = super().clean() or self.cleaned_data
        if "day" in given and not self.errors.keys() & {"clock", "minutes", "last_day"}:
            given["span"] = self._whole_days(given) if self.kind == TimeKind.DAYS else self._timed(given)
        if "day" in given and not self.errors.keys() & {"repeats", "times", "until"}:
            given["line"] = self._line(given)
        return given

    def _whole_days(self, given: dict[str, Any]) -> tuple[datetime, datetime] | None:
        last: date = given.get("last_day") or given["day"]
        if last < given["day"]:
            self.add_error(
                "last_day",
                _("It begins on %(day)s; choose that day or a later one.") % {"day": language.short_day(given["day"])},
            )
            return None
        return time_kinds.midnight(given["day"]), time_kinds.midnight(last + DAY)

    def _timed(self, given: dict[str, Any]) -> tuple[datetime, datetime] | None:
        clock: time = given["clock"]
        if not given.get("minutes"):
            self.add_error("minutes", _("Say how many minutes it lasts; or leave the time empty, for the whole day."))
            return None
        length = timedelta(minutes=given["minutes"])
        if self.kind == TimeKind.FLOATING:
            start = datetime.combine(given["day"], clock)
            return start, start + length
        try:
            start = date_input.to_instant(given["day"], clock, self.zone)
        except ValueError:
            self.add_error(
                "clock", _("The clocks in %(zone)s do not show this time on that day.") % {"zone": self.zone}
            )
            return None
        return start, start + length

    def _line(self, given: dict[str, Any]) -> str | None:
        """Return how it is to recur from now on; None for what stays as it is."""
        chosen, ending = given.get("repeats"), Ending(given.get("times"), given.get("until"))
        if chosen in (KEEP, NEVER, OWN) and (ending.times or ending.until):
            self.add_error("times" if ending.times else "until", ENDLESS)
        if chosen in (KEEP, None):
            return None
        if chosen == OWN:
            if not given.get("rule"):
                self.add_error("rule", _("Write the rule, such as RRULE:FREQ=WEEKLY;BYDAY=TU,TH"))
            return given.get("rule") or ""
        if chosen == NEVER:
            return ""
        try:
            return presets.line(
                Preset(chosen), given["day"], ending, presets.SeriesClock(ZoneInfo(self.zone), self.kind)
            )
        except BadRule as error:
            self.add_error("repeats", error.message)
            return None


class ChangeEventForm(EventTimeForm, RowForm):
    """Everything that can be changed of an event."""

    heading, button = gettext_lazy("Change"), gettext_lazy("Save")
    reaches = REACHES
    field_order = (*EventTimeForm.base_fields, "reach")

    def __init__(self, shown: EventDetails, data: Any = None) -> None:
        super().__init__(shown, data)
        if shown.is_series:
            kept = _("As it is: %(words)s") % {"words": shown.in_words} if shown.in_words else _("As it is")
            never = [(NEVER, _("Does not repeat any more"))]
            cast(forms.ChoiceField, self.fields["repeats"]).choices = [(KEEP, kept), *never, *PRESETS]
        if shown.is_series and shown.has_begun:
            for name in ("repeats", "times", "until", "rule"):
                del self.fields[name]
        self.floats, self.initial = shown.event.floating, _initial(shown)

    @property
    def zone(self) -> str:
        """Return the event's own zone."""
        return str(self.shown.zone)

    @property
    def explanation(self) -> str:
        """Return on whose clock its times are, what becomes of reminders, and what cannot be changed here."""
        event = self.shown.event
        words = moves_reminders(self.zone)
        if event.all_day or event.floating:
            words = _("Its reminders move along; people who were told already are told again.")
        if self.shown.is_series and self.shown.has_begun:
            words += " " + _(
                "It has begun, so that it is changed alone; what comes after is changed on the page of what comes next."
            )
        return words

    @property
    def rule_line(self) -> str | None:
        """Return how it is to recur from now on; None for what stays as it is."""
        return self.cleaned_data.get("line") if "repeats" in self.changed_data else None

    @property
    def changes(self) -> dict[str, Any]:
        """Return the fields of the event that were given other values."""
        given: dict[str, Any] = {
            name: self.cleaned_data[name] for name in ("title", "description") if name in self.changed_data
        }
        if {"day", "clock", "minutes", "last_day"} & set(self.changed_data):
            start, end = self.cleaned_data["span"]
            given |= {"start": start, "end": end}
        if (self.kind == TimeKind.DAYS) != self.shown.event.all_day:
            given |= {"all_day": self.kind == TimeKind.DAYS, "floating": False}
        return given


class RestoreEventForm(RowForm):
    """Asks how far it reaches: of a series, what was cancelled together."""

    heading, explanation = RestoreVisitForm.heading, RestoreVisitForm.explanation
    reaches = REACHES


class CancelEventForm(CancelVisitForm):
    """Why it does not take place: a word of a list, since the audit trail quotes nobody."""

    button = gettext_lazy("Cancel it")
    reaches = REACHES


def _initial(shown: EventDetails) -> dict[str, Any]:
    event = shown.event
    last_day = shown.last_day if shown.last_day > shown.at.date() else None
    times = (
        {"last_day": last_day}
        if event.all_day
        else {"clock": shown.at.time().replace(second=0, microsecond=0), "minutes": shown.minutes}
    )
    repeats = KEEP if shown.is_series else NEVER
    return {
        "title": event.title,
        "description": event.description or "",
        "day": shown.at.date(),
        **times,
        "repeats": repeats,
    }


class AddEventForm(EventTimeForm):
    """A new event, and a text that reminds of it."""

    calendar: "forms.ModelChoiceField[Calendar]" = forms.ModelChoiceField(
        None, label=gettext_lazy("Calendar"), empty_label=None
    )
    patient = forms.CharField(
        label=gettext_lazy("Contact"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Name or number of somebody who is known here."),
    )
    reminder = forms.TypedChoiceField(
        choices=LEADS, coerce=int, empty_value=None, required=False, label=gettext_lazy("Reminder")
    )
    reminder_text: "forms.ModelChoiceField[Model]" = forms.ModelChoiceField(
        None, required=False, label=gettext_lazy("What it says"), empty_label="–"
    )
    number = forms.CharField(
        label=gettext_lazy("Send it to"),
        required=False,
        max_length=50,
        help_text=gettext_lazy("A number; empty: the contact's."),
    )
    # A form that is sent twice makes one event.
    once = forms.UUIDField(widget=forms.HiddenInput)

    field_order: tuple[str, ...] = (
        "title",
        "calendar",
        "day",
        "clock",
        "minutes",
        "last_day",
        "description",
        "repeats",
        "times",
        "until",
        "rule",
        "patient",
        "reminder",
        "reminder_text",
        "number",
    )

    def __init__(self, data: Any = None, **initial: Any) -> None:
        super().__init__(data, initial={"once": uuid4(), "minutes": 60, **initial}, auto_id="add_%s")
        for name, model in (("calendar", Calendar), ("reminder_text", channels.content_model(channels.usual()))):
            cast("forms.ModelChoiceField[Model]", self.fields[name]).queryset = model._default_manager.all()
        self.found: Contact | None = None

    @property
    def zone(self) -> str:
        """Return the zone of the chosen calendar."""
        calendar = self.cleaned_data.get("calendar")
        return event_times.zone_of(calendar) if calendar else "UTC"

    @property
    def aliases(self) -> dict[str, str]:
        """Return beside which field an error of the domain belongs."""
        usual = channels.usual()
        own = {usual.address.alarm_field: "number", usual.content_field: "reminder_text"}
        return {**super().aliases, "method": "reminder", **own}

    def clean_patient(self) -> str:
        """Look up who is meant."""
        text: str = self.cleaned_data["patient"]
        if text:
            try:
                self.found = contact_lookup.find(text)
            except Invalid as error:
                raise ValidationError(error.message, code=error.code) from error
        return text

    def clean(self) -> Any:
        """Ask for the text of a reminder, too."""
        given = super().clean()
        if given.get("reminder") is not None and not given.get("reminder_text"):
            self.add_error("reminder_text", _("Choose what the reminder says."))
        return given

    @property
    def wanted(self) -> dict[str, Any]:
        """Return what is to be made."""
        given = self.cleaned_data
        start, end = given["span"]
        lead, text = given["reminder"], given["reminder_text"]
        reminder = EventReminder(lead, text, given.get("number", "")) if lead else None
        return {
            "calendar": given["calendar"],
            "once": given["once"],
            "reminder": reminder,
            "title": given["title"],
            "description": given.get("description", ""),
            "start": start,
            "end": end,
            "all_day": self.kind == TimeKind.DAYS,
            "recurrence": given["line"] or "",
            "contact": self.found,
        }
