"""The conformance suite: every provider of the registry keeps the same promises, to the outbox and to the webhooks."""

import re
from dataclasses import replace

import pytest
from django.test import Client

from accounts import tenancy
from notifications.models import Gateway, InboundEvent
from notifications.providers import registry
from notifications.services.call_intents import hash_of
from notifications.tests.conformance import OURS, PATIENT, Push, outcome, sample_of
from simulator import faults
from simulator.models import CarrierFaults, CarrierMessage
from simulator.tests.conftest import committed

__all__ = ["committed"]

NAMES = list(registry.PROVIDERS)
pytestmark = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def send(committed, live_server, name):
    """Return a function that hands a message to the provider's side of the simulator; gives what came of it."""

    def hand_over(fault="", *, timeout=5, host="", **changed):
        CarrierFaults.objects.update_or_create(pk=1, defaults={"rate": bool(fault), "kinds": [fault] if fault else []})
        sample = sample_of(name)
        with sample.served(live_server.url) as address:
            called = re.sub(r"localhost|127\.0\.0\.1", host, address) if host else address
            return outcome(name, called, replace(sample.message, **changed), timeout=timeout)

    return hand_over


def taken():
    return CarrierMessage.objects.filter(direction="outbound").count()


def test_message_is_accepted(send):
    assert (send(), taken()) == ("accepted", 1)


def test_refused_address_is_permanent(send):
    assert (send("refuse"), taken()) == ("PermanentFailure", 0)


def test_overload_is_temporary(send):
    assert (send("overload"), taken()) == ("TemporaryFailure", 0)


def test_answer_that_stays_out_is_a_doubt(send, monkeypatch):
    monkeypatch.setattr(faults, "HANG_SECONDS", 0.9)
    assert (send("hang", timeout=0.6), taken()) == ("Ambiguous", 1)


def test_answer_that_is_lost_is_a_doubt(send):
    assert (send("lose_response"), taken()) == ("Ambiguous", 1)


def test_provider_that_cannot_be_reached_is_temporary(name):
    scheme = registry.load(name).schemes[0].replace("https", "http")
    assert outcome(name, f"{scheme}://127.0.0.1:1", sample_of(name).message) == "TemporaryFailure"


# A name is looked up and then judged; an address is judged as it is written.
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_address_inside_our_network_is_never_called(send, settings, host):
    settings.OUTGOING_ALLOWED = []
    assert (send(host=host), taken()) == ("PermanentFailure", 0)


def test_too_long_a_text_is_refused_before_any_request(name):
    longest = registry.load(name).max_characters
    message = replace(sample_of(name).message, text="x" * (longest + 1))
    # Nothing listens there: a request would be a temporary failure.
    assert outcome(name, "http://127.0.0.1:1", message) == "PermanentFailure"


@pytest.fixture
def push(world, name):
    """Return a function that calls the webhook of a gateway of the provider; gives status and rows."""
    driver, sample = registry.load(name), sample_of(name)
    with tenancy.tenant(world.organization.pk):
        Gateway.objects.create(
            name="Tried",
            channel=driver.channel,
            driver=name,
            sender=OURS,
            hook_hash=hash_of("tried-hook"),
            secrets=sample.secrets,
            configuration=sample.configuration,
            base_url="https://sms.example.org",
        )

    def call(pushed, hook="tried-hook"):
        address = f"/hooks/{hook}/inbound/" + (f"?{pushed.query}" if pushed.query else "")
        return Client().generic(
            pushed.method, address, pushed.body, content_type=pushed.content_type, headers=pushed.headers
        )

    return call


def rows():
    stored = InboundEvent.objects.unscoped().order_by("pk")
    return list(stored.values_list("kind", "event_key", "sender", "recipient", "text"))


def text(id):
    return ("message", id, PATIENT, OURS, "Yes")


# What a provider never pushes is tried all the same: it is refused, or kept as unreadable.
JSON = Push(b'{"a": 1}')


def refusal(name):
    """Return how a push is answered that its provider never sends, and what is kept of it."""
    return (405, []) if sample_of(name).texts("t-1") is None else (400, ["unreadable"])


def test_text_is_stored_once_however_often_it_is_pushed(push, name):
    pushed = sample_of(name).texts("t-1")
    if pushed is None:
        assert (push(JSON).status_code, rows()) == (405, [])
        return
    assert [push(pushed).status_code for _ in range(3)] == [200, 200, 200]
    assert rows() == [text("t-1")]


def test_batch_is_taken_apart(push, name):
    pushed = sample_of(name).texts("t-1", "t-2")
    if pushed is None:
        answer = push(replace(JSON, body=b"[1, 2]"))
        assert (answer.status_code, [row[0] for row in rows()]) == refusal(name)
        return
    assert push(pushed).status_code == 200
    assert rows() == [text("t-1"), text("t-2")]


def test_form_is_read(push, name):
    pushed = sample_of(name).form("t-1")
    if pushed is None:
        answer = push(Push(b"a=1", "application/x-www-form-urlencoded"))
        assert (answer.status_code, [row[0] for row in rows()]) == refusal(name)
        return
    assert push(pushed).status_code == 200
    assert rows() == [text("t-1")]


def test_push_that_is_forged_is_refused_and_changes_nothing(push, name):
    sample = sample_of(name)
    forged, right = sample.forged("t-1"), sample.texts("t-1") or JSON
    answer = push(forged) if forged else push(right, hook="other-hook")
    assert (answer.status_code, rows()) == (403, [])


def test_challenge_is_answered_and_changes_nothing(push, name):
    asked = sample_of(name).challenge()
    if asked is None:
        assert (push(Push(method="GET", query="hub.challenge=x")).status_code, rows()) == (405, [])
        return
    answer = push(asked[0])
    assert (answer.status_code, answer.content.decode(), rows()) == (200, asked[1], [])


def test_every_provider_says_what_it_is_and_asks_for(name):
    driver = registry.load(name)
    assert driver.label
    assert driver.channel in {"sms", "email", "voice"}
    names = [field.name for field in driver.fields]
    assert len(names) == len(set(names))
    assert "hook" not in names
