"""Making, changing and repeating alarms."""

from datetime import datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError

from calendars.engine.states import AlarmMethod, AlarmState, AlarmStatus
from calendars.errors import AlarmNotRetryable, EventCancelled, NoSetting, TooFarAhead, TooLate, UsernameTaken
from calendars.models import Alarm, CalendarSetting, CalendarUserProfile, Rule
from calendars.services import calendar_users, events
from calendars.services.alarms import alarm_queueing, alarms
from calendars.services.series import expansion as growing
from calendars.tests.conftest import DAY
from contacts.errors import BadPhone
from notifications.models import Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def series(make):
    return make(rule=Rule.objects.create(name="Three", description="", frequency="DAILY", params="count:3"))


def copies(alarm):
    return Alarm.objects.filter(parent_alarm=alarm)


def test_notice_is_the_start_unless_given(make, remind):
    event = make()
    assert remind(event).date_start_notice == event.start


def test_naive_notice_is_local(make, remind):
    alarm = remind(make(time_zone="Europe/Paris"), date_start_notice=datetime.fromisoformat("2026-11-24T09:00"))
    assert alarm.date_start_notice.isoformat() == "2026-11-24T08:00:00+00:00"


def test_window_of_the_patient_counts(make, remind, clock):
    event = make(start=clock.at + timedelta(days=2, hours=-5))
    alarm = remind(event, daily_start="09:00", daily_stop="18:00")
    assert alarm.due_at.isoformat() == "2026-11-24T14:00:00+00:00"
    assert alarm.daily_start == time(9)


@pytest.mark.parametrize(
    ("method", "text", "number"),
    [(AlarmMethod.SMS, "(555) 123-4567", "+15551234567"), (AlarmMethod.CALL, "5551234567w12", "+15551234567w12")],
)
def test_number_is_stored_as_e164(make, remind, inside, method, text, number):
    alarm = remind(make(), method=method, alarm_phonenumber=text, survey=inside.survey)
    assert alarm.alarm_phonenumber == number


def test_bad_number_names_its_field(make, remind):
    with pytest.raises(BadPhone) as caught:
        remind(make(), alarm_phonenumber="call me")
    assert caught.value.field == "alarm_phonenumber"


def test_bad_value_is_refused(make, remind):
    with pytest.raises(ValidationError):
        remind(make(), daily_start="25:00")


def test_cancelled_event_takes_no_alarm(make, remind, clock):
    event = make()
    events.cancel(event, reason="test", now=clock.at)
    with pytest.raises(EventCancelled):
        remind(event)


def test_occurrences_get_a_new_alarm_at_once(series, remind):
    assert copies(remind(series)).count() == 2


def test_change_reaches_copies_that_wait(series, remind, clock):
    alarm = remind(series)
    sent = copies(alarm).order_by("pk").first()
    Alarm.objects.filter(pk=sent.pk).update(status=AlarmStatus.SUCCESS)
    alarms.change(alarm, now=clock.at, advance_notice=7200)
    assert list(copies(alarm).order_by("pk").values_list("advance_notice", flat=True)) == [86_400, 7200]
    waiting = copies(alarm).get(advance_notice=7200)
    assert waiting.due_at == waiting.event.start - timedelta(hours=2)


def test_change_takes_a_waiting_message_back(make, remind, clock):
    alarm = remind(make())
    clock.set(alarm.due_at)
    alarm_queueing.plan()
    alarms.change(alarm, now=clock.at, advance_notice=7200)
    assert Delivery.objects.get().state == "cancelled"
    assert (alarm.status, alarm.revision) == (AlarmStatus.PENDING, 2)
    assert alarm.due_at == alarm.event.start - timedelta(hours=2)


def test_pending_by_hand_sends_once_more(make, remind, clock):
    alarm = remind(make(), status=AlarmStatus.SUCCESS, state=AlarmState.SENT)
    clock.set(alarm.due_at)
    alarms.change(alarm, now=clock.at, status=AlarmStatus.PENDING)
    assert (alarm_queueing.plan(), Delivery.objects.get().dedup_key) == (1, f"alarm:{alarm.pk}:2")


def test_deleted_alarm_takes_its_copies_and_message_with_it(series, remind, clock):
    alarm = remind(series)
    clock.set(alarm.due_at)
    alarm_queueing.plan()
    alarms.delete(alarm, now=clock.at)
    assert not Alarm.objects.exists()
    assert Delivery.objects.get().state == "cancelled"


def test_send_now_does_not_wait_for_the_time(make, remind, clock):
    alarm = alarms.send_now(remind(make()), now=clock.at)
    assert alarm_queueing.plan() == 1
    assert Delivery.objects.get().due_at == clock.at
    assert alarm.revision == 2


@pytest.mark.parametrize("act", [alarms.send_now, alarms.retry])
def test_nothing_is_sent_for_an_event_that_began(make, remind, clock, act):
    alarm = remind(make(), status=AlarmStatus.FAILURE)
    with pytest.raises(TooLate):
        act(alarm, now=alarm.event.start)


def test_failed_alarm_is_tried_again(make, remind, clock):
    alarm = remind(make(), status=AlarmStatus.FAILURE, state=AlarmState.FAILED, reason="no_gateway")
    alarms.retry(alarm, now=clock.at)
    assert (alarm.state, alarm.reason, alarm_queueing.plan()) == (AlarmState.PLANNED, "", 1)


def test_only_failures_are_retried(make, remind, clock):
    with pytest.raises(AlarmNotRetryable):
        alarms.retry(remind(make()), now=clock.at)


def test_calendar_user_gets_a_profile_with_the_first_setting(inside):
    made = calendar_users.create_user(username="doctor", password="secret words", manager=inside.owner)
    assert made.profile.calendar_setting == inside.setting
    assert made.password.startswith("md5$")


def test_username_is_taken_once(inside):
    with pytest.raises(UsernameTaken):
        calendar_users.create_user(username="riverside-doctor", password="x", manager=inside.owner)


def test_calendar_user_needs_a_setting(inside):
    CalendarUserProfile.objects.all().delete()
    CalendarSetting.objects.all().delete()
    with pytest.raises(NoSetting):
        calendar_users.create_user(username="doctor", password="x", manager=inside.owner)


def test_series_is_not_made_for_decades_on_account_of_one_alarm(make, remind, clock):
    root = make(recurrence="RRULE:FREQ=DAILY")
    made = root.children.count()
    early = root.start.replace(year=2024)
    for far in ({"advance_notice": 367 * DAY}, {"advance_notice": 0, "date_start_notice": early}):
        with pytest.raises(TooFarAhead):
            remind(root, **far)
    assert (Alarm.objects.count(), root.children.count()) == (0, made)
    Alarm.objects.filter(pk=remind(root).pk).update(advance_notice=2_000_000_000)
    growing.expand(now=clock.at)
    assert root.children.latest("start").start - clock.at < timedelta(days=366 + 40)
