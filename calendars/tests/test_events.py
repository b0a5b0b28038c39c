"""Making, changing, pausing, cancelling and deleting events."""

from datetime import UTC, datetime, timedelta

import pytest

from calendars.engine.states import AlarmState, AlarmStatus, EventStatus
from calendars.errors import BadStatus, BadZone, EndBeforeStart, EventCancelled, NoChild, OutOfRange
from calendars.models import Alarm, Event, Rule
from calendars.services import event_pause, events
from calendars.services.alarms import alarm_queueing
from calendars.services.series import expansion
from notifications.models import Delivery, StaffItem
from tests import factories

pytestmark = pytest.mark.django_db
local = datetime.fromisoformat


@pytest.fixture
def daily(db):
    return Rule.objects.get(pk=6)


def stand(alarm):
    """Return where an alarm stands: status, state, reason, revision."""
    return tuple(Alarm.objects.unscoped().values_list("status", "state", "reason", "revision").get(pk=alarm.pk))


def queue(clock, alarm):
    """Let an alarm fall due and be put into the outbox."""
    clock.set(alarm.due_at)
    assert alarm_queueing.plan() >= 1


WAITING = (AlarmStatus.PENDING, AlarmState.PLANNED, "", 1)
WAITING_AGAIN = (AlarmStatus.PENDING, AlarmState.PLANNED, "", 2)


def test_event_takes_an_hour_in_the_zone_of_its_clinic(make):
    event = make(start=local("2026-12-01T09:00"))
    assert (event.start, event.end) == (datetime(2026, 12, 1, 14, tzinfo=UTC), datetime(2026, 12, 1, 15, tzinfo=UTC))
    assert event.time_zone == "America/New_York"


def test_calendar_has_its_own_zone(make, inside):
    inside.calendar.time_zone = "Europe/Paris"
    assert make(start=local("2026-12-01T09:00")).start == datetime(2026, 12, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "error", "field"),
    [
        ({"end": datetime(2026, 11, 25, 9, tzinfo=UTC)}, EndBeforeStart, "end"),
        ({"time_zone": "Mars/Olympus"}, BadZone, "time_zone"),
        ({"start": datetime(9998, 1, 1, tzinfo=UTC)}, OutOfRange, "start"),
    ],
)
def test_nonsense_is_refused(make, fields, error, field):
    with pytest.raises(error) as caught:
        make(**fields)
    assert caught.value.field == field


def test_moved_event_takes_its_alarms_along(make, remind, clock):
    event = make()
    alarm = remind(event)
    events.change(event, now=clock.at, start=event.start + timedelta(days=5))
    alarm.refresh_from_db()
    assert (alarm.due_at, alarm.date_start_notice) == (event.start - timedelta(days=1), event.start)
    assert event.end - event.start == timedelta(hours=1)
    assert stand(alarm) == WAITING


def test_message_for_the_old_time_is_taken_back(make, remind, clock):
    event = make()
    alarm = remind(event)
    queue(clock, alarm)
    events.change(event, now=clock.at, start=event.start + timedelta(days=5))
    assert Delivery.objects.values_list("state", "reason").get() == ("cancelled", "moved")
    assert stand(alarm) == WAITING_AGAIN


def test_whoever_was_told_of_the_old_time_is_told_again(make, remind, clock):
    event = make()
    alarm = remind(event, status=AlarmStatus.SUCCESS, state=AlarmState.DELIVERED, result=1)
    events.change(event, now=clock.at, start=event.start + timedelta(days=5))
    assert stand(alarm) == WAITING_AGAIN
    assert Alarm.objects.get().result == 0


def test_nobody_is_told_again_without_time(make, remind, clock):
    event = make()
    alarm = remind(event, status=AlarmStatus.SUCCESS, state=AlarmState.DELIVERED)
    events.change(event, now=clock.at, start=clock.at + timedelta(hours=20))
    assert stand(alarm)[:2] == (AlarmStatus.SUCCESS, AlarmState.DELIVERED)


def test_move_while_the_message_leaves_is_told_to_staff(make, remind, clock):
    event = make()
    alarm = remind(event)
    queue(clock, alarm)
    Delivery.objects.update(state="leased")
    Delivery.objects.update(state="calling")
    events.change(event, now=clock.at, start=event.start + timedelta(days=5))
    assert StaffItem.objects.get().kind == "too_late"
    assert stand(alarm) == WAITING_AGAIN


def test_nothing_is_planned_after_a_cancellation_and_the_alarm_says_so(make, remind, clock):
    event = make()
    alarm = remind(event)
    events.cancel(event, reason="test", now=clock.at)
    clock.forward(days=1)
    assert alarm_queueing.plan() == 0
    assert not Delivery.objects.exists()
    assert stand(alarm) == (AlarmStatus.FAILURE, AlarmState.CANCELLED, "event_cancelled", 1)


def test_waiting_message_is_stopped_by_a_cancellation(make, remind, clock):
    event = make()
    alarm = remind(event)
    queue(clock, alarm)
    events.cancel(event, reason="test", now=clock.at)
    assert Delivery.objects.values_list("state", "reason").get() == ("cancelled", "event_cancelled")
    assert stand(alarm)[:3] == (AlarmStatus.FAILURE, AlarmState.CANCELLED, "event_cancelled")


