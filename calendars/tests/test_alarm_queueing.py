"""Due alarms go into the outbox."""

from datetime import time, timedelta

import pytest

from accounts import tenancy
from calendars.engine.states import AlarmMethod, AlarmState, AlarmStatus
from calendars.models import Alarm, AlarmRequest, CalendarSetting, CalendarUserProfile
from calendars.services import event_pause, events
from calendars.services.alarms import alarm_queueing, alarms
from contacts.models import ContactPhone
from notifications.models import Attempt, Delivery, Gateway, StaffItem
from notifications.services import outbox
from notifications.signals import deliveries_changed
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(make, remind, clock):
    """Return a function that makes an alarm that is due now."""

    def due(event=None, **fields):
        alarm = remind(event or make(), **fields)
        clock.set(alarm.due_at)
        return alarm

    return due


def stand(alarm):
    return tuple(Alarm.objects.unscoped().values_list("status", "state", "reason", "num_attempt").get(pk=alarm.pk))


def test_due_alarm_becomes_a_message(due, patient, inside):
    alarm = due()
    assert alarm_queueing.plan() == 1
    message = Delivery.objects.get()
    assert (message.channel, message.recipient, message.contact, message.state) == (
        "sms",
        "+15551234567",
        patient,
        "scheduled",
    )
    assert (message.origin, message.origin_id, message.topic) == ("alarm", alarm.pk, f"event:{alarm.event_id}")
    assert (message.dedup_key, message.due_at, message.next_attempt_at) == (
        f"alarm:{alarm.pk}:1",
        alarm.due_at,
        alarm.due_at,
    )
    assert (message.useful_until, message.answerable_until) == (alarm.useful_until, alarm.event.end)
    assert (message.gateway, message.sms_template, message.sender) == (inside.sms_gateway, inside.sms_template, "")
    assert stand(alarm) == (AlarmStatus.IN_PROCESS, AlarmState.QUEUED, "", 0)


def test_message_carries_what_its_text_needs(due, make):
    data = {"doctor": "Dr Who", "room": 4, "organization": "Evil", "nested": {"a": 1}, "moments": {"start": "x"}}
    alarm = due(make(data=data))
    alarm_queueing.plan()
    assert Delivery.objects.get().values == {
        "doctor": "Dr Who",
        "room": 4,
        "first_name": "Ana",
        "last_name": "Lopez",
        "title": "Visit",
        "organization": "Riverside",
        "clinic": "Riverside",
        "clinic_phone": "",
        "moments": {"start": [alarm.event.start.isoformat(), "America/New_York"]},
    }


def test_alarm_waits_for_its_time(make, remind, clock):
    alarm = remind(make())
    clock.set(alarm.due_at - timedelta(seconds=1))
    assert alarm_queueing.plan() == 0


def test_second_tick_plans_nothing(due):
    due()
    assert (alarm_queueing.plan(), alarm_queueing.plan()) == (1, 0)


def test_mail_goes_to_the_first_address(due, inside):
    due(method=AlarmMethod.EMAIL, sms_template=None, mail_template=inside.mail_template)
    alarm_queueing.plan()
    message = Delivery.objects.get()
    assert (message.channel, message.recipient, message.gateway) == ("email", "ana@example.org", inside.mail_gateway)
    assert (message.mail_template, message.answerable_until) == (inside.mail_template, None)


def test_own_number_of_the_alarm_comes_first(due):
    due(alarm_phonenumber="(555) 987-6543")
    alarm_queueing.plan()
    assert Delivery.objects.get().recipient == "+15559876543"


def test_full_caller_id_is_the_sender(due):
    CalendarSetting.objects.update(callerid="+1 (555) 010-0009")
    due()
    alarm_queueing.plan()
    assert Delivery.objects.get().sender == "+15550100009"


def test_window_and_language_are_the_patients(due, make, world):
    contact = factories.contact(world, time_zone="America/Los_Angeles", language="es")
    due(make(contact=contact), daily_start=time(8), daily_stop=time(20))
    alarm_queueing.plan()
    message = Delivery.objects.get()
    assert (message.time_zone, message.language) == ("America/Los_Angeles", "es")
    assert (message.window_start, message.window_stop) == (time(8), time(20))


