"""A visit is booked, its reminder reaches the phone, the patient answers, and the visit follows."""

from datetime import timedelta

import pytest

from accounts import tenancy
from appointments.models import Appointment
from appointments.services import visits
from calendars.engine.states import AlarmMethod, AlarmResult, AlarmState, AlarmStatus
from calendars.models import Alarm, AlarmRequest
from calendars.services.alarms import alarm_queueing, alarms
from config.kernel import clock
from notifications.models import Attempt, Delivery, StaffItem
from simulator import faults
from tests import factories

pytestmark = pytest.mark.slow


@pytest.fixture
def visit(clinic):
    """Book a visit of Ana's in two days, with a reminder that is due now."""
    ana = factories.contact(clinic)
    now = clock.now()
    with tenancy.tenant(clinic.organization.pk):
        starts_at = (now + timedelta(days=2)).replace(microsecond=0)
        visit = visits.book(
            contact=ana,
            calendar=clinic.calendar,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=30),
            now=now,
            title="Check-up",
        )
        alarms.create(
            visit.event,
            now=now,
            method=AlarmMethod.SMS,
            sms_template=clinic.sms_template,
            advance_notice=48 * 3600,
            date_start_notice=starts_at,
        )
    return visit


def state(visit):
    """Return what visit, event and alarm say."""
    row = Appointment.objects.unscoped().select_related("event").get(pk=visit.pk)
    alarm = Alarm.objects.unscoped().get(event=row.event)
    return row.status, row.event.cancelled_at is not None, alarm.status, alarm.state, alarm.result


def test_yes_confirms_the_visit(visit, phone, run_until_idle):
    assert alarm_queueing.plan() == 1
    run_until_idle()
    (text,) = phone.texts()
    assert text.startswith("[Riverside] Ana, you have an appointment on ")
    assert state(visit) == ("scheduled", False, AlarmStatus.SUCCESS, AlarmState.DELIVERED, AlarmResult.NO_RESULT)
    phone.reply("Yes, thanks!")
    run_until_idle()
    assert phone.texts()[1:] == ["[Riverside]\nThank you! Your appointment has been marked confirmed."]
    assert state(visit) == ("confirmed", False, AlarmStatus.SUCCESS, AlarmState.DELIVERED, AlarmResult.CONFIRMED)
    assert AlarmRequest.objects.unscoped().values_list("status", "state").get() == (AlarmStatus.SUCCESS, "delivered")


def test_no_cancels_the_visit(visit, phone, run_until_idle):
    alarm_queueing.plan()
    run_until_idle()
    phone.reply("No")
    run_until_idle()
    assert phone.texts()[1:] == ["[Riverside]\nThank you! Your appointment has been marked canceled."]
    assert state(visit) == ("cancelled", True, AlarmStatus.SUCCESS, AlarmState.DELIVERED, AlarmResult.CANCELLED)


def test_unclear_answer_changes_nothing_but_the_staffs_list(visit, phone, run_until_idle):
    alarm_queueing.plan()
    run_until_idle()
    phone.reply("is that the day after tomorrow?")
    run_until_idle()
    assert state(visit)[0] == "scheduled"
    assert [item.kind for item in StaffItem.objects.unscoped()] == ["unclear_reply"]
    assert phone.texts()[1].startswith("[Riverside]\nSorry, we did not understand")


def test_lost_receipts_are_asked_after(visit, phone, run_until_idle, settings):
    faults.put(rate=1, kinds=["no_receipt"])
    alarm_queueing.plan()
    run_until_idle()
    assert state(visit)[3] == AlarmState.SENT
    settings.OUTBOX_RECEIPT_PATIENCE = 0
    Attempt.objects.unscoped().update(settle_at=clock.now())
    run_until_idle()
    assert state(visit)[3] == AlarmState.DELIVERED


def test_stop_ends_all_texts(visit, phone, run_until_idle, clinic):
    alarm_queueing.plan()
    run_until_idle()
    phone.reply("STOP")
    run_until_idle()
    with tenancy.tenant(clinic.organization.pk):
        alarms.create(
            visit.event,
            now=clock.now(),
            method=AlarmMethod.SMS,
            sms_template=clinic.sms_template,
            advance_notice=48 * 3600,
            date_start_notice=visit.starts_at,
        )
    alarm_queueing.plan()
    before = phone.texts()
    run_until_idle()
    assert phone.texts() == before
    assert Alarm.objects.unscoped().order_by("-pk").first().state == AlarmState.SUPPRESSED


def test_nothing_leaves_after_a_cancellation_and_the_alarm_says_so(visit, phone, run_until_idle, clinic):
    alarm_queueing.plan()
    with tenancy.tenant(clinic.organization.pk):
        visits.cancel(visit, reason="staff_cancelled", now=clock.now())
    run_until_idle()
    assert phone.texts() == []
    assert state(visit)[:4] == ("cancelled", True, AlarmStatus.FAILURE, AlarmState.CANCELLED)
    assert Delivery.objects.unscoped().get().state == "cancelled"
