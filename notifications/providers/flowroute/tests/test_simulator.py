"""The provider's protocol, over real HTTP."""

import re

import pytest

from simulator.models import CarrierMessage, CarrierPost
from simulator.tests.conftest import CLINIC, PHONE

MESSAGES = "/flowroute/v2.1/messages"


def test_text_is_accepted_with_a_record_id_and_reaches_the_phone(customer):
    status, body = customer.send("Your visit is on Monday.")
    assert status == 202
    assert body["data"]["type"] == "message"
    assert re.fullmatch(r"mdr2-[0-9a-f]{32}", body["data"]["id"])
    assert body["data"]["links"]["self"].endswith(f"/simulator{MESSAGES}/{body['data']['id']}")
    assert customer.texts() == ["Your visit is on Monday."]


def test_flat_attributes_are_taken_as_well(customer):
    flat = {"to": PHONE[1:], "from": CLINIC[1:], "body": "flat"}
    assert customer.call("POST", MESSAGES + "/", flat)[0] == 202
    assert customer.texts() == ["flat"]


def test_the_same_text_twice_stands_twice_in_the_ledger(customer):
    customer.send("once")
    customer.send("once")
    assert customer.ledger() == ["once", "once"]


@pytest.mark.parametrize("header", ["", "Token abc", "Basic ???", "Basic a2V5", "Basic a2V5Og=="])
def test_wrong_credentials_are_refused(customer, header):
    status, body = customer.call("POST", MESSAGES, {}, Authorization=header)
    assert status == 401
    assert sorted(body["errors"][0]) == ["detail", "id", "status", "title"]
    assert body["errors"][0]["status"] == 401
    assert CarrierMessage.objects.count() == 0


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"to": None}, "to"),
        ({"to": "+15551234567"}, "to"),
        ({"to": "5551234567890123"}, "to"),
        ({"to": "1555123456"}, "to"),
        ({"from": "clinic"}, "from"),
        ({"body": ""}, "body"),
        ({"body": 7}, "body"),
        ({"dlr_callback": 7}, "dlr_callback"),
    ],
)
def test_bad_attributes_are_refused_by_name(customer, changed, field):
    flat = {"to": PHONE[1:], "from": CLINIC[1:], "body": "Hello"} | changed
    status, body = customer.call("POST", MESSAGES, flat)
    assert status == 422
    assert body["errors"][0]["detail"].startswith(f"{field}: ")
    assert CarrierMessage.objects.count() == 0


@pytest.mark.parametrize("body", [[], "text", {"data": []}, {"data": {"attributes": 1}}])
def test_a_body_without_attributes_is_refused(customer, body):
    assert customer.call("POST", MESSAGES, body)[0] == 422


def test_foreign_numbers_of_other_lengths_are_fine(customer):
    assert customer.send(to="+33612345678")[0] == 202
    assert customer.texts("+33612345678") == ["Hello"]


def test_a_message_can_be_looked_up_by_its_own_customer_only(customer, stranger):
    sent = customer.send("Hello")[1]["data"]["id"]
    status, body = customer.call("GET", f"{MESSAGES}/{sent}")
    assert status == 200
    wanted = {"body": "Hello", "status": "delivered", "direction": "outbound", "to": PHONE[1:], "from": CLINIC[1:]}
    assert wanted.items() <= body["data"]["attributes"].items()
    assert [step["status"] for step in body["data"]["attributes"]["delivery_receipts"]] == ["smsc submit", "delivered"]
    assert stranger.call("GET", f"{MESSAGES}/{sent}")[0] == 404


def test_the_list_shows_a_span_page_by_page(customer, stranger):
    for text in ("one", "two", "three"):
        customer.send(text)
    stranger.send("foreign")
    CarrierMessage.objects.filter(text="one").update(at="2026-01-01T00:00:00Z")
    asked = f"{MESSAGES}?start_date=2026-01-02T00:00:00.00Z&limit=1"
    assert _bodies(customer.call("GET", asked)) == ["two"]
    assert _bodies(customer.call("GET", f"{asked}&offset=1")) == ["three"]
    assert _bodies(customer.call("GET", f"{asked}&offset=2")) == []
    assert _bodies(customer.call("GET", f"{MESSAGES}?end_date=2026-01-02")) == ["one"]


@pytest.mark.parametrize("query", ["start_date=soon", "limit=0", "limit=x", "offset=-1"])
def test_a_bad_query_is_refused(customer, query):
    assert customer.call("GET", f"{MESSAGES}?{query}")[0] == 422


def test_other_methods_are_not_allowed(customer):
    assert customer.call("DELETE", MESSAGES)[0] == 405
    assert customer.call("DELETE", f"{MESSAGES}/mdr2-1")[0] == 405
    assert customer.call("GET", f"{MESSAGES}/sms_callback")[0] == 405


def test_a_callback_must_be_a_web_address(customer):
    assert customer.listen("sms_callback", "ftp://example.org")[0] == 422
    assert customer.listen("sms_callback", "https://example.org/x")[0] == 204


def test_without_a_callback_no_receipt_is_owed(customer):
    customer.send()
    assert CarrierPost.objects.count() == 0


def test_a_text_costs_three_queries(customer, client, django_assert_num_queries):
    customer.send()
    flat = {"to": PHONE[1:], "from": CLINIC[1:], "body": "x", "dlr_callback": "http://127.0.0.1:1/"}
    with django_assert_num_queries(5):  # and BEGIN and COMMIT
        answer = client.post(
            f"/simulator{MESSAGES}", flat, content_type="application/json", headers={"Authorization": customer.auth}
        )
    assert answer.status_code == 202


def _bodies(answer):
    return [row["attributes"]["body"] for row in answer[1]["data"]]
