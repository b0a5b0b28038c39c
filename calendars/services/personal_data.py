"""What calendars hold about one person: shown, stopped and blanked."""

from datetime import datetime

from django.db.models import Q

from calendars.models import Alarm, AlarmRequest, Event, ImportedComponent
from calendars.querysets import AlarmQuerySet, EventQuerySet
from calendars.services import event_rows, events
from calendars.services.alarms import alarm_rescheduling
from contacts.services import admin_log, personal_data_export
from contacts.services.admin_log import ERASED
from contacts.services.personal_data_export import DataSubject, ExportTable

EVENT = (
    "id title description start end time_zone all_day floating private status data uid external_id rule_id "
    "recurrence parent_event_id calendar_id created_on cancelled_at"
)
ALARM = (
    "id event_id method date_start_notice due_at alarm_phonenumber alarm_email phonenumber_transfer "
    "phonenumber_sms_failure url_cancel url_confirm status state reason result num_attempt created_date"
)
REQUEST = "id alarm_id date status state reason callstatus duration attempt_id"
IMPORTED = "id source_id event_id line uid result notes version before"
REASON = "contact_erased"


def events_of(person: DataSubject) -> EventQuerySet[Event]:
    """Events that name the contact."""
    rows: EventQuerySet[Event] = Event.objects.filter(contact=person.contact)
    return rows


def series_of(person: DataSubject) -> EventQuerySet[Event]:
    """Events of the contact, and series of it of which the first occurrence alone is somebody else's."""
    pk = person.contact.pk
    rows: EventQuerySet[Event] = Event.objects.filter(Q(contact=person.contact) | Q(series_fields__contact_id=pk))
    return rows


def alarms_of(person: DataSubject) -> AlarmQuerySet[Alarm]:
    """Alarms of a person's events, and of events without contact to an address that is nobody else's."""
    loose = Q(alarm_phonenumber__in=person.own) | Q(alarm_email__in=person.own)
    rows: AlarmQuerySet[Alarm] = Alarm.objects.filter(Q(event__contact=person.contact) | Q(event__contact=None) & loose)
    return rows


def tables(person: DataSubject) -> list[ExportTable]:
    """Return what is held about a person."""
    alarms = alarms_of(person)
    return [
        personal_data_export.table("events", events_of(person), EVENT),
        personal_data_export.table("alarms", alarms, ALARM),
        personal_data_export.table("alarm_requests", AlarmRequest.objects.filter(alarm__in=alarms), REQUEST),
        personal_data_export.table(
            "imported_components", ImportedComponent.objects.filter(event__in=events_of(person)), IMPORTED
        ),
    ]


def leave(person: DataSubject, *, now: datetime) -> None:
    """Cancel a person's events that are to come, end their series, and stop all their alarms."""
    # Events are the first locks of every service, in the order of their ids: a root before its children.
    rows = list(events_of(person).select_for_update(of=("self",)).order_by("pk"))
    event_rows.stop_series(series_of(person))
    event_rows.keep_as_closed(events_of(person))
    for row in rows:
        if row.start > now and not row.cancelled_at:
            events.cancel(row, reason=REASON, now=now, whole_series=False)
    alarm_rescheduling.cancel(rows, reason=REASON)
    alarms_of(person).waiting().stop(REASON)


def erase(person: DataSubject) -> dict[str, int]:
    """Blank titles, texts, data, numbers and addresses; times, states and results stay."""
    rows, alarms = events_of(person), alarms_of(person)
    admin_log.anonymise_entries(rows)
    ImportedComponent.objects.filter(event__in=rows).update(uid="", before={}, notes=[])
    alarm_ids = list(alarms.values_list("pk", flat=True))
    admin_log.anonymise_entries(Alarm.objects.filter(pk__in=alarm_ids))
    event_rows.erase_series_texts(series_of(person))
    events_erased = event_rows.erase_texts(rows, title=ERASED)
    return {"events": events_erased, "alarms": Alarm.objects.filter(pk__in=alarm_ids).erase_addresses()}
