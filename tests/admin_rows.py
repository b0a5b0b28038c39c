"""One row of every kind for an organization, for tests of the admin."""

from datetime import timedelta

from accounts import tenancy
from accounts.models import AuditEntry, IdempotentRequest, SupportAccess, TrustedIssuer, Via
from accounts.services import keys
from accounts.tracking import DeletedRow
from appointments.models import (
    Appointment,
    AppointmentDrivingTime,
    AppointmentNote,
    AppointmentNotification,
    AppointmentType,
    Blockout,
    Operatory,
    Provider,
    ReminderStep,
    ScheduleEntry,
    SlotHold,
    TypeProvider,
)
from calendars.models import (
    AlarmRequest,
    CalendarFeed,
    CalendarImport,
    Closure,
    ClosureRun,
    ImportedComponent,
    ImportedPart,
    OpeningHours,
)
from contacts.models import ContactAddress, ContactType, Erasure, RetentionPolicy
from notifications.models import Attempt, Delivery, InboundEvent, ReplyText, StaffItem, Suppression
from surveys.models import AudioFile, CallRequest, Result, SurveyTemplate
from surveys.services import sealed_surveys, sections
from tests import factories
from tests.factories import NOW

HOUR = timedelta(hours=1)


def create_rows(world, tag="a", hours=3):
    """Make one more row of every tenant model, and return the appointment."""
    contact = factories.contact(world, phone=f"+1555{abs(hash(tag)) % 10**7:07d}", email=f"{tag}@patients.example")
    event = factories.event(world, start=NOW + timedelta(hours=hours), contact=contact, title=f"Visit {tag}")
    alarm = factories.alarm(world, event)
    with tenancy.tenant(world.organization.pk):
        contact.contact_type = ContactType.objects.create(name=tag)
        contact.save(update_fields=["contact_type"])
        ContactAddress.objects.create(contact=contact, kind="home", street=f"{tag} Street", house_number="7")
        _messages(world, tag, contact, alarm)
        AudioFile.objects.create(name=tag)
        _voice(world, tag)
        _files(world, tag, event)
        _closed(tag)
        _staffing(world, tag)
        DeletedRow.objects.create(kind="contacts_contact", object_id=10**9 + contact.pk)
        AuditEntry.objects.create(via=Via.COMMAND, name=tag, action="made")
        SupportAccess.objects.create(
            person=world.owner, reason="They asked by phone.", starts_at=NOW, ends_at=NOW + timedelta(hours=1)
        )
        visit = Appointment.objects.create(
            clinic=world.clinic,
            contact=contact,
            event=event,
            starts_at=event.start,
            ends_at=event.end,
            title=f"Visit {tag}",
        )
        AppointmentNote.objects.create(appointment=visit, note=f"Note of {tag}")
        AppointmentDrivingTime.objects.create(appointment=visit, distance="2.50", time=12)
        AppointmentNotification.objects.create(
            appointment=visit, recipient=f"{tag}@patients.example", subject=f"About {tag}", message=f"Dear {tag}"
        )
        return visit


def delivery(world, key, **fields):
    """Make a delivery in the current tenant."""
    given = {
        "channel": "sms",
        "recipient": "+15551234567",
        "gateway": world.sms_gateway,
        "origin": "alarm",
        "origin_id": 1,
        "dedup_key": key,
        "due_at": NOW,
        "useful_until": NOW + timedelta(hours=1),
        "next_attempt_at": NOW,
        "sms_template": world.sms_template,
        **fields,
    }
    return Delivery.objects.create(**given)


def _voice(world, tag):
    template = SurveyTemplate.objects.create(name=tag, user=world.owner)
    sections.create(template, question=f"Question of {tag}")
    section = sealed_surveys.seal(template).sections.get()
    call = CallRequest.objects.create(phone_number="+15551112222", survey=section.survey, user=world.owner)
    Result.objects.create(callrequest=call, section=section, response=tag)


def _files(world, tag, event):
    CalendarFeed.objects.create(calendar=world.calendar, name=f"Phone of {tag}", secret_hash=f"{world.clinic.pk}{tag}")
    source = CalendarImport.objects.create(calendar=world.calendar, file_name=f"{tag}.ics")
    ImportedPart.objects.create(source=source, number=0, content=b"")
    ImportedComponent.objects.create(source=source, event=event, line=2, uid=f"{tag}@x", result="created", version=1)


def _closed(tag):
    number = OpeningHours.objects.count()
    OpeningHours.objects.create(weekday=number % 7, opens=f"{8 + number // 7:02}:00", closes="00:00")
    Closure.objects.create(name=f"Party of {tag}", first_day="2030-07-01", last_day="2030-07-01")
    ClosureRun.objects.get_or_create()


def _staffing(world, tag):
    provider = Provider.objects.create(name=f"Dr. {tag}", clinic=world.clinic, calendar=world.calendar)
    Operatory.objects.create(name=f"Room of {tag}", clinic=world.clinic)
    ScheduleEntry.objects.create(provider=provider, day="2030-07-01", begins="08:00", ends="12:00")
    Blockout.objects.create(name=f"Lunch of {tag}", provider=provider, starts_at=NOW, ends_at=NOW + HOUR)
    kind = AppointmentType.objects.create(name=f"Check of {tag}")
    TypeProvider.objects.create(appointment_type=kind, provider=provider)
    ReminderStep.objects.create(appointment_type=kind, before=2, method=2, sms_template=world.sms_template)
    span = {"starts_at": NOW + HOUR, "ends_at": NOW + 2 * HOUR, "expires_at": NOW + HOUR}
    SlotHold.objects.create(provider=provider, held_by=f"key:{tag}", **span)


def _messages(world, tag, contact, alarm):
    sent = delivery(world, f"key-{tag}", contact=contact, origin_id=alarm.pk)
    attempt = Attempt.objects.create(
        delivery=sent,
        gateway=world.sms_gateway,
        number=1,
        token_hash=f"{world.organization.pk}-{tag}",
        body_hash="b",
        started_at=NOW,
        state="accepted",
    )
    AlarmRequest.objects.create(alarm=alarm, date=NOW, attempt=attempt)
    inbound = InboundEvent.objects.create(
        gateway=world.sms_gateway,
        kind="message",
        event_key=tag,
        raw="{}",
        sender=sent.recipient,
        text="Yes",
        delivery=sent,
    )
    Suppression.objects.create(channel="sms", address=f"+1999{tag}", reason="manual")
    StaffItem.objects.create(
        kind="failed",
        code="not_sent",
        values={"recipient": f"Look at {tag}"},
        dedup_key=tag,
        contact=contact,
        delivery=sent,
        inbound=inbound,
    )
    RetentionPolicy.objects.get_or_create()
    Erasure.objects.create(contact=contact, token=tag[:16], erased_at=NOW)
    ReplyText.objects.create(key="confirmed", language=tag[:10], text="Thank you")
    keys.create(world.organization.pk, name=f"key {tag}", role="staff", created_by=world.owner)
    TrustedIssuer.objects.create(issuer=f"https://{tag}.example", audience="punctual", public_key=tag)
    AuditEntry.objects.create(via="session", identity="user:1", name=tag, action="update", kind="contacts.contact")
    SupportAccess.objects.create(person=world.owner, reason=f"Help with {tag}", starts_at=NOW, ends_at=NOW + HOUR)
    IdempotentRequest.objects.create(actor="user:1", key=tag, path="/", fingerprint=tag, lease_until=NOW, status=201)
