"""The least valid rows, for tests."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from accounts import tenancy
from accounts.models import Clinic, Membership, Organization, User
from calendars.engine.states import AlarmMethod
from calendars.models import Alarm, Calendar, CalendarSetting, CalendarUser, CalendarUserProfile, Event
from contacts.models import Contact, ContactEmail, ContactPhone
from notifications.models import Gateway, MailTemplate, SMSTemplate
from surveys.models import Survey

PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
_number = count(1)


@dataclass
class World:
    """A clinic and its standing people."""

    organization: Organization
    clinic: Clinic
    owner: User
    manager: User
    staff: User
    viewer: User
    sms_gateway: Gateway
    mail_gateway: Gateway
    voice_gateway: Gateway
    survey: Survey
    setting: CalendarSetting
    calendar_user: CalendarUser
    profile: CalendarUserProfile
    calendar: Calendar
    sms_template: SMSTemplate
    mail_template: MailTemplate


def world(name, *, region="US", time_zone="America/New_York", language="en"):
    """Make an organization with everything that a reminder needs."""
    organization = Organization.objects.create(
        name=name, region=region, allowed_regions=f"{region}, US", time_zone=time_zone, language=language
    )
    with tenancy.tenant(organization.pk):
        return _with_clinic(organization, name.lower(), time_zone)


def member(organization, username, role):
    """Make a user with a role, who reads English whatever the organization's patients read."""
    user = User.objects.create_user(username=username, password=PASSWORD, is_staff=True, language="en")
    Membership.objects.create(organization=organization, user=user, role=role)
    return user


def _with_clinic(organization, name, time_zone):
    people = {role: member(organization, f"{name}-{role}", role) for role in ("owner", "manager", "staff", "viewer")}
    clinic = Clinic.objects.create(number=1, name=organization.name, time_zone=time_zone, is_default=True)
    sms = Gateway.objects.create(
        name="Text",
        channel="sms",
        driver="flowroute",
        sender="+15550100001",
        base_url="http://127.0.0.1:1",
        secrets={"access_key": f"{name}-key", "secret_key": f"{name}-secret", "hook": f"{name}-hook"},
        rate_per_second=1000,
    )
    mail = Gateway.objects.create(
        name="Mail",
        channel="email",
        driver="smtp",
        sender=f"clinic@{name}.example",
        base_url="smtp://127.0.0.1:1",
        rate_per_second=1000,
    )
    voice = Gateway.objects.create(name="Voice", channel="voice")
    survey = Survey.objects.create(name=f"{name} survey")
    setting = CalendarSetting.objects.create(
        label=f"{name} setting",
        user=people["owner"],
        survey=survey,
        aleg_gateway=voice,
        sms_gateway=sms,
        mail_gateway=mail,
    )
    calendar_user = CalendarUser.objects.create(username=f"{name}-doctor")
    profile = CalendarUserProfile.objects.create(user=calendar_user, manager=people["owner"], calendar_setting=setting)
    calendar = Calendar.objects.create(name=f"{name} calendar", user=calendar_user, clinic=clinic)
    return World(
        organization=organization,
        clinic=clinic,
        **people,
        sms_gateway=sms,
        mail_gateway=mail,
        voice_gateway=voice,
        survey=survey,
        setting=setting,
        calendar_user=calendar_user,
        profile=profile,
        calendar=calendar,
        sms_template=SMSTemplate.objects.create(
            label="Reminder",
            template_key="reminder",
            sms_text="[{organization}] {first_name}, you have an appointment on {when}. Reply Yes or No.",
        ),
        mail_template=MailTemplate.objects.create(
            label="Reminder",
            template_key="reminder",
            subject="Your appointment on {date}",
            message_plaintext="Dear {first_name},\nplease come on {when}.",
        ),
    )


def contact(world, *, phone="+15551234567", email="", **fields):
    """Make a contact of an organization."""
    with tenancy.tenant(world.organization.pk):
        made = Contact.objects.create(**{"first_name": "Ana", "last_name": "Lopez", **fields})
        if phone:
            ContactPhone.objects.create(contact=made, number=phone)
        if email:
            ContactEmail.objects.create(contact=made, address=email)
    return made


def event(world, *, start=NOW + timedelta(days=2), minutes=30, **fields):
    """Make an event in the organization's calendar (a plain row, no alarms, nothing expanded)."""
    with tenancy.tenant(world.organization.pk):
        return Event.objects.create(
            **{
                "title": f"Visit {next(_number)}",
                "start": start,
                "end": start + timedelta(minutes=minutes),
                "time_zone": world.clinic.time_zone,
                "creator": world.calendar_user,
                "calendar": world.calendar,
                **fields,
            }
        )


def alarm(world, event, *, method=AlarmMethod.SMS, due_at=None, **fields):
    """Make an alarm as a plain row; its due time is the notice minus the lead unless given."""
    notice = fields.pop("date_start_notice", event.start)
    lead = timedelta(seconds=fields.get("advance_notice", 0))
    with tenancy.tenant(world.organization.pk):
        return Alarm.objects.create(
            **{
                "event": event,
                "method": method,
                "date_start_notice": notice,
                "due_at": due_at or notice - lead,
                "useful_until": event.start - timedelta(minutes=30),
                "sms_template": world.sms_template,
                "mail_template": world.mail_template,
                **fields,
            }
        )
