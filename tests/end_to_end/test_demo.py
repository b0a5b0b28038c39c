import pytest

from accounts import tenancy
from accounts.models import Organization
from appointments.models import Appointment
from calendars.models import Alarm
from calendars.services.alarms import alarm_queueing
from config.kernel import clock
from demo.seed import clinics
from notifications.models import StaffItem
from simulator.models import CarrierMessage

pytestmark = pytest.mark.slow


def test_demo_patients_really_answer(committed, live_server, settings, run_until_idle):
    settings.PUBLIC_URL = live_server.url
    clinics.seed(now=clock.now(), patience=10)
    alarm_queueing.plan()
    run_until_idle()
    for organization in Organization.objects.all():
        with tenancy.tenant(organization.pk):
            asked = Appointment.objects.filter(external_id__startswith="demo-answer-").order_by("external_id")
            assert [visit.status for visit in asked] == ["confirmed", "cancelled", "scheduled", "scheduled"]
            assert Alarm.objects.get(event=asked[3].event, method=2).state == "failed"
            assert sorted(StaffItem.objects.values_list("kind", flat=True)) == ["failed", "unclear_reply"]
    # 3 reminders that are answered, 3 answers to the answers, 4 reminders that wait for a person: at each clinic.
    assert CarrierMessage.objects.filter(direction="outbound", channel="sms").count() == 20


def test_a_second_start_asks_nobody_again(committed, live_server, settings, run_until_idle):
    settings.PUBLIC_URL = live_server.url
    known = clinics.seed(now=clock.now(), patience=10)
    run_until_idle()
    assert clinics.seed(now=clock.now(), known=known, patience=10) == known
    alarm_queueing.plan()
    run_until_idle()
    sent = list(CarrierMessage.objects.filter(direction="outbound", text__contains="Reply Yes"))
    assert len(sent) == len({message.recipient for message in sent}) == 11
