import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from accounts import tenancy
from accounts.models import Organization
from appointments.models import Appointment
from calendars.models import Alarm
from calendars.services.alarms import alarm_planning
from config.kernel import clock
from notifications.models import StaffItem
from simulator.models import CarrierMessage
from simulator.seed import demo

pytestmark = pytest.mark.slow


def test_demo_patients_really_answer(committed, live_server, settings, carry):
    settings.PUBLIC_URL = live_server.url
    demo.seed(now=clock.now(), patience=10)
    alarm_planning.plan()
    carry()
    for organization in Organization.objects.all():
        with tenancy.tenant(organization.pk):
            asked = Appointment.objects.filter(external_id__startswith="demo-answer-").order_by("external_id")
            assert [visit.status for visit in asked] == ["confirmed", "cancelled", "scheduled", "scheduled"]
            assert Alarm.objects.get(event=asked[3].event, method=2).state == "failed"
            assert sorted(StaffItem.objects.values_list("kind", flat=True)) == ["failed", "unclear_reply"]
    # 3 reminders that are answered, 3 answers to the answers, 4 reminders that wait for a person: at each clinic.
    assert CarrierMessage.objects.filter(direction="outbound", channel="sms").count() == 20


def test_a_second_start_asks_nobody_again(committed, live_server, settings, carry):
    settings.PUBLIC_URL = live_server.url
    known = demo.seed(now=clock.now(), patience=10)
    carry()
    assert demo.seed(now=clock.now(), known=known, patience=10) == known
    alarm_planning.plan()
    carry()
    sent = list(CarrierMessage.objects.filter(direction="outbound", text__contains="Reply Yes"))
    assert len(sent) == len({message.recipient for message in sent}) == 11


NEW_YORK, PARIS = ZoneInfo("America/New_York"), ZoneInfo("Europe/Paris")
# `make soak` asks for every hour.
HOURS = range(24) if os.environ.get("EVERY_HOUR") else (7, 16)
MOMENTS = [datetime(2026, 11, 22, hour, 15, tzinfo=NEW_YORK) for hour in HOURS] + [
    datetime(2026, 12, 31, 23, 59, 59, 500_000, tzinfo=NEW_YORK),
    datetime(2027, 3, 14, 12, tzinfo=UTC),
    datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=PARIS),
    datetime(2028, 2, 29, 23, 30, tzinfo=PARIS),
]


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: f"{moment:%d %b %H:%M %Z}")
def test_demo_is_the_same_at_any_hour(db, clock, moment):
    clock.set(moment)
    demo.seed(now=moment)
    assert alarm_planning.plan() == 10
    for organization in Organization.objects.all():
        with tenancy.tenant(organization.pk):
            visits = Appointment.objects.order_by("starts_at")
            soon = visits.filter(starts_at__gt=moment, external_id__regex="^demo-[0-9a-f]{8}-")
            # Last week's, the two series for some months, and four that are reminded now.
            assert (visits.count(), visits.filter(starts_at__lt=moment).count(), soon.count()) == (15, 4, 4)
            assert {alarm.state for visit in soon for alarm in visit.event.alarms.all()} == {"queued"}
