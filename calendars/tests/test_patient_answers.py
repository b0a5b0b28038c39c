"""A patient's yes and no."""

from datetime import timedelta

import pytest

from calendars.engine.states import AlarmResult
from calendars.models import Alarm, Event, Rule
from calendars.services import events
from calendars.services.alarms import alarm_queueing, patient_answers
from notifications.engine.replies import ReplyIntent
from notifications.engine.wording import Wording
from notifications.models import Delivery, StaffItem

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(make, remind, clock):
    """Return a function that makes an event, and the message that asked about it."""

    def asked(**fields):
        alarm = remind(make(**fields))
        clock.set(alarm.due_at)
        alarm_queueing.plan()
        return Delivery.objects.get(origin_id=alarm.pk)

    return asked


@pytest.fixture
def say(clock):
    """Return a function that answers a message."""
    return lambda message, intent: patient_answers.apply_answer(message, inbound=None, intent=intent, now=clock.at)


def result():
    return Alarm.objects.values_list("result", flat=True).first()


def test_yes_confirms(asked, say):
    assert say(asked(), ReplyIntent.YES) == Wording.CONFIRMED
    assert result() == AlarmResult.CONFIRMED


def test_no_cancels_the_event_and_stops_its_other_alarms(asked, say, remind):
    message = asked()
    later = remind(Event.objects.get(), advance_notice=7200)
    assert say(message, ReplyIntent.NO) == Wording.CANCELLED
    assert Event.objects.get().cancelled_at
    later.refresh_from_db()
    assert (later.state, later.reason) == ("cancelled", "event_cancelled")


def test_other_alarms_stay_after_a_yes(asked, say, remind):
    message = asked()
    later = remind(Event.objects.get(), advance_notice=7200)
    say(message, ReplyIntent.YES)
    later.refresh_from_db()
    assert later.state == "planned"


@pytest.mark.parametrize("intent", [ReplyIntent.YES, ReplyIntent.NO])
def test_same_answer_again_changes_nothing_and_sounds_the_same(asked, say, intent):
    message = asked()
    first = say(message, intent)
    version = Event.objects.get().version
    assert say(message, intent) == first
    assert Event.objects.get().version == version
    assert not StaffItem.objects.exists()


def test_no_after_a_yes_cancels(asked, say):
    message = asked()
    say(message, ReplyIntent.YES)
    assert say(message, ReplyIntent.NO) == Wording.CANCELLED
    assert result() == AlarmResult.CANCELLED


def cancel(event, clock):
    events.cancel(event, reason="test", now=clock.at)


def begin(event, clock):
    clock.set(event.start)


def move(event, clock):
    events.change(event, now=clock.at, start=event.start + timedelta(hours=2))


@pytest.mark.parametrize("happening", [cancel, begin, move])
def test_answer_that_comes_too_late_goes_to_staff(asked, say, clock, happening):
    message = asked()
    happening(Event.objects.get(), clock)
    assert say(message, ReplyIntent.YES) == Wording.PASSED_ON
    assert StaffItem.objects.get().kind == "late_reply"
    assert result() == AlarmResult.NO_RESULT


@pytest.mark.parametrize("happening", [cancel, move])
def test_yes_again_is_not_confirmed_when_it_no_longer_holds(asked, say, clock, happening):
    message = asked()
    say(message, ReplyIntent.YES)
    happening(Event.objects.get(), clock)
    assert say(message, ReplyIntent.YES) == Wording.PASSED_ON
    assert StaffItem.objects.get().kind == "late_reply"


def test_no_to_the_first_of_a_series_cancels_only_that(asked, say):
    message = asked(rule=Rule.objects.get(pk=6))
    say(message, ReplyIntent.NO)
    assert Event.objects.exclude(cancelled_at=None).count() == 1


def test_message_of_another_kind_is_not_answered_here(asked, say):
    message = asked()
    message.origin = "offer"
    assert say(message, ReplyIntent.YES) is None


def test_deleted_alarm_is_not_answered(asked, say):
    message = asked()
    Alarm.objects.all().delete()
    assert say(message, ReplyIntent.YES) is None
