"""Export and erasure name the columns of every table that tells of a person, or it stands here why they need not."""

import re

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.models import (
    Appointment,
    AppointmentDrivingTime,
    AppointmentNote,
    AppointmentNotification,
    HistoryEntry,
)
from calendars.models import Alarm, AlarmRequest, Event, ImportedComponent
from contacts.models import Contact, ContactAddress, ContactEmail, ContactPhone, Erasure
from contacts.services import erasure, personal_data_export
from notifications.models import Attempt, Delivery, InboundEvent, StaffItem, Suppression
from surveys.models import CallRequest, Result
from tests.factories import NOW

pytestmark = pytest.mark.django_db

# Known by an address alone: no key leads from them to a contact.
BY_ADDRESS = {CallRequest, Suppression}

# Why a column is not in the export: whose row it is stands in the document's head; the rest is about the clinic's
# settings, the machine's work, or copies what stands in the export elsewhere.
NOT_EXPORTED = {
    Appointment: "contact_id named_contact_uuid changes series_fields",
    HistoryEntry: "",
    AppointmentNote: "",
    AppointmentNotification: "is_generated",
    AppointmentDrivingTime: "",
    Alarm: "parent_alarm_id daily_start daily_stop advance_notice maxretry retry_delay survey_id mail_template_id "
    "sms_template_id useful_until revision plan_step only_unconfirmed",
    AlarmRequest: "callrequest_id created_date",
    Event: "creator_id end_recurring_period notify_count occ_count contact_id recurrence_id local_start on_closure "
    "closure closure_effect expanded_until series_ended series_fields series_error paused_at version changed_at",
    ImportedComponent: "",
    Contact: "",
    ContactPhone: "id contact_id",
    ContactEmail: "id contact_id",
    ContactAddress: "id contact_id",
    # It says that a person was erased, and is about nobody any more.
    Erasure: "id contact_id token erased_at erased_by_id counts",
    Attempt: "gateway_id token_hash body_hash settle_at lookups",
    Delivery: "contact_id gateway_id sms_template_id mail_template_id wording origin_id version dedup_key "
    "answerable_until window_start window_stop time_zone next_attempt_at lease_until fence claims",
    InboundEvent: "gateway_id event_key processed_at failures",
    StaffItem: "dedup_key contact_id done_by_id",
    Suppression: "",
    CallRequest: "aleg_uuid user_id call_type callerid caller_name timeout timelimit aleg_gateway_id survey_id "
    "completed num_attempt last_attempt_time parent_callrequest_id",
    Result: "",
}

# What stays when a person is erased: ids, times, states and counts; what the clinic says of itself; and codes.
KEPT = {
    Appointment: "id clinic_id contact_id event_id provider_id operatory_id appointment_type_id starts_at ends_at "
    "status answered_at answered_for created_at uuid owner_uuid type_names named_contact_uuid",
    # The name is that of somebody of the clinic.
    HistoryEntry: "id appointment_id at kind from_status to_status from_start to_start from_end to_end identity name "
    "channel",
    AppointmentNote: "id appointment_id type",
    # Phone and name are the clinic's.
    AppointmentNotification: "id appointment_id send_at sent_at state reason org_phone org_name",
    AppointmentDrivingTime: "id uuid appointment_id distance time time_point",
    Alarm: "id event_id parent_alarm_id daily_start daily_stop advance_notice maxretry retry_delay num_attempt method "
    "survey_id mail_template_id sms_template_id date_start_notice status state reason result created_date due_at "
    "useful_until revision plan_step only_unconfirmed",
    AlarmRequest: "id alarm_id date status callstatus duration callrequest_id attempt_id state reason created_date",
    Event: "id start end time_zone all_day floating creator_id created_on end_recurring_period rule_id recurrence "
    "calendar_id notify_count status parent_event_id occ_count contact_id recurrence_id local_start on_closure closure "
    "closure_effect expanded_until series_ended paused_at cancelled_at private version changed_at",
    ImportedComponent: "id source_id event_id line result version",
    Contact: "id created_at",
    ContactPhone: "",
    ContactEmail: "",
    ContactAddress: "",
    Erasure: "id contact_id token erased_at erased_by_id counts",
    # The sender is the clinic's.
    Attempt: "id delivery_id gateway_id number state token_hash sender provider_id error_code receipt_status "
    "started_at finished_at settle_at lookups",
    Delivery: "id channel sender contact_id gateway_id sms_template_id mail_template_id wording language origin "
    "origin_id topic version dedup_key due_at answerable_until window_start window_stop time_zone next_attempt_at "
    "fence claims tries created_at accepted_at delivered_at",
    # The recipient is the clinic's; a receipt holds codes.
    InboundEvent: "id gateway_id kind event_key received_at failures recipient intent delivery_id receipt attempt_id",
    StaffItem: "id kind contact_id delivery_id inbound_id count created_at done_by_id",
    # The record that an address must not be written to.
    Suppression: "id channel address reason created_at lifted_at",
    # The caller is the clinic.
    CallRequest: "id request_uuid aleg_uuid user_id call_time call_type status callerid caller_name timeout timelimit "
    "aleg_gateway_id survey_id completed num_attempt last_attempt_time hangup_cause parent_callrequest_id created_date",
    Result: "id callrequest_id section_id recording_duration created_date",
}


def tables_of_people():
    """Return the models whose rows lead to a contact, through however many others."""
    found, new = set(), {Contact, *BY_ADDRESS}
    while new:
        found |= new
        new = {model for model in apps.get_models() if model not in found and _refers(model, found)}
    return found


def _refers(model, found):
    return any(field.is_relation and field.related_model in found for field in model._meta.concrete_fields)


def columns(model):
    """Return the columns of a model but for the organization, of whom all are, and when a row changed last."""
    return {field.attname for field in model._meta.concrete_fields} - {"organization_id", "updated_at", "updated_in"}


def listed(names):
    return {model: set(text.split()) for model, text in names.items()}


def exported(contact, monkeypatch):
    """Return the columns that an export names, by model."""
    found, table = {}, personal_data_export.table

    def note(name, rows, names):
        found.setdefault(rows.model, set()).update(names.split())
        return table(name, rows, names)

    monkeypatch.setattr(personal_data_export, "table", note)
    personal_data_export.collect(contact, now=NOW)
    return found


def blanked(contact):
    """Return the columns that an erasure writes, by table; of rows that it deletes, all."""
    with CaptureQueriesContext(connection) as captured:
        erasure._blank(personal_data_export.data_subject(contact), "token", now=NOW)
        erasure._blank_contact(contact)
    found = {}
    for query in captured.captured_queries:
        if update := re.match(r'UPDATE "(\w+)" SET (.*?) WHERE', query["sql"], re.DOTALL):
            found.setdefault(update[1], set()).update(re.findall(r'"(\w+)" = ', update[2]))
        if gone := re.match(r'DELETE FROM "(\w+)"', query["sql"]):
            found[gone[1]] = {
                name for model in tables_of_people() if model._meta.db_table == gone[1] for name in columns(model)
            }
    return found


def test_export_names_every_column_or_it_stands_here_why_not(inside, patient, monkeypatch):
    named = exported(patient, monkeypatch)
    assert {model: columns(model) - named.get(model, set()) for model in tables_of_people()} == listed(NOT_EXPORTED)


def test_erasure_blanks_every_column_or_it_stands_here_that_it_is_kept(inside, patient):
    found = blanked(patient)
    kept = {model: columns(model) - found.get(model._meta.db_table, set()) for model in tables_of_people()}
    assert kept == listed(KEPT)
