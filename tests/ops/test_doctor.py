"""`manage.py doctor`."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command

from accounts.services import health
from accounts.services.health import Finding
from notifications.models import Delivery
from notifications.services import outbox
from tests import factories

NOW = factories.NOW


@pytest.fixture(autouse=True)
def sound(monkeypatch):
    """Let everything below the domain be well; test_health looks at it."""
    monkeypatch.setattr(health, "check_all", lambda: iter([Finding("database", True, "It answers.")]))


def doctor():
    """Return the exit status and the lines."""
    out = io.StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True)
    except SystemExit as end:
        return end.code, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


def delivery(world, **fields):
    values = {
        "channel": "sms",
        "recipient": "+15551234567",
        "gateway": world.sms_gateway,
        "wording": "confirmed",
        "origin": "reply",
        "origin_id": 1,
        "dedup_key": "d",
        "due_at": NOW,
        "next_attempt_at": NOW,
        "useful_until": NOW + timedelta(hours=1),
        **fields,
    }
    return outbox.put(**values)


@pytest.fixture
def connected(inside):
    """Return the clinic, its SMS gateway connected."""
    inside.sms_gateway.hook_hash = "x" * 64
    inside.sms_gateway.save(update_fields=["hook_hash"])
    return inside


def test_a_sound_installation(connected, clock):
    status, lines = doctor()
    assert status == 0
    assert lines == [
        "ok   database   It answers.",
        "ok   planning   Nothing is overdue.",
        "ok   sending    Nothing is overdue.",
        "ok   gateway    “Mail” of Riverside is in use.",
        "ok   gateway    “Text” of Riverside is in use.",
    ]


def test_messages_that_nobody_takes_up_are_counted(connected, clock):
    delivery(connected)
    clock.forward(minutes=3)
    status, lines = doctor()
    assert status == 1
    assert "FAIL sending    Messages overdue and not taken up: 1. Is a worker running?" in lines


def test_messages_that_are_a_moment_late_are_no_finding(connected, clock):
    delivery(connected)
    clock.forward(minutes=1)
    assert doctor()[0] == 0


def test_alarms_that_nobody_plans_are_counted(connected, clock):
    factories.alarm(connected, factories.event(connected), due_at=NOW - timedelta(minutes=10))
    status, lines = doctor()
    assert status == 1
    assert "FAIL planning   Alarms overdue and not planned: 1. Is `celery beat` running?" in lines


@pytest.mark.parametrize("halt", [{"cancelled_at": NOW}, {"paused_at": NOW}, {"status": 3}], ids=str)
def test_alarms_of_halted_events_are_not_overdue(connected, clock, halt):
    event = factories.event(connected, **halt)
    factories.alarm(connected, event, due_at=NOW - timedelta(minutes=10))
    assert doctor()[0] == 0


def test_a_gateway_that_gets_no_replies_is_told(inside, clock):
    status, lines = doctor()
    assert status == 1
    assert "FAIL gateway    “Text” of Riverside gets no replies: use “Connect” in the admin." in lines


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"sender": ""}, "has no driver or no sender: fill them in, or make it inactive."),
        ({"failures": 5, "open_until": NOW + timedelta(minutes=1)}, "rests after 5 failures in a row."),
    ],
    ids=["no sender", "open breaker"],
)
def test_a_gateway_that_cannot_send_is_told(connected, clock, change, complaint):
    type(connected.mail_gateway).objects.filter(pk=connected.mail_gateway.pk).update(**change)
    assert f"FAIL gateway    “Mail” of Riverside {complaint}" in doctor()[1]


def test_the_doctor_changes_nothing(connected, clock):
    delivery(connected)
    before = list(Delivery.objects.values())
    doctor()
    assert list(Delivery.objects.values()) == before