def no_phone():
    ContactPhone.objects.all().delete()


def no_template():
    Alarm.objects.update(sms_template=None)


def inactive_gateway():
    Gateway.objects.update(status=0)


def no_gateway():
    CalendarSetting.objects.update(sms_gateway=None)


def no_profile():
    CalendarUserProfile.objects.all().delete()


def call_without_voice_driver():
    Alarm.objects.update(method=AlarmMethod.CALL)


@pytest.mark.parametrize(
    ("take_away", "reason"),
    [
        (no_phone, "no_recipient"),
        (no_template, "no_template"),
        (inactive_gateway, "no_gateway"),
        (no_gateway, "no_gateway"),
        (no_profile, "no_gateway"),
        (call_without_voice_driver, "no_driver"),
    ],
)
def test_what_can_no_longer_leave_says_why_and_is_told(due, take_away, reason):
    alarm = due()
    take_away()
    alarm_queueing.plan()
    assert stand(alarm) == (AlarmStatus.FAILURE, AlarmState.FAILED, reason, 0)
    assert Delivery.objects.values_list("state", "reason").get() == ("failed", reason)
    assert StaffItem.objects.get().kind == "failed"


def test_late_reminders_are_skipped_and_told_once(due, make, clock):
    alarms = [due(make()) for _ in range(3)]
    clock.set(alarms[-1].useful_until)
    assert alarm_queueing.plan() == 3
    assert {stand(alarm) for alarm in alarms} == {(AlarmStatus.FAILURE, AlarmState.SKIPPED, "too_late", 0)}
    assert told() == ("skipped", "Reminders were skipped because it was too late", 3)


def test_staff_is_told_how_many_were_late_in_all(due, make, clock):
    clock.set(due(make()).useful_until)
    alarm_queueing.plan()
    alarms = [due(make()) for _ in range(3)]
    clock.set(alarms[-1].useful_until)
    alarm_queueing.plan()
    assert told() == ("skipped", "Reminders were skipped because it was too late", 4)


def told():
    item = StaffItem.objects.get()
    return item.kind, item.summary, item.count


def test_organizations_are_planned_together_and_kept_apart(due, other, clock):
    alarm = due()
    factories.alarm(other, factories.event(other, contact=factories.contact(other)), due_at=clock.at)
    assert alarm_queueing.plan() == 2
    assert Delivery.objects.get().origin_id == alarm.pk
    with tenancy.tenant(other.organization.pk):
        assert Delivery.objects.get().gateway == other.sms_gateway


def test_plan_costs_one_statement(world, clock, django_assert_num_queries):
    contact = factories.contact(world)
    for count in (1, 20):
        for _ in range(count):
            factories.alarm(world, factories.event(world, contact=contact), due_at=clock.at)
        with django_assert_num_queries(3):
            assert alarm_queueing.plan() == count


def test_batch_is_limited(due, make):
    for _ in range(3):
        due(make())
    assert [alarm_queueing.plan(limit=2), alarm_queueing.plan(limit=2)] == [2, 1]


def test_status_set_back_by_hand_does_not_send_twice(due):
    alarm = due()
    alarm_queueing.plan()
    Delivery.objects.update(state="leased")
    Delivery.objects.update(state="calling")
    Delivery.objects.update(state="accepted")
    Alarm.objects.update(status=AlarmStatus.PENDING)
    alarm_queueing.plan()
    assert Delivery.objects.count() == 1
    assert stand(alarm)[:2] == (AlarmStatus.SUCCESS, AlarmState.SENT)


def step(clock, *states, attempt=""):
    """Let the only delivery pass through states, and say so as the outbox does."""
    message = Delivery.objects.unscoped().get()
    for state in states:
        Delivery.objects.filter(pk=message.pk).update(state=state)
    if attempt:
        Attempt.objects.create(
            delivery=message,
            gateway=message.gateway,
            number=message.attempts.count() + 1,
            state=attempt,
            token_hash=f"{message.attempts.count():064}",
            started_at=clock.at,
        )
    deliveries_changed.send(Delivery, delivery_ids=[message.pk])


