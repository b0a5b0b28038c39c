"""A text and its receipt over real HTTP, through the HTTP gateway's side of the simulator."""

from dataclasses import replace

import pytest

from notifications.providers.base import Account
from notifications.providers.http_sms.driver import HttpSms
from notifications.providers.http_sms.tests.sample import SAMPLE
from notifications.providers.pushed_events import WebhookRequest
from notifications.tests.conformance import OURS, PATIENT, outcome
from simulator import callbacks
from simulator.models import CarrierPost


@pytest.fixture
def address(customer, live_server):
    """Return where the gateway takes messages."""
    return f"{live_server.url}/simulator/http_sms/messages"


def pushed():
    """Return what the events that the carrier owes mean to a gateway, after their proof is checked."""
    driver = HttpSms()
    account = driver_account()
    found = []
    for post in CarrierPost.objects.order_by("pk"):
        headers = {name.lower(): value for name, value in post.headers.items()}
        request = WebhookRequest(post.method, post.url, headers, post.body.encode())
        driver.verify(request, account)
        found += [event.content for event in driver.events(request, account)]
    return found


def driver_account():
    """Return the account of the sample."""
    return Account("", OURS, SAMPLE.secrets, SAMPLE.configuration)


def send(address, **fields):
    """Send the sample's message with a few changes."""
    return outcome("http_sms", address, replace(SAMPLE.message, **fields))


def test_text_arrives_and_its_receipts_come_in_one_batch(customer, address, listener):
    assert send(address, receipt_url=listener.url) == "accepted"
    assert customer.texts(PATIENT) == ["Please come."]
    assert [event.progress for event in pushed()] == ["sent", "delivered"]


def test_reply_is_pushed_with_a_signature(customer, address, listener):
    send(address)
    customer.call("POST", "/http_sms/inbound-address", {"token": SAMPLE.secrets["token"], "url": listener.url})
    customer.reply("Yes", PATIENT)
    [event] = pushed()
    assert (event.sender, event.recipient, event.text) == (PATIENT, OURS, "Yes")
    assert callbacks.deliver_due() == 1


def test_recipient_who_opted_out_is_refused(customer, address):
    send(address)
    customer.reply("STOP", PATIENT)
    assert send(address) == "PermanentFailure"


def test_request_without_a_token_is_refused(customer):
    assert customer.call("POST", "/http_sms/messages", {})[0] == 401
    assert customer.call("POST", "/http_sms/messages", {}, Authorization="Bearer t")[0] == 422
