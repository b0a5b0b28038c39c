"""The acceptance checks of the older appointment module about series, times and what is sent, by their numbers.

Check 16 holds in the sense of a rolling horizon: children are made ahead of their time.
"""

from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from calendars.engine.states import AlarmMethod, AlarmState, AlarmStatus, EventStatus
from calendars.models import (
    Alarm,
    CalendarSetting,
    Event,
    Rule,
)
from calendars.services import event_pause, events
from calendars.services.alarms import alarm_queueing, alarms
from calendars.services.series import expansion
from calendars.tests.older import rule
from contacts.models import ContactPhone
from notifications.models import Delivery, Gateway, StaffItem

pytestmark = pytest.mark.django_db
local = datetime.fromisoformat
PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)


def test_16_daily_event_has_its_next_day_as_a_child_and_is_completed(make, clock):
    root = make(rule=Rule.objects.get(name="Daily"), start=clock.at)
    child = root.children.order_by("start").first()
    assert (child.start, child.end - child.start) == (root.start + DAY, root.end - root.start)
    assert (child.occ_count, child.parent_event, child.status) == (1, root, EventStatus.PENDING)
    clock.set(root.end)
    expansion.expand(now=clock.at)
    assert list(Event.objects.filter(status=EventStatus.COMPLETED)) == [root]


def test_17_series_ends_with_its_period(make, clock):
    root = make(rule=rule(), start=clock.at, end_recurring_period=clock.at + timedelta(hours=1))
    clock.forward(days=2)
    assert (expansion.expand(now=clock.at), root.children.count()) == (0, 0)


def test_18_ten_times_is_ten_times(make, clock):
    root = make(rule=Rule.objects.get(name="Weekly (Monday-Friday) R-10"), start=clock.at)
    for _ in range(3):
        clock.forward(days=30)
        expansion.expand(now=clock.at)
    assert [child.start.date().isoformat() for child in root.children.order_by("start")] == [
        "2026-11-24",
        "2026-11-25",
        "2026-11-26",
        "2026-11-27",
        "2026-11-30",
        "2026-12-01",
        "2026-12-02",
        "2026-12-03",
        "2026-12-04",
    ]


def test_19_each_occurrence_is_told_of_24_hours_ahead_and_in_time(make, remind, clock):
    remind(make(rule=rule(params="count:4")), advance_notice=86_400)
    rows = list(Alarm.objects.order_by("due_at").select_related("event"))
    assert [row.event.start - row.due_at for row in rows] == [DAY] * 4
    clock.set(rows[1].due_at)
    alarm_queueing.plan()
    assert Delivery.objects.filter(origin_id=rows[1].pk).values_list("state", "due_at").get() == ("scheduled", clock.at)


def test_20_copies_begin_without_attempts(make, remind):
    alarm = remind(make(rule=rule(params="count:3")), num_attempt=2)
    assert list(Alarm.objects.filter(parent_alarm=alarm).values_list("num_attempt", flat=True)) == [0, 0]


@pytest.mark.parametrize("stop", [event_pause.pause, partial(events.cancel, reason="test")])
def test_21_stopped_event_sends_nothing(make, remind, clock, stop):
    event = make()
    alarm = remind(event)
    stop(event, now=clock.at)
    clock.set(alarm.due_at)
    assert (alarm_queueing.plan(), Delivery.objects.count()) == (0, 0)


def test_21_series_resumed_after_three_days_goes_on(make, remind, clock):
    root = make(rule=rule(), start=clock.at)
    remind(root, advance_notice=3600)
    event_pause.pause(root, now=clock.at)
    clock.forward(days=3)
    event_pause.resume(root, now=clock.at)
    due = Alarm.objects.waiting().order_by("due_at").first()
    assert due.event.start == root.start + 4 * DAY
    clock.set(due.due_at)
    assert (alarm_queueing.plan(), Delivery.objects.get().origin_id) == (1, due.pk)


def test_22_after_20_hours_of_downtime_nothing_is_silent_and_the_series_lives(make, remind, clock):
    late = [remind(make(start=clock.at + timedelta(hours=hours)), advance_notice=7200) for hours in (4, 19, 30)]
    root = make(rule=rule(), start=clock.at + timedelta(hours=1))
    clock.forward(hours=29)
    expansion.expand(now=clock.at)
    alarm_queueing.plan()
    states = [Alarm.objects.values_list("status", "state").get(pk=alarm.pk) for alarm in late]
    missed = (AlarmStatus.FAILURE, AlarmState.SKIPPED)
    assert states == [missed, missed, (AlarmStatus.IN_PROCESS, AlarmState.QUEUED)]
    assert StaffItem.objects.values_list("kind", "count").get() == ("skipped", 2)
    assert root.children.filter(start__gt=clock.at).exists()


class Killed(Exception):
    """The process is gone, and with it what it had not committed."""


def die_after(step):
    step()
    raise Killed


def killed(step):
    with pytest.raises(Killed), transaction.atomic():
        die_after(step)


