"""Badges, forms and inlines that the pages of events and alarms share."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import tenancy
from accounts.admin.access import Tones, badge, tenant_of
from accounts.admin.site import ServedForm, TenantInline
from calendars.engine.states import AlarmResult, AlarmState, AlarmStatus, EventStatus
from calendars.models import (
    Alarm,
)
from calendars.services.alarms import alarm_validation
from config.kernel.errors import Invalid
from notifications import channels
from notifications.engine import explanations

STATUS = Tones(
    {
        EventStatus.PENDING: "info",
        EventStatus.COMPLETED: "success",
        EventStatus.PAUSED: "warning",
        "cancelled": "danger",
        "skipped": "warning",
    }
)
ALARM_STATUS = Tones(
    {
        AlarmStatus.PENDING: "info",
        AlarmStatus.IN_PROCESS: "info",
        AlarmStatus.FAILURE: "danger",
        AlarmStatus.RETRY: "warning",
        AlarmStatus.SUCCESS: "success",
    }
)
RESULT = Tones({AlarmResult.CONFIRMED: "success", AlarmResult.CANCELLED: "danger", AlarmResult.RESCHEDULED: "warning"})
STATES = Tones({state.value: explanations.tone(state) for state in AlarmState})
DAY = 86_400  # seconds
MANUAL = {AlarmStatus.FAILURE, AlarmStatus.RETRY}


def typed(form: Any) -> dict[str, Any]:
    """Return what was changed in a form, without the organization, which a service takes from its context."""
    return {
        name: form.cleaned_data[name]
        for name in form.changed_data
        if name in form.cleaned_data and name != "organization"
    }


def filled(given: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was left empty, which the service then fills in."""
    return {name: value for name, value in given.items() if value not in (None, "")}


class AlarmForm(ServedForm):
    """An alarm; without a start notice it tells of the event's start."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "date_start_notice" in self.fields:
            self.fields["date_start_notice"].required = False
            self.fields["date_start_notice"].help_text = _("Empty: the start of the event.")

        if self.instance.pk is None:
            self.initial.update({**self._usual(), **(kwargs.get("initial") or {})})

    def _usual(self) -> dict[str, Any]:
        """Return the reminder of most visits: a text message, a day before, in the only text that there is."""
        channel = channels.usual()
        usual: dict[str, Any] = {"method": channel.method, "advance_notice": DAY}
        if tenancy.current_id():
            texts = channels.content_model(channel)._default_manager.values_list("pk", flat=True)[:2]
            usual[channel.content_field] = texts[0] if len(texts) == 1 else None
        return usual

    def has_changed(self) -> bool:
        """Save every added row, also one in which nothing was changed."""
        return self.instance.pk is None or super().has_changed()

    def _post_clean(self) -> None:
        """Show at its field what the service would refuse."""
        super()._post_clean()
        event = getattr(self.instance, "event", None)
        touched = self.instance.pk is None or self.changed_data
        if self.errors or not touched or not event or not event.creator_id:
            return
        try:
            with tenant_of(event):
                alarm_validation.check(self.instance, event)
        except Invalid as error:
            field = error.field if error.field in self.fields else None
            self.add_error(field, ValidationError(error.message, code=error.code))

    def clean_date_start_notice(self) -> datetime | None:
        """Fall back to the start of the event."""
        event = self.cleaned_data.get("event") or getattr(self.instance, "event", None)
        return self.cleaned_data["date_start_notice"] or (event.start if event else None)


class AlarmInline(TenantInline):
    """The alarms of an event."""

    model = Alarm
    form = AlarmForm
    fields = (
        "method",
        "advance_notice",
        *channels.alarm_contents(),
        *channels.alarm_addresses(),
        "show_state",
        "due_at",
    )
    readonly_fields = ("show_state", "due_at")
    verbose_name_plural = gettext_lazy("alarms")

    show_state = badge("state", gettext_lazy("state"), STATES)
