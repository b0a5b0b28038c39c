"""Services refuse fields that they do not know: a typing error is an error, and nothing is written."""

import pytest

from calendars.engine.states import Reach
from calendars.models import Alarm, AlarmRequest, CalendarUser, Event
from calendars.services import calendar_users, events
from calendars.services.alarms import alarms, manual_attempts
from calendars.services.series import series_edits

pytestmark = pytest.mark.django_db

WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=3"


@pytest.mark.parametrize(
    ("fields", "shape"),
    [({"titel": "x"}, "EventChange has no titel"), ({"version": 99}, "EventChange has no version")],
)
def test_change_of_an_event_refuses_what_it_does_not_know(make, clock, fields, shape):
    event = make(title="Before")
    with pytest.raises(TypeError, match=shape):
        events.change(event, now=clock.at, **fields)
    event.refresh_from_db()
    assert (event.title, event.version) == ("Before", 1)


@pytest.mark.parametrize("reach", [None, Reach.THIS, Reach.FOLLOWING, Reach.ALL])
def test_edit_of_a_series_refuses_what_it_does_not_know(make, clock, reach):
    child = make(recurrence=WEEKLY).children.earliest("start")
    with pytest.raises(TypeError, match="EventChange has no created_on, titel"):
        series_edits.change(child, now=clock.at, reach=reach, titel="x", created_on=clock.at)
    child.refresh_from_db()
    assert (child.parent_event is not None, child.version) == (True, 1)


@pytest.mark.parametrize("name", ["titel", "cancelled_at", "series_ended", "parent_event"])
def test_new_event_refuses_what_it_does_not_know(make, inside, clock, name):
    with pytest.raises(TypeError, match=f"NewEvent has no {name}"):
        make(**{name: None})
    given = {"title": "x", "start": clock.at, name: None}
    with pytest.raises(TypeError, match=f"NewEvent has no {name}"):
        events.create_many(inside.calendar, inside.calendar_user, [given], now=clock.at)
    assert not Event.objects.exists()


@pytest.mark.parametrize("name", ["metod", "revision", "due_at", "state"])
def test_alarm_refuses_what_it_does_not_know(make, remind, clock, name):
    event = make()
    with pytest.raises(TypeError, match=f"AlarmFields has no {name}"):
        alarms.create(event, now=clock.at, **{name: 1})
    assert not Alarm.objects.exists()
    alarm = remind(event)
    with pytest.raises(TypeError, match=f"AlarmFields has no {name}"):
        alarms.change(alarm, now=clock.at, **{name: 1})


def test_attempt_refuses_what_it_does_not_know(make, remind, clock):
    alarm = remind(make())
    row = AlarmRequest.objects.create(alarm=alarm, date=clock.at)
    with pytest.raises(TypeError, match="AlarmRequestChange has no attempt"):
        manual_attempts.change(row, attempt=None)


def test_calendar_user_refuses_what_it_does_not_know(inside):
    known = CalendarUser.objects.count()
    with pytest.raises(TypeError, match="CalendarUserFields has no surname"):
        calendar_users.create_user(username="new", password="secret-9", manager=None, surname="Chen")
    assert CalendarUser.objects.count() == known
