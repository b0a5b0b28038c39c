"""What scripts drive the simulator with."""

import pytest

from simulator.models import CarrierMessage
from simulator.tests.conftest import CLINIC, PHONE


def test_messages_are_listed_newest_last_with_plus_and_utc_time(customer):
    sent = customer.send("one")[1]["data"]["id"]
    customer.send("two")
    status, rows = customer.call("GET", "/api/messages/?phone=%2B15551234567")
    assert status == 200
    assert [row["text"] for row in rows] == ["one", "two"]
    at = rows[0].pop("at")
    assert rows[0] == {"id": sent, "channel": "sms", "from": CLINIC, "to": PHONE, "text": "one"}
    assert at.endswith("Z")


@pytest.mark.parametrize("phone", ["+15551234567", "%2B15551234567", "%2015551234567", "15551234567", "1(555)123-4567"])
def test_a_phone_may_lose_its_plus_in_the_query(customer, phone):
    customer.send("one")
    assert len(customer.call("GET", f"/api/messages?phone={phone}")[1]) == 1


@pytest.mark.parametrize(("query", "field"), [("", "phone"), ("?phone=abc", "phone"), ("?email=abc", "email")])
def test_a_query_for_nobody_is_refused_by_name(customer, query, field):
    status, body = customer.call("GET", f"/api/messages/{query}")
    assert status == 400
    assert sorted(body) == sorted([field, "code"])


def test_a_reply_is_no_arrival(customer):
    customer.send("one")
    status, body = customer.reply("Yes")
    assert (status, body["from"], body["to"], body["text"]) == (201, PHONE, CLINIC, "Yes")
    assert customer.texts() == ["one"]


def test_a_reply_goes_to_the_number_that_wrote_last_or_to_the_one_named(customer):
    customer.send(sender="+15550100002")
    customer.send(sender=CLINIC)
    assert customer.reply("Yes")[1]["to"] == CLINIC
    assert customer.reply("Yes", to="+15550100002")[1]["to"] == "+15550100002"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "Yes"}, "phone"),
        ({"phone": "abc", "text": "Yes"}, "phone"),
        ({"phone": PHONE}, "text"),
        ({"phone": PHONE, "text": " "}, "text"),
        ({"phone": PHONE, "text": "Yes"}, "to"),
        ({"phone": PHONE, "text": "Yes", "to": CLINIC}, "to"),
        ({"phone": PHONE, "text": "Yes", "to": 7}, "to"),
    ],
)
def test_a_reply_that_cannot_be_is_refused_by_name(customer, body, field):
    status, answer = customer.call("POST", "/api/reply/", body)
    assert status == 400
    assert field in answer
    assert CarrierMessage.objects.count() == 0


def test_the_ledger_pages_and_totals(customer):
    for text in ("one", "two", "three"):
        customer.send(text)
    customer.reply("Yes")
    first = customer.call("GET", "/api/ledger/?limit=2")[1]
    assert first["totals"] == {"total": 3, "sms": 3, "email": 0}
    assert [row["text"] for row in first["messages"]] == ["one", "two"]
    rest = customer.call("GET", f"/api/ledger/?after={first['next']}")[1]
    assert [row["text"] for row in rest["messages"]] == ["three"]
    assert rest["next"] is None
    by_entry = customer.call("GET", f"/api/ledger/?after={first['messages'][0]['entry']}")[1]
    assert [row["text"] for row in by_entry["messages"]] == ["two", "three"]


@pytest.mark.parametrize("query", ["after=mdr2-x", "limit=0", "limit=x"])
def test_a_bad_page_of_the_ledger_is_refused(customer, query):
    assert customer.call("GET", f"/api/ledger/?{query}")[0] == 400


def test_wrong_methods_are_refused(customer):
    assert customer.call("DELETE", "/api/faults/")[0] == 405
