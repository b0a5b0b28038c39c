"""Pushes of providers: verified first, taken whole, each event on its own."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts import tenancy
from notifications.models import Attempt, InboundEvent, StaffItem
from notifications.services import inbound_processing
from notifications.services.call_intents import hash_of
from notifications.services.receipts import EARLY
from notifications.tests.conftest import fresh

pytestmark = pytest.mark.django_db

OURS, PATIENT = "+15550100001", "+15551230001"


@pytest.fixture
def address(world, provider):
    """Connect the first clinic's gateway, and return its callback address."""
    world.sms_gateway.hook_hash = hash_of("riverside-hook")
    with tenancy.tenant(world.organization.pk):
        world.sms_gateway.save()
    return "/hooks/riverside-hook/inbound/"


@pytest.fixture
def push(address):
    """Return a function that pushes events as JSON."""

    def post(*events, **headers):
        body = list(events) if len(events) != 1 else events[0]
        return Client().post(address, body, content_type="application/json", headers=headers)

    return post


@pytest.fixture
def sent(provider, deliver, tick):
    """Return a delivery that was accepted, as `mem-1`."""
    delivery = deliver()
    tick()
    return delivery


def said(number, body="Yes"):
    return {"id": f"t{number}", "from": PATIENT, "to": OURS, "body": body}


def stored():
    return list(InboundEvent.objects.unscoped().order_by("pk").values_list("kind", "event_key"))


def outcomes():
    return list(InboundEvent.objects.unscoped().order_by("pk").values_list("outcome", flat=True))


def test_push_with_a_wrong_signature_is_refused_and_stores_nothing(push, provider):
    provider.signature = "right"
    answer = push(said(1), **{"X-Signature": "wrong"})
    assert (answer.status_code, answer.json()["code"], stored()) == (403, "bad_signature", [])
    assert push(said(1), **{"X-Signature": "right"}).status_code == 200


def test_challenge_is_answered_and_stores_nothing(address, provider):
    answer = Client().get(address, {"challenge": "d9f1"})
    assert (answer.status_code, answer.content, stored()) == (200, b"d9f1", [])


def test_method_by_which_the_provider_does_not_push_is_refused(address):
    answer = Client().get(address)
    assert (answer.status_code, answer.json()["code"], stored()) == (405, "method_not_allowed", [])


def test_every_event_of_a_batch_counts(push):
    assert push(said(1), said(2), said(3)).json() == {"status": "stored"}
    assert stored() == [("message", "t1"), ("message", "t2"), ("message", "t3")]


def test_bad_event_of_a_batch_costs_only_itself(push):
    answer = push(said(1), {"id": "t2"}, said(3))
    assert (answer.status_code, answer.json()) == (200, {"status": "stored"})
    assert [kind for kind, _ in stored()] == ["message", "unreadable", "message"]
    assert StaffItem.objects.unscoped().get().kind == "warning"
    bad = InboundEvent.objects.unscoped().get(kind="unreadable")
    assert (bad.raw, bad.outcome, bad.processed_at is None) == ('{"id": "t2"}', "unreadable", False)


def test_event_that_the_database_refuses_costs_only_itself(push):
    answer = push(said(1), {**said(2), "from": "+" + "1" * 300}, said(3))
    assert answer.status_code == 200
    assert [kind for kind, _ in stored()] == ["message", "unreadable", "message"]


def test_driver_that_breaks_on_a_push_loses_nothing(push, provider, monkeypatch):
    monkeypatch.setattr(provider, "events", lambda request, account: 1 / 0)
    assert push(said(1)).status_code == 400
    row = InboundEvent.objects.unscoped().get()
    assert (row.kind, "t1" in row.raw) == ("unreadable", True)


def test_form_is_read_like_json(address):
    assert Client().post(address, said(1)).status_code == 400  # multipart, which this provider does not send
    body = "id=t1&from=%2B15551230001&to=%2B15550100001&body=Yes+please"
    answer = Client().post(address, body, content_type="application/x-www-form-urlencoded")
    assert answer.json() == {"status": "stored"}
    row = InboundEvent.objects.unscoped().get(kind="message")
    assert (row.sender, row.recipient, row.text, row.raw) == (PATIENT, OURS, "Yes please", body)


def test_repeated_batch_changes_nothing(push):
    assert [push(said(1), said(2)).json()["status"] for _ in range(3)] == ["stored", "known", "known"]
    assert len(stored()) == 2


def test_receipt_without_a_token_finds_its_attempt_by_the_provider_s_id(push, sent):
    push({"id": "mem-1", "status": "delivered"})
    inbound_processing.process_pending()
    assert (fresh(sent).state, outcomes()) == ("delivered", ["delivered"])
    event = InboundEvent.objects.unscoped().get()
    assert event.attempt_id == Attempt.objects.unscoped().get().pk


def test_receipt_of_another_gateway_s_message_is_not_its(push, sent, world):
    Attempt.objects.unscoped().update(gateway=world.mail_gateway)
    push({"id": "mem-1", "status": "delivered"})
    inbound_processing.process_pending()
    assert (fresh(sent).state, outcomes()) == ("accepted", [""])


def test_receipt_that_comes_before_the_call_s_answer_waits_for_it(push, sent):
    Attempt.objects.unscoped().update(provider_id="")
    push({"id": "mem-1", "status": "delivered"})
    inbound_processing.process_pending()
    assert (fresh(sent).state, outcomes()) == ("accepted", [""])
    Attempt.objects.unscoped().update(provider_id="mem-1")
    inbound_processing.process_pending()
    assert (fresh(sent).state, outcomes()) == ("delivered", ["delivered"])


def test_receipt_of_nobody_waits_no_longer_than_it_may(push, clock):
    push({"id": "mem-9", "status": "delivered"})
    clock.forward(seconds=EARLY.total_seconds() - 1)
    inbound_processing.process_pending()
    assert outcomes() == [""]
    clock.forward(seconds=1)
    inbound_processing.process_pending()
    assert outcomes() == ["no_attempt"]


def test_receipts_that_wait_keep_nobody_waiting(push, monkeypatch):
    monkeypatch.setattr(inbound_processing, "BATCH", 2)
    push(*({"id": f"mem-{number}", "status": "sent"} for number in range(3)))
    push(said(1, "hello"))
    assert inbound_processing.process_pending() == 3
    assert InboundEvent.objects.unscoped().get(kind="message").outcome == "no_match"


def test_reply_through_another_gateway_with_the_same_number_is_no_match(push, provider, deliver, tick, world, clock):
    second = world.mail_gateway
    with tenancy.tenant(world.organization.pk):
        second.channel, second.driver, second.sender = "sms", "flowroute", OURS
        second.save()
    deliver(recipient=PATIENT, gateway=second, topic="event:1", answerable_until=clock.at + timedelta(days=2))
    tick()
    assert Attempt.objects.unscoped().values_list("gateway", "sender").get() == (second.pk, OURS)
    push(said(1))
    inbound_processing.process_pending()
    assert outcomes() == ["no_match"]
