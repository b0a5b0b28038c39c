"""Receipts and inbound texts reach the customer's web server."""

import threading

import pytest

from simulator import callbacks
from simulator.models import CarrierPost
from simulator.tests.conftest import CLINIC, PHONE


def test_two_receipts_follow_a_text(customer, listener):
    sent = customer.send("Hello", dlr_callback=listener.url)[1]["data"]
    assert callbacks.deliver_due(10) == 2
    first, second = sorted(listener.bodies, key=lambda body: body["attributes"]["level"])
    assert [first["id"], first["type"], first["path"]] == [sent["id"], "delivery_receipt", "/hook?secret=1"]
    assert first["links"]["related"] == sent["links"]["self"]
    assert (first["attributes"]["status"], first["attributes"]["status_code"]) == ("smsc submit", None)
    assert (second["attributes"]["level"], second["attributes"]["status"]) == (2, "delivered")
    assert callbacks.deliver_due(10) == 0


def test_the_messages_own_callback_wins_over_the_accounts(customer, listener):
    customer.listen("dlr_callback", "http://127.0.0.1:1/")
    customer.send(dlr_callback=listener.url)
    customer.send()
    assert sorted(CarrierPost.objects.values_list("url", flat=True)) == ["http://127.0.0.1:1/"] * 2 + [listener.url] * 2


def test_a_reply_reaches_the_customer_that_wrote_last(customer, stranger, listener):
    customer.listen("sms_callback", listener.url)
    stranger.send("foreign", sender="+15550100002")
    customer.send("Hello")
    status, written = customer.reply("Yes")
    assert status == 201
    assert callbacks.deliver_due() == 1
    [body] = listener.bodies
    assert (body["id"], body["type"]) == (written["id"], "message")
    wanted = {"from": PHONE[1:], "to": CLINIC[1:], "body": "Yes", "direction": "inbound"}
    assert wanted.items() <= body["attributes"].items()


def test_a_refused_post_is_repeated_four_times_half_a_minute_apart(customer, listener, clock):
    customer.listen("sms_callback", listener.url)
    customer.send()
    customer.reply("Yes")
    CarrierPost.objects.update(due_at=clock.at)
    listener.status = 500
    tried = []
    for _ in range(6):
        tried.append((callbacks.deliver_due(), callbacks.deliver_due()))
        clock.forward(seconds=30)
    assert tried == [(1, 0)] * 5 + [(0, 0)]
    assert len({body["id"] for body in listener.bodies}) == 1


def test_a_post_is_done_with_the_first_200(customer, listener, clock):
    customer.send(dlr_callback=listener.url)
    CarrierPost.objects.update(due_at=clock.at)
    listener.status = 503
    callbacks.deliver_due()
    listener.status = 200
    clock.forward(seconds=30)
    assert [callbacks.deliver_due(), callbacks.deliver_due()] == [2, 0]
    assert set(CarrierPost.objects.values_list("status", "tries")) == {(200, 2)}


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://127.0.0.1:99999/", "nonsense"])
def test_an_unreachable_callback_does_not_stop_the_others(customer, listener, url):
    customer.send(dlr_callback=url)
    customer.send(dlr_callback=listener.url)
    assert callbacks.deliver_due() == 4
    assert len(listener.bodies) == 2
    assert CarrierPost.objects.filter(done_at=None).count() == 2


def test_posting_that_is_told_to_stop_leaves_the_rest_for_later(customer, listener):
    customer.send(dlr_callback=listener.url)
    stopping = threading.Event()
    stopping.set()
    assert callbacks.deliver_due(stopping=stopping) == 2
    assert listener.bodies == []
    assert CarrierPost.objects.filter(done_at=None).count() == 2