def test_23_kill_leaves_one_child_and_one_message(make, remind, clock):
    root = make(rule=rule(params="count:2"), start=clock.at + DAY)
    remind(root, advance_notice=3600)
    Event.objects.filter(parent_event=root).delete()
    Event.objects.filter(pk=root.pk).update(expanded_until=root.start, series_ended=False)
    killed(lambda: expansion.expand(now=clock.at))
    assert not root.children.exists()
    for _ in range(2):
        expansion.expand(now=clock.at)
    assert root.children.get().alarms.count() == 1
    clock.set(root.start - timedelta(hours=1))
    killed(alarm_queueing.plan)
    assert [alarm_queueing.plan(), alarm_queueing.plan(), Delivery.objects.count()] == [1, 0, 1]


def test_24_malformed_rule_stops_only_itself(make, clock):
    bad, good = rule(params="count:99"), rule()
    sick, sound = make(rule=bad), make(rule=good)
    Rule.objects.filter(pk=bad.pk).update(params="byweekday:__import__('os')")
    before = sound.children.count()
    clock.forward(days=20)
    expansion.expand(now=clock.at)
    sick.refresh_from_db()
    assert sound.children.count() > before
    assert "is no weekday" in sick.series_error
    assert StaffItem.objects.get().kind == "warning"


@pytest.mark.parametrize(
    ("frequency", "params", "days"),
    [
        ("MONTHLY", "bymonthday:-1;count:3", ["2026-11-30", "2026-12-31"]),
        ("WEEKLY", "byweekday: MO, TU;count:4", ["2026-11-24", "2026-11-30", "2026-12-01"]),
    ],
)
def test_25_negative_numbers_and_blanks_are_understood(make, clock, frequency, params, days):
    root = make(rule=rule(frequency, params), start=clock.at)
    clock.forward(days=60)
    expansion.expand(now=clock.at)
    assert [child.start.date().isoformat() for child in root.children.order_by("start")] == days


def test_34_window_in_paris_waits_for_nine_and_nine_stays_nine(make, remind, clock):
    event = make(start=local("2026-11-25T14:00"), time_zone="Europe/Paris")
    alarm = remind(
        event, date_start_notice=local("2026-11-24T20:00"), advance_notice=0, daily_start="09:00", daily_stop="18:00"
    )
    assert alarm.due_at.astimezone(PARIS).isoformat() == "2026-11-25T09:00:00+01:00"
    root = make(start=local("2027-03-26T09:00"), time_zone="Europe/Paris", recurrence="RRULE:FREQ=DAILY;COUNT=5")
    clock.forward(days=120)
    expansion.expand(now=clock.at)
    hours = [child.start.astimezone(PARIS).strftime("%H:%M %z") for child in root.children.order_by("start")]
    assert hours == ["09:00 +0100", "09:00 +0200", "09:00 +0200", "09:00 +0200"]


def test_35_advance_notice_is_that_many_seconds(make, remind, clock):
    event = make()
    remind(event, advance_notice=600)
    clock.set(event.start - timedelta(seconds=601))
    assert alarm_queueing.plan() == 0
    clock.forward(seconds=1)
    assert alarm_queueing.plan() == 1


def test_39_moved_event_moves_its_pending_alarms_as_far(make, remind, clock):
    event = make()
    pair = [remind(event, advance_notice=seconds) for seconds in (600, 86_400)]
    events.change(event, now=clock.at, start=event.start + timedelta(days=3, hours=2))
    for alarm in pair:
        moved = Alarm.objects.get(pk=alarm.pk)
        assert moved.due_at - alarm.due_at == moved.date_start_notice - alarm.date_start_notice
        assert moved.due_at - alarm.due_at == timedelta(days=3, hours=2)


@pytest.mark.parametrize("method", [AlarmMethod.SMS, AlarmMethod.EMAIL])
def test_40_alarm_that_lost_its_gateway_fails_at_its_time(make, remind, inside, clock, method):
    alarm = remind(make(), method=method, mail_template=inside.mail_template)
    CalendarSetting.objects.update(sms_gateway=None, mail_gateway=None)
    Gateway.objects.filter(channel="email").update(status=Gateway.Status.INACTIVE)
    clock.set(alarm.due_at)
    alarm_queueing.plan()
    assert Alarm.objects.values_list("status", "reason").get() == (AlarmStatus.FAILURE, "no_gateway")


def test_40_alarm_whose_patient_lost_the_number_fails_at_its_time(make, remind, clock):
    alarm = remind(make())
    ContactPhone.objects.all().delete()
    clock.set(alarm.due_at)
    alarm_queueing.plan()
    assert Alarm.objects.values_list("status", "reason").get() == (AlarmStatus.FAILURE, "no_recipient")


def test_41_alarm_deleted_two_minutes_before_sends_nothing(make, remind, clock):
    alarm = remind(make())
    clock.set(alarm.due_at - timedelta(minutes=2))
    alarms.delete(alarm, now=clock.at)
    clock.forward(minutes=3)
    assert (alarm_queueing.plan(), Delivery.objects.count()) == (0, 0)
