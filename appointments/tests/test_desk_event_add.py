"""The page on which an event is made that is no visit."""

from datetime import datetime
from uuid import uuid4

import pytest

from accounts import tenancy
from accounts.models import AuditEntry
from appointments.services import desk_events
from appointments.tests.visiting import NEW_YORK, browser
from calendars.models import Alarm, Calendar, Event
from tests import factories

pytestmark = pytest.mark.django_db
TUESDAY = {"title": "Team meeting", "day": "2026-11-24", "clock": "09:00", "minutes": "30", "repeats": "never"}


@pytest.fixture
def send(inside, desk):
    """Return a function that fills in the form and sends it."""

    def send(**fields):
        return desk.post("/events/add/", {**TUESDAY, "calendar": inside.calendar.pk, "once": uuid4(), **fields})

    return send


def wrong(answer):
    return answer.status_code, {name: list(words) for name, words in answer.context["form"].errors.items()}


def test_form_begins_with_the_day_and_the_calendar_of_the_address(desk, inside):
    second = Calendar.objects.create(name="the second", user=inside.calendar_user)
    form = desk.get("/events/add/", {"date": "2026-12-24", "calendar": second.pk}).context["form"]
    assert [str(form[name].value()) for name in ("day", "calendar", "minutes")] == ["2026-12-24", str(second.pk), "60"]
    form = desk.get("/events/add/").context["form"]
    assert [str(form[name].value()) for name in ("day", "calendar")] == ["2026-11-23", str(inside.calendar.pk)]


def test_event_is_made_and_shown(send, inside, world):
    answer = send(description="Room 2")
    event = Event.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/events/{event.pk}")
    assert (event.title, event.description, event.start, event.end, event.time_zone, event.creator, event.calendar) == (
        "Team meeting",
        "Room 2",
        datetime(2026, 11, 24, 9, tzinfo=NEW_YORK),
        datetime(2026, 11, 24, 9, 30, tzinfo=NEW_YORK),
        "America/New_York",
        inside.calendar_user,
        inside.calendar,
    )
    (entry,) = AuditEntry.objects.filter(kind="calendars.event")
    assert (entry.action, entry.object_id, entry.identity) == ("create", str(event.pk), f"user:{world.staff.pk}")
    assert "Team meeting" not in str(entry.facts) + str(entry.changed)
    assert Alarm.objects.count() == 0


def test_without_a_time_it_is_whole_days(send):
    send(clock="", last_day="2026-11-25")
    event = Event.objects.get()
    assert (event.all_day, event.start.astimezone(NEW_YORK).day, event.end.astimezone(NEW_YORK).day) == (True, 24, 26)


def test_series_is_made_with_all_its_first_ones(send):
    send(repeats="monthly_place", until="2027-01-31")
    event = Event.objects.get(parent_event=None)
    assert event.recurrence == "RRULE:FREQ=MONTHLY;BYDAY=4TU;UNTIL=20270201T045959Z"
    assert event.children.count() == 1


def test_reminder_goes_to_the_contact_or_the_number(send, inside):
    ana = factories.contact(inside)
    send(patient="lopez an", reminder="7200", reminder_text=inside.sms_template.pk)
    send(number="+1 555 123 9999", reminder="86400", reminder_text=inside.sms_template.pk)
    assert [
        (one.event.contact, one.method, one.advance_notice, one.alarm_phonenumber)
        for one in Alarm.objects.order_by("pk")
    ] == [(ana, 2, 7200, None), (None, 2, 86400, "+15551239999")]


def test_contact_is_found_by_number_too(send, inside):
    ana = factories.contact(inside)
    factories.contact(inside, first_name="Ben", phone="+15551234999")
    send(patient="555 123 4567")
    assert Event.objects.get().contact == ana


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"patient": "Zoe"}, {"patient": ["Nobody here is “Zoe”; make the contact first, or leave this empty."]}),
        (
            {"patient": "Lopez"},
            {"patient": ["Several fit: Ana Lopez, Ben Lopez. Write more of the name, or the number."]},
        ),
        (
            {"patient": "99999"},
            {"patient": ["“99999” is no possible phone number; write it with its country code, like +33612345678."]},
        ),
        ({"reminder": "7200"}, {"reminder_text": ["Choose what the reminder says."]}),
        ({"once": "again"}, {"once": ["Enter a valid UUID."]}),
        ({"title": " ", "day": ""}, {"title": ["This field is required."], "day": ["This field is required."]}),
    ],
)
def test_what_does_not_fit_is_told_beside_its_field(send, inside, fields, told):
    for name, phone in (("Ana", "+15551234567"), ("Ben", "+15551234568")):
        factories.contact(inside, first_name=name, phone=phone)
    assert wrong(send(**fields)) == (400, told)
    assert Event.objects.count() == 0


def test_reminder_that_reaches_nobody_makes_no_event(send, inside):
    answer = send(reminder="7200", reminder_text=inside.sms_template.pk)
    assert wrong(answer) == (
        400,
        {"number": ["There is no number to write to: its event names no contact; write one here."]},
    )
    assert Event.objects.count() == 0
    assert 'value="Team meeting"' in answer.content.decode()


def test_calendar_of_nobody_says_so(send, inside):
    lost = Calendar.objects.create(name="Lost")
    assert list(wrong(send(calendar=lost.pk))[1]) == ["calendar"]


def test_form_that_is_sent_twice_makes_one_event(send, desk):
    once = uuid4()
    first, second = send(once=once), send(once=once, title="Changed meanwhile")
    assert first["Location"] == second["Location"]
    assert [event.title for event in Event.objects.all()] == ["Team meeting"]
    assert "nothing was made twice" in desk.get(second["Location"] + "/").content.decode()


def test_form_that_comes_twice_at_once_makes_one_event(send, monkeypatch):
    once, known = uuid4(), desk_events._known
    first = send(once=once)
    found = iter([None])  # when the second looked, the first was not there yet
    monkeypatch.setattr(desk_events, "_known", lambda wanted: next(found, known(wanted)))
    assert send(once=once)["Location"] == first["Location"]
    assert Event.objects.count() == 1


def test_another_clinics_calendar_is_as_absent_as_none(send, desk, other):
    with tenancy.tenant(other.organization.pk):
        text = other.sms_template.pk
    for name, foreign in (("calendar", other.calendar.pk), ("reminder_text", text)):
        assert wrong(send(**{name: foreign})) == wrong(send(**{name: 10**9})) == wrong(send(**{name: 10**30}))
    answers = [desk.get("/events/add/", {"calendar": pk}) for pk in (other.calendar.pk, 10**9)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_day_that_is_none_is_said(desk):
    answer = desk.get("/events/add/", {"date": "yesterday"})
    assert (answer.status_code, "Write the day as 2026-11-23." in answer.content.decode()) == (400, True)


def test_who_may_not_write_makes_nothing(world, inside, client, clock):
    viewer = browser(world.viewer)
    assert viewer.get("/events/add/").status_code == 403
    assert viewer.post("/events/add/", {**TUESDAY, "calendar": inside.calendar.pk}).status_code == 403
    assert "New event" not in viewer.get("/calendar/").content.decode()
    assert client.get("/events/add/")["Location"] == "/accounts/login/?next=/events/add/"
    assert Event.objects.count() == 0
