"""Alarms and their attempts over REST."""

from datetime import timedelta

import pytest

from accounts import tenancy
from calendars.engine.states import AlarmStatus
from calendars.models import Alarm, AlarmRequest
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(world, clock):
    """Return an event two days ahead."""
    return factories.event(world, title="Visit")


@pytest.fixture
def least(event, world):
    """Return the least of an SMS alarm."""
    return {
        "event": f"http://x/rest-api/event/{event.pk}/",
        "method": "2",
        "alarm_phonenumber": "(555) 123-4567",
        "sms_template": f"http://x/rest-api/sms-template/{world.sms_template.pk}/",
    }


def test_alarm_is_due_its_lead_before_the_event(api, least):
    made = api.post("/rest-api/alarm/", {**least, "advance_notice": "3600"})
    assert made.status_code == 201
    assert made.json()["date_start_notice"] == "2026-11-25T04:00:00-05:00"
    assert made.json()["due_at"] == "2026-11-25T03:00:00-05:00"
    assert made.json()["alarm_phonenumber"] == "+15551234567"


def test_impossible_number_is_told_by_its_field(api, least):
    answer = api.post("/rest-api/alarm/", {**least, "alarm_phonenumber": "12"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_phone"
    assert list(answer.json()) == ["alarm_phonenumber", "code"]


def test_alarm_stays_with_its_event(api, least, world):
    made = api.post("/rest-api/alarm/", least).json()
    answer = api.patch(made["url"], {"event": f"http://x/rest-api/event/{factories.event(world).pk}/"})
    assert (answer.status_code, list(answer.json())) == (400, ["event", "code"])


def test_what_became_of_an_alarm_cannot_be_set(api, least):
    made = api.post("/rest-api/alarm/", least).json()
    assert api.patch(made["url"], {"status": 5}).status_code == 400
    assert api.patch(made["url"], {"status": 1}).status_code == 200


def test_changed_lead_moves_the_due_time(api, least):
    made = api.post("/rest-api/alarm/", least).json()
    changed = api.patch(made["url"], {"advance_notice": 7200}).json()
    assert changed["due_at"] == "2026-11-25T02:00:00-05:00"


def test_deleted_alarm_is_gone(api, least):
    made = api.post("/rest-api/alarm/", least).json()
    assert api.delete(made["url"]).status_code == 204
    assert api.get(made["url"]).status_code == 404


def test_alarm_can_be_sent_now(api, world, event):
    alarm = factories.alarm(world, event)
    answer = api.post(f"/rest-api/alarm/{alarm.pk}/send_now/")
    assert answer.json()["due_at"] == "2026-11-23T04:00:00-05:00"


def test_only_failed_alarms_are_retried(api, world, event):
    alarm = factories.alarm(world, event)
    answer = api.post(f"/rest-api/alarm/{alarm.pk}/retry/")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_retryable")


def test_failed_alarm_is_retried(api, world, event):
    alarm = factories.alarm(world, event, status=AlarmStatus.FAILURE)
    assert api.post(f"/rest-api/alarm/{alarm.pk}/retry/").json()["status"] == 1


def test_attempts_are_nested_by_alarm_with_the_parents_own(api, world, event, clock):
    child = factories.event(world, parent_event=event, recurrence_id="20261126T040000", start=event.start)
    with tenancy.tenant(world.organization.pk):
        rows = [
            AlarmRequest.objects.create(alarm=factories.alarm(world, row), date=clock.at, status=5, duration=13)
            for row in (event, child)
        ]
    told = api.get(f"/rest-api/alarm-request/{event.pk}/get_nested_alarm_request/").json()
    assert list(told) == ["event-url", f"event-{event.pk}"]
    assert told["event-url"] == f"http://testserver/rest-api/event/{event.pk}/"
    assert set(told[f"event-{event.pk}"]) == {f"alarm-{row.alarm_id}" for row in rows}
    assert told[f"event-{event.pk}"][f"alarm-{rows[0].alarm_id}"] == {
        "url": f"http://testserver/rest-api/alarm/{rows[0].alarm_id}/",
        f"alarm-request-{rows[0].pk}": {
            "url": f"http://testserver/rest-api/alarm-request/{rows[0].pk}/",
            "alarm-callrequest": "http://testserver/rest-api/callrequest/None/",
            "date": "2026-11-23 09:00:00+00:00",
            "status": "5",
            "callstatus": "0",
            "duration": "13",
        },
    }


@pytest.mark.parametrize("pk", ["0", "abc", "99999999999999999999", "%00"])
def test_nested_attempts_of_an_absent_event_are_404(api, pk):
    assert api.get(f"/rest-api/alarm-request/{pk}/get_nested_alarm_request/").status_code == 404


def test_attempts_are_filtered_by_event(api, world, event, clock):
    with tenancy.tenant(world.organization.pk):
        alarm = factories.alarm(world, event)
        AlarmRequest.objects.create(alarm=alarm, date=clock.at)
    assert api.get("/rest-api/alarm-request/", {"event": event.pk}).json()["count"] == 1
    assert api.get("/rest-api/alarm-request/", {"event": event.pk + 1}).json()["count"] == 0


def test_alarms_of_a_time_are_found(api, world, event, clock):
    factories.alarm(world, event, due_at=clock.at + timedelta(hours=1))
    assert api.get("/rest-api/alarm/", {"due_before": "2026-11-23T11:00:00Z"}).json()["count"] == 1
    with tenancy.tenant(world.organization.pk):
        assert Alarm.objects.count() == 1


def test_alarm_list_takes_the_same_queries_for_many_rows(api, world, event, django_assert_num_queries):
    for _ in range(20):
        factories.alarm(world, event)
    api.get("/rest-api/alarm/")
    with django_assert_num_queries(6):  # user, membership, savepoint, count, page, release
        assert len(api.get("/rest-api/alarm/?page_size=20").json()["results"]) == 20


@pytest.mark.parametrize("field", ["url_confirm", "url_cancel"])
def test_link_into_an_own_network_is_told_by_its_field(api, least, settings, field):
    settings.OUTGOING_ALLOWED = []
    answer = api.post("/rest-api/alarm/", {**least, field: "http://169.254.169.254/latest"})
    assert answer.status_code == 400
    assert answer.json() == {field: ["“169.254.169.254” is no public address."], "code": "bad_address"}
    made = api.post("/rest-api/alarm/", {**least, field: "https://crm.example.com/yes?visit=7"})
    assert (made.status_code, made.json()[field]) == (201, "https://crm.example.com/yes?visit=7")
    changed = api.patch(made.json()["url"], {field: "http://127.0.0.1/"})
    assert (changed.status_code, list(changed.json())) == (400, [field, "code"])
