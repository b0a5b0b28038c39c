"""What is pushed: however a provider proves and writes it."""

import base64
import hashlib
import hmac
from urllib.parse import quote, urlencode

import pytest

from notifications.errors import BadPayload, BadSignature
from notifications.providers.base import Account
from notifications.providers.http_sms.driver import HttpSms
from notifications.providers.pushed_events import InboundText, Receipt, Unreadable, WebhookRequest

SECRET = "s3cret"
BODY = b'{"id": "m-1", "status": "DELIVERED"}'
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def account(secret=SECRET, **configuration):
    """Return a gateway's account."""
    return Account("https://x", "", {"push_secret": secret}, configuration)


def request(body=BODY, *, method="POST", query="", **headers):
    """Return a push."""
    names = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return WebhookRequest(method, f"https://punctual.example/hooks/x/inbound/?{query}", names, body)


def contents(pushed, **configuration):
    """Return what a push means."""
    return [event.content for event in HttpSms().events(pushed, account(**configuration))]


def is_taken(pushed, secret=SECRET, **configuration):
    """Return whether a push passes as the provider's."""
    try:
        HttpSms().verify(pushed, account(secret, **configuration))
    except BadSignature:
        return False
    return True


@pytest.mark.parametrize("name", ["X-Token", "?token"])
def test_secret_is_compared(name):
    check = {"push_check": "token", "push_check_name": name}
    right = request(query=f"token={SECRET}") if name[0] == "?" else request(X_Token=SECRET)
    assert is_taken(right, **check)
    assert not is_taken(request(query="token=x", X_Token="x"), **check)
    assert not is_taken(request(), **check)
    assert not is_taken(request(), secret="", **check)


@pytest.mark.parametrize("digest", ["sha256", "sha1"])
def test_signature_covers_the_body(digest):
    check = {"push_check": f"hmac-{digest}", "push_check_name": "X-Signature"}
    made = hmac.new(SECRET.encode(), BODY, getattr(hashlib, digest))
    for shown in (made.hexdigest(), f"{digest}={made.hexdigest()}", base64.b64encode(made.digest()).decode()):
        assert is_taken(request(X_Signature=shown), **check)
        assert not is_taken(request(BODY + b" ", X_Signature=shown), **check)
        assert not is_taken(request(X_Signature=shown), secret="other", **check)
    empty = hmac.new(b"", BODY, getattr(hashlib, digest)).hexdigest()
    assert not is_taken(request(X_Signature=empty), secret="", **check)
    assert not is_taken(request(), **check)


def test_without_a_proof_the_address_is_enough():
    assert is_taken(request())


@pytest.mark.parametrize(
    ("status", "progress"),
    [("delivered", "delivered"), ("Failed", "undelivered"), ("queued", "sent"), ("what?", "unknown")],
)
def test_status_is_translated(status, progress):
    pushed = request(f'{{"id": 7, "status": "{status}"}}'.encode())
    assert contents(pushed) == [Receipt("7", progress, status)]


def test_receipt_may_come_in_the_address():
    pushed = request(b"", method="GET", query=urlencode({"sid": "m-1", "dlr": "ok"}))
    mapping = {"receipt_id_path": "sid", "receipt_status_path": "dlr", "delivered_values": "OK, done"}
    assert contents(pushed, **mapping) == [Receipt("m-1", "delivered", "ok")]


@pytest.mark.parametrize("number", ["15551230001", "+15551230001", "0015551230001"])
def test_numbers_are_read_however_they_are_written(number):
    body = urlencode({"id": "t-1", "from": number, "to": "15550100001", "text": "Yes"}).encode()
    assert contents(WebhookRequest("POST", "https://x/", FORM, body)) == [
        InboundText("t-1", "+15551230001", "+15550100001", "Yes")
    ]


def test_events_are_read_one_by_one():
    body = b'{"data": {"list": [{"id": "m-1", "status": "sent"}, {"id": "m-2"}, 5, {"text": "x", "from": "me"}]}}'
    found = contents(request(body), events_path="data.list")
    assert [type(each) for each in found] == [Receipt, Unreadable, Unreadable, Unreadable]


@pytest.mark.parametrize("body", [b"{", b"<xml/>", b"[" * 60_000, b"\xff"])
def test_body_that_is_nothing_is_refused_whole(body):
    with pytest.raises(BadPayload):
        contents(request(body))


def test_challenge_needs_the_secret_where_one_is_named():
    names = {"challenge_name": "hub.challenge", "challenge_secret_name": "hub.verify_token"}

    def answer(query, method="GET", **changed):
        return HttpSms().challenge(request(b"", method=method, query=query), account(**{**names, **changed}))

    right = f"hub.challenge=d9f1&hub.verify_token={quote(SECRET)}"
    assert answer(right) == "d9f1"
    assert answer("hub.challenge=d9f1", challenge_secret_name="") == "d9f1"
    assert answer(right, method="POST") is None
    assert answer("x=1") is None
    with pytest.raises(BadSignature):
        answer("hub.challenge=d9f1&hub.verify_token=guessed")


def test_push_is_answered_as_the_provider_wants():
    assert HttpSms().acknowledgement(account(push_answer="ACK/Jasmin")) == "ACK/Jasmin"
    assert HttpSms().acknowledgement(account()) is None
