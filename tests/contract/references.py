"""Every relation that a new row of the REST interface takes: the request that writes it, and a row to name there."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.urls import resolve, reverse

from accounts.models import Clinic
from appointments.models import Appointment, AppointmentType, Operatory, Provider, SlotHold
from calendars.engine.states import AlarmMethod
from calendars.models import Alarm, Calendar, CalendarSetting, CalendarUser
from contacts.models import ContactType
from notifications.models import Gateway, MailTemplate, SMSTemplate
from surveys.models import AudioFile, CallRequest, SectionTemplate, Survey, SurveyTemplate
from tests import factories, routes
from tests.authorization import foreign_values

_number = count(1)


def _visit(world: Any) -> Appointment:
    event = factories.event(world, contact=factories.contact(world))
    span = {"starts_at": event.start, "ends_at": event.end}
    return Appointment.objects.create(clinic=world.clinic, contact=event.contact, event=event, **span)


# Makes a row to which nothing refers, by the name of its model.
NEW = {
    "Alarm": lambda world: factories.alarm(world, factories.event(world)),
    "Appointment": _visit,
    "AppointmentType": lambda world: AppointmentType.objects.create(name=f"Check {next(_number)}"),
    "AudioFile": lambda world: AudioFile.objects.create(name="Hold the line"),
    "Calendar": lambda world: Calendar.objects.create(name="Room", user=world.calendar_user, max_concurrent=5),
    "CalendarSetting": lambda world: CalendarSetting.objects.create(
        label="Evenings", user=world.owner, survey=world.survey, aleg_gateway=world.voice_gateway
    ),
    "CalendarUser": lambda world: CalendarUser.objects.create(username=f"doctor-{next(_number)}"),
    "CallRequest": lambda world: CallRequest.objects.create(phone_number="+15551112222", survey=world.survey),
    "Clinic": lambda world: Clinic.objects.create(number=1000 + next(_number), name="Branch", time_zone="UTC"),
    "Contact": lambda world: factories.contact(world),
    "ContactType": lambda world: ContactType.objects.create(name=f"Friend {next(_number)}"),
    "Event": lambda world: factories.event(world),
    "MailTemplate": lambda world: MailTemplate.objects.create(label="x", template_key=f"mail-{next(_number)}"),
    "Operatory": lambda world: Operatory.objects.create(name="Room 1", clinic=world.clinic),
    "Provider": lambda world: Provider.objects.create(name="Dr. Who"),
    "SMSTemplate": lambda world: SMSTemplate.objects.create(label="x", template_key=f"sms-{next(_number)}"),
    "SectionTemplate": lambda world: SectionTemplate.objects.create(
        survey=SurveyTemplate.objects.create(name="Visit", user=world.owner), question="When?"
    ),
    "Survey": lambda world: Survey.objects.create(name="Sealed"),
    "SurveyTemplate": lambda world: SurveyTemplate.objects.create(name="Visit", user=world.owner),
}


def body_of(path: str) -> dict[str, Any]:
    """Return what a row of a list must have besides its relations."""
    return {
        "alarm": {"method": 2, "alarm_phonenumber": "+15551234567"},
        "alarm-request": {"date": "2026-12-01 10:00:00"},
        "appointment": {"starts_at": "2026-12-01T10:00:00Z", "title": "Check"},
        "appointment-driving-time": {"distance": "2.50", "time": 12},
        "appointment-note": {"type": 1, "note": "Bring the card."},
        "appointment-notification": {"recipient": "ana@example.com", "message": "See you."},
        "blockout": {"name": "Lunch", "starts_at": "2026-12-01T12:00:00Z", "ends_at": "2026-12-01T13:00:00Z"},
        "branching-template": {"keys": "1"},
        "calendar": {"name": "Room"},
        "calendar-setting": {"label": "Mornings"},
        "calendar-user-profile": {},
        "callrequest": {
            "phone_number": "+15551112222",
            "content_type": reverse("contenttype-detail", args=[ContentType.objects.get_for_model(Survey).pk]),
        },
        "closure": {"name": "Party", "first_day": "2030-07-01", "last_day": "2030-07-01"},
        "reminder-step": {"before": 1, "unit": "days", "method": 2},
        "contact": {"first_name": "Ana", "phones": ["+15551234567"]},
        "event": {"title": "Check", "start": "2026-12-01T10:00:00Z", "end": "2026-12-01T10:30:00Z"},
        "openinghours": {"weekday": 0, "opens": "08:00", "closes": "12:00"},
        "operatory": {"name": "Room 1"},
        "provider": {"name": "Dr. Who"},
        "schedule-entry": {"weekday": 0, "begins": "08:00", "ends": "12:00"},
        "section-template": {"question": "When?"},
        "slot-hold": {"starts_at": "2026-12-01T10:00:00Z"},
        "/appointmentdrivingtimes": {"distance": "2.50", "time": 12},
        "/appointmentnotes": {"type": 1, "note": "Bring the card."},
        "/appointmentnotifications": {"recipient": "ana@example.com", "message": "See you."},
        "/contact": {"first_name": "Ana", "workflowlevel1_uuids": []},
    }[path]


def change_of(row: Any) -> dict[str, Any]:
    """Return the body of a PATCH that changes a row."""
    if isinstance(row, Alarm):
        return {"maxretry": 3, "alarm_phonenumber": "+15551234567"}
    names = ("label", "first_name", "question", "title", "name", "callerid")
    return {next(name for name in names if hasattr(row, name)): "Other"}


@dataclass(frozen=True)
class Reference:
    """A relation of a REST list: `name` in the body of its POST, and the serializer's field.

    `path` is that under /rest-api/; one that begins with a slash stands at the root.
    """

    path: str
    name: str
    route: Any
    field: Any

    def __str__(self) -> str:
        return f"{self.path}.{self.name}"

    def target(self, world: Any) -> Any:
        """Make a row that it can name."""
        if self.field.model is Gateway:
            only = {key.removesuffix("__in"): value for key, value in self.field.only.items()}
            channel = only["channel"] if isinstance(only["channel"], str) else only["channel"][0]
            return Gateway.objects.create(
                name=f"New {next(_number)}", channel=channel, driver="custom", sender="+15550100001"
            )
        return NEW[self.field.model.__name__](world)

    def body(self, world: Any, target: Any) -> dict[str, Any]:
        """Return the body of a POST that names a row, and new rows wherever else one is needed."""
        links = foreign_values.links_of(self.route)
        needed = {name: field for name, field in links.items() if field.required and name != self.name}
        if self.path == "alarm" or (self.path, self.name) == ("reminder-step", "appointment_type"):
            needed["sms_template"] = links["sms_template"]
        if (self.path, self.name) == ("schedule-entry", "clinic"):
            needed["provider"] = links["provider"]
        if self.path == "slot-hold" and self.name == "appointment_type":
            needed["provider"] = links["provider"]
        extra: dict[str, Any] = (
            {"method": AlarmMethod.EMAIL} if (self.path, self.name) == ("reminder-step", "mail_template") else {}
        )
        if self.path == "appointment" and self.name != "contact":
            # A patient can be named, or described: it is no plain relation.
            extra = {"contact": reverse("contact-detail", args=[factories.contact(world).pk])}
        named = {name: Reference(self.path, name, self.route, field) for name, field in needed.items()}
        others = {name: each.written(each.target(world)) for name, each in named.items()}
        if self.name == "goto":
            own = SectionTemplate.objects.create(survey=target.survey, question="Who?")
            others["section"] = named["section"].written(own)
        return {**body_of(self.path), **others, **extra, self.name: self.written(target)}

    def written(self, row: Any) -> Any:
        """Return how the body names a row."""
        return foreign_values.forms_of(self.field, row.pk)[0]

    def deletion(self, row: Any) -> str:
        """Return the address of a named row."""
        name = getattr(self.field, "view_name", "") or f"{row._meta.model_name}-detail"
        return routes.named(name).address_of(row)

    @property
    def is_deletable(self) -> bool:
        """Return whether the rows that it can name are deleted over REST."""
        actions: dict[str, str] = resolve(self.deletion(self.field.model(pk=1))).func.actions
        return "delete" in actions


def references() -> list[Reference]:
    """Return all of them."""
    found = [route for route in routes.everything() if routes.is_rest(route) and foreign_values.has_links(route)]
    return [
        Reference(route.url().rstrip("/").removeprefix("/rest-api/"), name, route, field)
        for route in found
        if "post" in route.view.actions
        for name, field in foreign_values.links_of(route).items()
        # A hold is used up by a booking, and no row refers to it.
        if field.model is not SlotHold
    ]
