"""What is deleted sends nothing, whatever way it went."""

from datetime import timedelta

import pytest

from accounts import tenancy
from calendars.models import Alarm, CalendarUser
from calendars.services.alarms import alarm_queueing
from notifications.models import Delivery
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def queued(world, clock):
    """Return an alarm whose message is in the outbox."""
    event = factories.event(world, contact=factories.contact(world))
    alarm = factories.alarm(world, event, due_at=clock.at - timedelta(minutes=1))
    assert alarm_queueing.plan() == 1
    return alarm


def left():
    return list(Delivery.objects.unscoped().values_list("state", "reason"))


def test_cascade_from_a_calendar_user_stops_messages(world, queued):
    with tenancy.tenant(world.organization.pk):
        CalendarUser.objects.filter(pk=world.calendar_user.pk).delete()
    assert left() == [("cancelled", "alarm_deleted")]


def test_plain_delete_of_an_alarm_stops_its_message(world, queued):
    Alarm.objects.unscoped().filter(pk=queued.pk).delete()
    assert left() == [("cancelled", "alarm_deleted")]


def test_message_that_has_left_stays_as_it_is(world, queued):
    rows = Delivery.objects.unscoped()
    for state in ("leased", "calling", "accepted"):
        rows.update(state=state)
    Alarm.objects.unscoped().filter(pk=queued.pk).delete()
    assert left() == [("accepted", "")]
