from datetime import timedelta

import pytest

from appointments.models import Appointment
from appointments.services import visits, visits_bulk
from appointments.services.visits_bulk import Booking, ReminderSettings
from calendars.engine.states import AlarmMethod
from calendars.errors import EndBeforeStart
from calendars.models import Alarm, Closure, Event
from calendars.services.alarms import alarms
from config.kernel.errors import ExternalIdTaken
from notifications import channels
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
OWN = {
    "updated_at",
    "updated_in",
    "id",
    "uuid",
    "created_on",
    "created_at",
    "created_date",
    "changed_at",
    "event_id",
    "external_id",
    "contact_id",
}


def facts(row):
    """Return a row's columns, without those in which two rows always differ."""
    model = type(row)
    values = model.objects.filter(pk=row.pk).values().get()
    return {name: value for name, value in values.items() if name not in OWN}


def booked(world, **fields):
    people = [factories.contact(world, phone=f"+1555123456{n}", **fields) for n in range(2)]
    starts = NOW + timedelta(days=3)
    ends = starts + timedelta(minutes=20)
    one = visits.book(
        contact=people[0],
        calendar=world.calendar,
        starts_at=starts,
        ends_at=ends,
        now=NOW,
        title="Check",
        external_id="one",
    )
    (many,) = visits_bulk.book(
        [Booking(people[1], starts, ends, "Check", None, "many")], calendar=world.calendar, now=NOW
    )
    return one, many


def test_bulk_booking_makes_the_same_rows(inside):
    one, many = booked(inside)
    assert facts(one) == facts(many)
    assert facts(one.event) == facts(many.event)
    assert many.contact == many.event.contact


@pytest.mark.parametrize("zone", ["", "Asia/Tokyo"])
@pytest.mark.parametrize("text", ["sms", "mail"])
def test_bulk_reminders_are_the_same_rows(inside, text, zone):
    one, many = booked(inside, time_zone=zone, email="ana@example.org")
    template = {f"{text}_template": getattr(inside, f"{text}_template")}
    method = AlarmMethod.SMS if text == "sms" else AlarmMethod.EMAIL
    single = alarms.create(one.event, now=NOW, method=method, advance_notice=90_000, **template)
    channel = channels.of_method(method)
    reminder = ReminderSettings(90_000, channel, template[channel.content_field])
    assert visits_bulk.remind([many], reminder=reminder, now=NOW) == 1
    assert facts(Alarm.objects.get(event=many.event)) == facts(single)


def test_bulk_visits_are_booked_in_order(inside):
    contact = factories.contact(inside)
    starts = [NOW + timedelta(days=day) for day in (3, 1, 2)]
    wanted = [Booking(contact, start, start + timedelta(hours=1)) for start in starts]
    assert [row.starts_at for row in visits_bulk.book(wanted, calendar=inside.calendar, now=NOW)] == starts


def test_a_known_external_id_books_nothing(inside):
    booked(inside)
    contact = factories.contact(inside)
    wanted = [Booking(contact, NOW, NOW + timedelta(hours=1), external_id=name) for name in ("new", "one")]
    with pytest.raises(ExternalIdTaken):
        visits_bulk.book(wanted, calendar=inside.calendar, now=NOW)
    assert Appointment.objects.count() == Event.objects.count() == 2


def test_a_visit_without_length_is_refused(inside):
    wanted = [Booking(factories.contact(inside), NOW, NOW)]
    with pytest.raises(EndBeforeStart):
        visits_bulk.book(wanted, calendar=inside.calendar, now=NOW)


def test_bulk_booking_warns_as_booking_does(inside):
    day = (NOW + timedelta(days=3)).date()
    Closure.objects.create(name="Outing", first_day=day, last_day=day)
    one, many = booked(inside)
    assert many.event.warnings == one.event.warnings == ["It falls on “Outing”."]
    assert Event.objects.get(pk=many.event_id).closure == "Outing"