def test_cancellation_of_a_root_ends_its_series(make, remind, clock, daily):
    root = make(rule=daily)
    remind(root)
    events.cancel(root, reason="test", now=clock.at)
    assert not Event.objects.filter(cancelled_at=None).exists()
    assert not Alarm.objects.exclude(state=AlarmState.CANCELLED).exists()
    assert expansion.expand(now=clock.at + timedelta(days=9)) == 0


def test_cancellation_of_one_occurrence_leaves_the_series(make, clock, daily):
    root = make(rule=daily)
    events.cancel(root, reason="test", now=clock.at, whole_series=False)
    assert expansion.expand(now=clock.at + timedelta(days=9)) > 0
    assert Event.objects.exclude(cancelled_at=None).get() == root


def test_cancelled_child_stays_as_a_tombstone(make, clock, daily):
    root = make(rule=daily)
    child = root.children.order_by("start").first()
    events.cancel(child, reason="test", now=clock.at)
    events.change(root, now=clock.at, end=root.end + timedelta(hours=1))
    assert root.children.filter(recurrence_id=child.recurrence_id).get().cancelled_at == clock.at


def test_cancelled_event_cannot_change(make, clock):
    event = make()
    events.cancel(event, reason="test", now=clock.at)
    with pytest.raises(EventCancelled):
        events.change(event, now=clock.at, title="Again")


def test_paused_event_sends_nothing_and_goes_on(make, remind, clock):
    event = make()
    alarm = remind(event)
    queue(clock, alarm)
    event_pause.pause(event, now=clock.at)
    assert (event.status, alarm_queueing.plan(), stand(alarm)) == (EventStatus.PAUSED, 0, WAITING_AGAIN)
    event_pause.resume(event, now=clock.at)
    assert (event.status, alarm_queueing.plan()) == (EventStatus.PENDING, 1)


def test_alarm_missed_in_a_pause_is_skipped_quietly(make, remind, clock):
    event = make()
    alarm = remind(event)
    event_pause.pause(event, now=clock.at)
    clock.set(event.start)
    event_pause.resume(event, now=clock.at)
    assert stand(alarm)[:3] == (AlarmStatus.FAILURE, AlarmState.SKIPPED, "paused")
    assert not StaffItem.objects.exists()


def test_paused_series_sends_nothing_and_goes_on_when_resumed(make, remind, clock, daily):
    root = make(rule=daily)
    remind(root)
    newest = event_pause.set_last_child_status(root, status=3, now=clock.at)
    made = root.children.count()
    clock.forward(days=60)
    assert (expansion.expand(now=clock.at), alarm_queueing.plan()) == (0, 0)
    assert Event.objects.filter(status=EventStatus.PAUSED).get() == newest
    event_pause.set_last_child_status(root, status=1, now=clock.at)
    later = root.children.order_by("start").filter(start__gt=newest.start)
    assert later.first().start == clock.at + timedelta(days=1)
    assert root.children.count() > made
    clock.forward(minutes=1)
    assert alarm_queueing.plan() == 1


def test_series_resumed_early_sends_what_is_still_useful(make, remind, clock, daily):
    root = make(rule=daily)
    alarm = remind(root)
    event_pause.pause(root, now=clock.at)
    assert root.status == EventStatus.PAUSED
    clock.set(alarm.due_at + timedelta(hours=1))
    event_pause.resume(root, now=clock.at)
    assert alarm_queueing.plan() == 1


def test_last_child_takes_the_status_and_only_it(make, clock, daily):
    root = make(rule=daily)
    newest = event_pause.set_last_child_status(root, status=3, now=clock.at)
    assert newest.start == max(root.children.values_list("start", flat=True))
    assert root.children.filter(status=EventStatus.PAUSED).count() == 1


def test_bad_status_names_its_field(make, clock, daily):
    with pytest.raises(BadStatus) as caught:
        event_pause.set_last_child_status(make(rule=daily), status=7, now=clock.at)
    assert caught.value.field == "status"


def test_event_without_child_has_no_last_one(make, clock):
    with pytest.raises(NoChild):
        event_pause.set_last_child_status(make(), status=3, now=clock.at)


def test_status_can_be_changed_like_any_field(make, remind, clock):
    event = make()
    remind(event)
    assert events.change(event, now=clock.at, status=3).status == EventStatus.PAUSED
    assert events.change(event, now=clock.at, status=1).status == EventStatus.PENDING
    assert events.change(event, now=clock.at, status=2).status == EventStatus.COMPLETED


def test_deleted_event_takes_its_message_back(make, remind, clock):
    event = make()
    queue(clock, remind(event))
    events.delete(event, now=clock.at)
    assert Delivery.objects.get().state == "cancelled"
    assert not Event.objects.exists()


def test_changed_patient_gets_the_message(make, remind, clock, world):
    event = make()
    queue(clock, remind(event))
    events.change(event, now=clock.at, contact=factories.contact(world, phone="+15559990000"))
    assert alarm_queueing.plan() == 1
    assert Delivery.objects.get(state="scheduled").recipient == "+15559990000"
