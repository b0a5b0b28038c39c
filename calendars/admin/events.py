"""Events and their series in the admin."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.admin.access import copy_state, tenant_of
from accounts.admin.row_actions import RowAction
from accounts.admin.site import ServedForm, TenantModelAdmin
from accounts.models import validate_zone
from accounts.request_facts import now_of
from calendars.admin.shared import STATUS, AlarmInline, filled, typed
from calendars.engine import time_kinds
from calendars.engine.recurrence.lines import YEARS
from calendars.engine.states import EventStatus, Reach, TimeKind
from calendars.errors import ChangedMeanwhile
from calendars.models import (
    Alarm,
    Event,
)
from calendars.services import event_edit_routing, event_pause, events
from calendars.services.alarms import alarms
from calendars.services.series import occurrences, series_description
from config.kernel import clock, language

TIMES = ("start", "end")
REACHES = [
    (str(Reach.THIS), gettext_lazy("this occurrence")),
    (str(Reach.FOLLOWING), gettext_lazy("this and all that follow")),
    (str(Reach.ALL), gettext_lazy("the whole series")),
]
SPLIT = gettext_lazy(
    "This series has begun: what has been stays, and what is to come was changed, as a series of its own."
)
UNCHANGED = gettext_lazy("Its reminders were not changed along: change them on the page of what is to come.")
DEFAULTED = {
    "end_recurring_period": gettext_lazy(
        "Empty: of a named rule a month after the start; recurrence lines say when they end."
    ),
    "end": gettext_lazy("Empty: an hour, or a day. Of an all-day event the day after its last."),
    "time_zone": gettext_lazy("Empty: the calendar's, which all-day and floating events always have."),
    "on_closure": gettext_lazy(
        "What an occurrence does on a closed day: take place, be left out, or move to the next open day."
    ),
}


def _is_open(row: Event) -> bool:
    return not row.is_called_off and row.status != EventStatus.COMPLETED


class EventForm(ServedForm):
    """An event; of a series also how far a change reaches, and always which version was seen."""

    reach = forms.ChoiceField(
        choices=[("", "as usual: a root stands for its series, an occurrence for itself"), *REACHES],
        required=False,
        label=gettext_lazy("Apply to"),
        widget=UnfoldAdminSelectWidget,
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen"] = self.instance.version
        if self.instance.all_day:
            zone = ZoneInfo(self.instance.time_zone)
            for name in TIMES:
                # Days have no zone: they are shown as what they are, whatever the page's clock.
                self.initial[name] = time_kinds.local(getattr(self.instance, name), zone, TimeKind.DAYS)

    def clean(self) -> Any:
        """Read days, and refuse to overwrite what somebody changed since the page was opened."""
        cleaned = super().clean()
        if self.cleaned_data.get("all_day"):
            self._read_days()
        seen = self.cleaned_data.get("seen")
        if self.instance.pk and seen is not None and seen != self.instance.version:
            raise ValidationError(str(ChangedMeanwhile()), code=ChangedMeanwhile.code)
        return cleaned

    def clean_time_zone(self) -> str:
        """Refuse what is no zone before the page tells times of it."""
        name = self.cleaned_data["time_zone"]
        if name:
            validate_zone(name)
        return name

    def _read_days(self) -> None:
        """Take the days that the typed times touch."""
        for name in TIMES:
            at = self.cleaned_data.get(name)
            if at and at.year in YEARS:
                typed_at = timezone.localtime(at).replace(tzinfo=None)
                first, last = time_kinds.days_touched(typed_at, typed_at)
                is_within = name == "end" and typed_at.time() != time_kinds.MIDNIGHT
                self.cleaned_data[name] = last if is_within else first


@admin.register(Event)
class EventAdmin(TenantModelAdmin):
    """Events and their series; every change goes through the services, which move and stop the alarms."""

    list_display = ("title", "begins", "lasts", "calendar", "contact", "show_status", "recurs", "occ_count", "creator")
    list_filter = (
        "status",
        "calendar",
        "rule",
        "all_day",
        ("cancelled_at", admin.EmptyFieldListFilter),
        ("parent_event", admin.EmptyFieldListFilter),
    )
    list_select_related = ("calendar", "contact", "rule", "creator")
    search_fields = ("title", "description", "contact__last_name", "contact__first_name")
    date_hierarchy = "start"
    autocomplete_fields = ("contact", "calendar", "creator")
    readonly_fields = (
        "show_status",
        "closed",
        "begins",
        "reads",
        "children_link",
        "parent_event",
        "occ_count",
        "notify_count",
        "created_on",
        "uid",
        "expanded_until",
        "series_ended",
        "series_error",
        "paused_at",
        "cancelled_at",
    )
    form = EventForm
    inlines = (AlarmInline,)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("title", "contact"),
                    ("calendar", "creator"),
                    ("start", "end"),
                    ("all_day", "floating"),
                    ("time_zone", "begins"),
                    "show_status",
                    "closed",
                    "reach",
                    "seen",
                )
            },
        ),
        (
            gettext_lazy("Recurrence"),
            {"fields": (("rule", "end_recurring_period"), "recurrence", "on_closure", "reads", "children_link")},
        ),
        (gettext_lazy("Text"), {"fields": ("description", "private", "data")}),
        (
            gettext_lazy("Record"),
            {
                "fields": (
                    ("parent_event", "occ_count", "notify_count"),
                    ("created_on", "uid"),
                    ("expanded_until", "series_ended", "series_error"),
                    ("paused_at", "cancelled_at"),
                )
            },
        ),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    ("title", "contact"),
                    ("calendar", "creator"),
                    ("start", "end"),
                    ("all_day", "floating"),
                    "time_zone",
                )
            },
        ),
        (gettext_lazy("Recurrence"), {"fields": (("rule", "end_recurring_period"), "recurrence", "on_closure")}),
        (gettext_lazy("Text"), {"fields": ("description", "private", "data")}),
    )
    row_actions = (
        RowAction(
            "pause",
            gettext_lazy("Pause"),
            gettext_lazy("paused"),
            "pause",
            when=lambda row: _is_open(row) and row.status == EventStatus.PENDING,
        ),
        RowAction(
            "resume",
            gettext_lazy("Resume"),
            gettext_lazy("resumed"),
            "play_arrow",
            "primary",
            lambda row: row.paused_at or row.status == 3,
        ),
        RowAction("cancel", gettext_lazy("Cancel"), gettext_lazy("cancelled"), "event_busy", "danger", _is_open),
        RowAction(
            "restore",
            gettext_lazy("Restore"),
            gettext_lazy("restored"),
            "event_available",
            when=lambda row: row.is_called_off,
        ),
        RowAction(
            "delete_series",
            gettext_lazy("Delete the whole series"),
            gettext_lazy("deleted"),
            "delete",
            "danger",
            lambda row: row.is_series,
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask only what a new event needs."""
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Leave to the service what it can fill in."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in DEFAULTED:
            field.required = False
            field.help_text = DEFAULTED[db_field.name]
        return field

    @display(description=gettext_lazy("local start"), ordering="start")
    def begins(self, row: Event) -> str:
        """Return the start on the wall clock of the event's zone."""
        local = row.start.astimezone(ZoneInfo(row.time_zone))
        return (
            _("%(day)s, all day") % {"day": language.short_day(local)}
            if row.all_day
            else f"{language.short_moment(local)} {local.tzname()}"
        )

    @display(description=gettext_lazy("lasts"))
    def lasts(self, row: Event) -> str:
        """Return how long it lasts."""
        if row.all_day:
            days = time_kinds.length(row.start, row.end, ZoneInfo(row.time_zone), row.kind).days
            return f"{days}\u00a0days" if days > 1 else "1\u00a0day"
        return f"{(row.end - row.start) // timedelta(minutes=1)}\u00a0min"

    @display(description=gettext_lazy("status"), ordering="status", label=STATUS)
    def show_status(self, row: Event) -> tuple[int | str, str]:
        """Return the status, or that it does not take place."""
        if row.cancelled_at:
            return ("cancelled", _("Cancelled")) if row.is_called_off else ("skipped", _("Skipped"))
        return row.status, row.get_status_display()

    @display(description=gettext_lazy("closed days"))
    def closed(self, row: Event) -> str:
        """Return what a closure means for it."""
        return " ".join(row.warnings) or "–"

    @display(description=gettext_lazy("recurs"))
    def recurs(self, row: Event) -> str:
        """Return how it recurs, or that it is part of a series."""
        return "occurrence" if row.parent_event_id else capfirst(series_description.describe_series(row))

    @display(description=gettext_lazy("in words"))
    def reads(self, row: Event) -> str:
        """Return how its series reads, and the next five dates."""
        root = row.parent_event or row
        if not root.is_series:
            return "–"
        told = language.short_day if root.all_day else language.short_moment
        dates = [told(at) for at in occurrences.next_starts(root, now=clock.now())]
        items = format_html_join("", "<li>{}</li>", ((date,) for date in dates))
        return format_html(
            "{}<ul>{}</ul>", capfirst(series_description.describe_series(root)), items or _("Nothing more follows.")
        )

    @display(description=gettext_lazy("occurrences"))
    def children_link(self, row: Event) -> str:
        """Return a link to the occurrences of a series."""
        if not row.is_series:
            return "–"
        address = reverse("admin:calendars_event_changelist")
        return format_html(
            '<a href="{}?parent_event__id__exact={}" class="text-primary-600">{}</a>', address, row.pk, _("Show all")
        )

    def save_model(self, request: HttpRequest, obj: Event, form: Any, change: bool) -> None:
        """Make or change it through the service."""
        given, now = typed(form), now_of(request)
        given.pop("seen", None)
        form.is_split = False
        with tenant_of(obj):
            self._save(obj, form, given, now, change=change)
        if form.is_split:
            messages.info(request, SPLIT)
        for words in obj.warnings:
            messages.warning(request, words)

    def _save(self, obj: Event, form: Any, given: dict[str, Any], now: datetime, *, change: bool) -> None:
        """Make or change it."""
        if change:
            stored = Event.objects.get(pk=obj.pk)
            reach, seen = given.pop("reach", ""), form.cleaned_data.get("seen")
            given = {name: value for name, value in given.items() if value or name not in DEFAULTED}
            how: dict[str, Any] = {"reach": Reach(reach) if reach else None, "version": seen}
            made = event_edit_routing.change(stored, now=now, **how, **given) if given else stored
            form.is_split = made.pk != obj.pk
            return copy_state(obj, made)
        required = {name: form.cleaned_data[name] for name in ("calendar", "creator", "title", "start")}
        return copy_state(obj, events.create(now=now, **{**filled(given), **required}))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Make, change and delete its alarms through the service."""
        formset.save(commit=False)
        now, event = now_of(request), formset.instance
        with tenant_of(event):
            if form.is_split and (formset.deleted_objects or formset.changed_objects):
                # Those of the page belong to what has been.
                formset.deleted_objects, formset.changed_objects = [], []
                messages.warning(request, UNCHANGED)
            for gone in formset.deleted_objects:
                alarms.delete(gone, now=now)
            for changed, names in formset.changed_objects:
                values = {name: getattr(changed, name) for name in names}
                alarms.change(Alarm.objects.get(pk=changed.pk), now=now, **values)
            for new in formset.new_objects:
                alarms.create(event, now=now, **_alarm_fields(new, formset))

    def delete_model(self, request: HttpRequest, obj: Event) -> None:
        """Delete it through the service, which stops its alarms."""
        with tenant_of(obj):
            event_edit_routing.delete(obj, now=now_of(request))

    def pause(self, request: HttpRequest, row: Event, now: datetime) -> None:
        """Send nothing of it until it is resumed."""
        event_pause.pause(row, now=now)

    def resume(self, request: HttpRequest, row: Event, now: datetime) -> None:
        """Go on."""
        event_pause.resume(row, now=now)

    def cancel(self, request: HttpRequest, row: Event, now: datetime) -> None:
        """Call it off."""
        event_edit_routing.cancel(row, reason="cancelled_by_staff", now=now)

    def restore(self, request: HttpRequest, row: Event, now: datetime) -> None:
        """Let it take place after all."""
        event_edit_routing.restore(row, now=now)

    def delete_series(self, request: HttpRequest, row: Event, now: datetime) -> None:
        """Delete it with all its occurrences."""
        event_edit_routing.delete(row, now=now, reach=Reach.ALL)


def _alarm_fields(alarm: Alarm, formset: Any) -> dict[str, Any]:
    form = next(form for form in formset.extra_forms if form.instance is alarm)
    return filled({name: form.cleaned_data[name] for name in form.fields if name not in {"id", "event", "DELETE"}})
