"""The carrier misbehaves on request."""

import http.client

import pytest

from simulator import faults
from simulator.faults import Fault, Faults
from simulator.models import CarrierFaults, CarrierPost


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr(faults, "SLOW_SECONDS", 0.01)
    monkeypatch.setattr(faults, "HANG_SECONDS", 0.01)


@pytest.mark.parametrize(
    ("kind", "status", "taken"),
    [
        ("slow", 202, 1),
        ("refuse", 422, 0),
        ("overload", 429, 0),
        ("error_before", 500, 0),
        ("error_after", 500, 1),
        ("hang", 202, 1),
    ],
)
def test_fault_answers_and_takes_as_its_name_says(customer, kind, status, taken):
    customer.faults(kind)
    assert customer.send()[0] == status
    assert len(customer.ledger()) == taken


def test_lost_response_breaks_the_line_after_the_message_was_taken(customer):
    customer.faults("lose_response")
    with pytest.raises((http.client.HTTPException, ConnectionError, ValueError)):
        customer.send("Hello")
    assert customer.ledger() == ["Hello"]


@pytest.mark.parametrize(("kind", "posts"), [("duplicate_receipt", 4), ("no_receipt", 0)])
def test_receipts_come_twice_or_never(customer, kind, posts):
    customer.faults(kind)
    assert customer.send(dlr_callback="http://127.0.0.1:1/")[0] == 202
    assert CarrierPost.objects.count() == posts


def test_faults_can_be_switched_off(customer):
    customer.faults("refuse")
    assert customer.faults(rate=0)[1]["rate"] == 0
    assert customer.send()[0] == 202


def test_faults_are_shown(customer):
    customer.faults("slow", "hang", rate=0.25)
    status, body = customer.call("GET", "/api/faults")
    assert (status, body["rate"], body["kinds"]) == (200, 0.25, ["slow", "hang"])
    assert list(body["known"]) == [kind.value for kind in Fault]


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"rate": 1, "kinds": ["fire"]}, "kinds", "duplicate_receipt"),
        ({"rate": 1, "kinds": [["slow"]]}, "kinds", "there are"),
        ({"rate": 1, "kinds": []}, "kinds", "at least one"),
        ({"rate": 1.5, "kinds": ["slow"]}, "rate", "0 (never) to 1"),
        ({"rate": True, "kinds": ["slow"]}, "rate", "0 (never) to 1"),
        ({"kinds": ["slow"]}, "rate", "0 (never) to 1"),
        ([], "detail", "object"),
    ],
)
def test_bad_faults_are_refused_by_name(customer, body, field, words):
    status, answer = customer.call("POST", "/api/faults/", body)
    assert status == 400
    assert words in answer[field][0]
    assert CarrierFaults.objects.count() == 0


def test_about_the_asked_share_of_messages_meets_a_fault():
    drawn = [Faults(0.25, (Fault.SLOW, Fault.HANG)).draw() for _ in range(2000)]
    assert 350 < 2000 - drawn.count(None) < 650
    assert set(drawn) == {None, Fault.SLOW, Fault.HANG}
