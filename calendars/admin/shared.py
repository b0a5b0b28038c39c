"""Badges, forms and inlines that the pages of events and alarms share."""

from datetime import datetime
from typing import Any

from django.utils.html import format_html
from unfold.decorators import display

from accounts.adminsite import ServedForm, TenantInline
from calendars.engine.states import AlarmState, AlarmStatus
from calendars.models import (
    Alarm,
)
from notifications.engine import explaining

STATUS = {"Pending": "info", "Completed": "success", "Paused": "warning", "Cancelled": "danger"}
ALARM_STATUS = {"Pending": "info", "In process": "info", "Failure": "danger", "Retry": "warning", "Success": "success"}
RESULT = {"Confirmed": "success", "Cancelled": "danger", "Rescheduled": "warning"}
STATES = {state.value: explaining.tone(state) for state in AlarmState}
MANUAL = {AlarmStatus.FAILURE, AlarmStatus.RETRY}


def typed(form: Any) -> dict[str, Any]:
    """Return what was changed in a form, without the organization, which a service takes from its context."""
    return {name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data
            and name != "organization"}  # fmt: skip


def filled(given: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was left empty, which the service then fills in."""
    return {name: value for name, value in given.items() if value not in (None, "")}


def link(address: str, text: str) -> str:
    """Return a link in the admin's colours."""
    return format_html('<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>', address, text)


class AlarmForm(ServedForm):
    """An alarm; without a start notice it tells of the event's start."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "date_start_notice" in self.fields:
            self.fields["date_start_notice"].required = False
            self.fields["date_start_notice"].help_text = "Empty: the start of the event."

    def clean_date_start_notice(self) -> datetime | None:
        """Fall back to the start of the event."""
        event = self.cleaned_data.get("event") or getattr(self.instance, "event", None)
        return self.cleaned_data["date_start_notice"] or (event.start if event else None)


class AlarmInline(TenantInline):
    """The alarms of an event."""

    model = Alarm
    form = AlarmForm
    fields = ("method", "advance_notice", "sms_template", "mail_template", "alarm_phonenumber", "alarm_email",
              "show_state", "due_at")  # fmt: skip
    readonly_fields = ("show_state", "due_at")
    verbose_name_plural = "alarms"

    @display(description="state", label=STATES)
    def show_state(self, row: Alarm) -> str:
        """Return the state."""
        return row.state