def requests():
    return list(AlarmRequest.objects.order_by("id").values_list("status", "state"))


def test_alarm_follows_its_message(due, clock):
    alarm = due()
    alarm_queueing.plan()
    step(clock, "leased", "calling", attempt="calling")
    assert (stand(alarm), requests()) == ((2, "queued", "", 1), [(2, "calling")])
    Attempt.objects.update(state="accepted")
    step(clock, "accepted")
    assert (stand(alarm), requests()) == ((5, "sent", "", 1), [(5, "accepted")])
    step(clock, "delivered")
    assert stand(alarm)[:2] == (5, "delivered")


def test_refused_tries_are_retries_until_the_last(due, clock):
    alarm = due()
    alarm_queueing.plan()
    step(clock, "leased", "calling", "scheduled", attempt="refused")
    assert (stand(alarm), requests()) == ((4, "queued", "", 1), [(4, "refused")])
    step(clock, "leased", "calling", "scheduled", attempt="refused")
    step(clock, "leased", "calling", "failed", attempt="refused")
    assert stand(alarm) == (3, "failed", "", 3)
    assert requests() == [(4, "refused"), (4, "refused"), (3, "refused")]


def test_message_that_comes_back_after_the_cancellation_does_not_leave(due, clock):
    alarm = due()
    alarm_queueing.plan()
    step(clock, "leased", "calling", attempt="calling")
    events.cancel(alarm.event, reason="test", now=clock.at)
    Attempt.objects.update(state="refused")
    step(clock, "scheduled")
    assert Delivery.objects.get().state == "cancelled"
    assert stand(alarm)[:3] == (3, "cancelled", "event_cancelled")


@pytest.mark.parametrize("remove", ["alarm", "event"])
def test_message_that_comes_back_after_the_deletion_does_not_leave(due, clock, remove):
    alarm = due()
    alarm_queueing.plan()
    step(clock, "leased", "calling", attempt="calling")
    if remove == "alarm":
        alarms.delete(alarm, now=clock.at)
    else:
        events.delete(alarm.event, now=clock.at)
    Attempt.objects.update(state="refused")
    step(clock, "scheduled")
    assert (Delivery.objects.get().state, Delivery.objects.get().reason) == ("cancelled", "deleted")


def test_message_that_comes_back_in_a_pause_waits(due, clock):
    alarm = due()
    alarm_queueing.plan()
    step(clock, "leased", "calling", attempt="calling")
    event_pause.pause(alarm.event, now=clock.at)
    Attempt.objects.update(state="refused")
    step(clock, "scheduled")
    assert Delivery.objects.get().state == "cancelled"
    assert stand(alarm)[:2] == (1, "planned")


def test_message_for_the_old_time_that_comes_back_does_not_leave(due, clock):
    alarm = due()
    alarm_queueing.plan()
    step(clock, "leased", "calling", attempt="calling")
    events.change(alarm.event, now=clock.at, start=alarm.event.start + timedelta(days=4))
    Attempt.objects.update(state="refused")
    step(clock, "scheduled")
    assert Delivery.objects.get().state == "cancelled"
    assert stand(alarm)[:2] == (1, "planned")


def test_old_message_no_longer_speaks_for_a_moved_alarm(due, clock):
    alarm = due()
    alarm_queueing.plan()
    step(clock, "leased", "calling", attempt="calling")
    events.change(alarm.event, now=clock.at, start=alarm.event.start + timedelta(days=4))
    step(clock, "accepted")
    assert stand(alarm)[:2] == (1, "planned")


def test_message_of_another_kind_touches_no_alarm(due, clock):
    alarm = due()
    now = clock.at
    outbox.put(
        channel="sms",
        recipient="+15551234567",
        origin="answer",
        origin_id=alarm.pk,
        dedup_key="answer:1",
        due_at=now,
        useful_until=now + timedelta(hours=1),
        wording="confirmed",
    )
    step(clock, "cancelled")
    assert stand(alarm)[:2] == (1, "planned")
