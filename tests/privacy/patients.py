"""A patient with a whole history: a visit, a reminder that left, a reply, an opt-out, things for staff."""

import json
from datetime import timedelta

from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet

from accounts import tenancy
from appointments.models import Appointment, AppointmentDrivingTime, AppointmentNote, AppointmentNotification
from appointments.services import visits
from calendars.models import Alarm, Event
from calendars.services.alarms import alarm_queueing, alarms
from contacts.models import Contact, ContactAddress, ContactEmail, ContactPhone
from notifications.models import Attempt, Delivery, InboundEvent, StaffItem
from notifications.providers.pushed_events import WebhookRequest
from notifications.services import dispatch, inbound_processing, webhook_storage
from surveys.models import CallRequest, Result, Section, Survey
from tests import factories
from tests.factories import NOW

PHONE, MAIL = "+15557778899", "zebra@patients.example"
TEXT = "Yes, my zebrafish is ill"
OF_CONTACT = {
    "middle_name": "Zebra",
    "suffix": "Dr. Zebra",
    "company": "Zebra Ltd",
    "notes": "keeps zebras",
    "workflowlevel1_uuids": ["zebra"],
    "workflowlevel2_uuids": ["zebra"],
}


def live(world, *, phone=PHONE, email=MAIL, **fields):
    """Let a patient be booked, reminded, and answer; returns the contact."""
    fields = {"first_name": "Zebrina", "last_name": "Fischer", "external_id": "PAT-9", **OF_CONTACT, **fields}
    contact = factories.contact(world, phone=phone, email=email, **fields)
    with tenancy.tenant(world.organization.pk):
        ContactAddress.objects.create(contact=contact, kind="home", street="Zebra Street", city="Zebratown")
        annotate(book(world, contact, days=2, external_id=f"APT-{contact.pk}"), email=email)
        alarm_queueing.plan()
        dispatch.run(seconds=5)
        for number, said in enumerate((TEXT, "Stop")):
            write(world, said, phone, key=f"{contact.pk}-{number}")
        call(phone)
        book(world, contact, days=9)
    return contact


def book(world, contact, *, days, **fields):
    """Book a visit at nine with a reminder that is due an hour before now, or days ahead."""
    start = NOW + timedelta(days=days)
    visit = visits.book(
        contact=contact,
        calendar=world.calendar,
        starts_at=start,
        now=NOW,
        title="Zebra check",
        creator=None,
        description="Zebra notes",
        data={"reason": "zebra pain"},
        **fields,
    )
    alarms.create(
        visit.event,
        now=NOW,
        method=2,
        sms_template=world.sms_template,
        date_start_notice=start,
        advance_notice=172800,
        url_confirm="https://crm.example/zebra",
    )
    return visit


def annotate(visit, *, email):
    """Let a note, an e-mail that is not to be sent and a driving time stand with a visit."""
    AppointmentNote.objects.create(appointment=visit, note="Zebra bites")
    AppointmentNotification.objects.create(
        appointment=visit, recipient=email, subject="Your zebra", message="Bring the zebra"
    )
    AppointmentDrivingTime.objects.create(appointment=visit, distance="2.50", time=12)


def call(phone):
    """Let a phone have been called, and something have been answered."""
    section = Section.objects.create(survey=Survey.objects.first(), question="How is your pet?")
    made = CallRequest.objects.create(phone_number=phone, extra_data="zebra", result="zebra")
    Result.objects.create(callrequest=made, section=section, response="It is ill", record_file="zebra.wav")


def write(world, said, phone, *, key):
    """Let a phone write to the clinic, and the words be acted upon."""
    payload = {"id": key, "from": phone, "to": world.sms_gateway.sender, "body": said}
    webhook_storage.receive(world.sms_gateway, WebhookRequest("POST", "", {}, json.dumps(payload).encode()))
    inbound_processing.process_pending()


TABLES = [
    Alarm,
    Appointment,
    AppointmentDrivingTime,
    AppointmentNote,
    AppointmentNotification,
    Attempt,
    CallRequest,
    Contact,
    ContactAddress,
    ContactEmail,
    ContactPhone,
    Delivery,
    Event,
    InboundEvent,
    LogEntry,
    Result,
    StaffItem,
]


def told(organization):
    """Return every row that may tell who a patient was, as text."""
    return "\n".join(str(row) for model in TABLES for row in _rows(model, organization).order_by("pk").values())


def _rows(model, organization):
    rows = QuerySet(model)
    return rows if model is LogEntry else rows.filter(organization=organization)
