"""The request that leaves: templates are filled, and what fills them stays a value."""

import json
from urllib.parse import parse_qs

import pytest

from notifications.providers.base import Account, Outgoing
from notifications.providers.http_sms import requests, settings

MESSAGE = Outgoing(
    "+15551234567", "+15550100001", 'Say "Yes" & {token}\n', receipt_url="https://x/r", message_id="<1@x>"
)
SECRETS = {"username": "u", "password": "p:w", "token": "t-1\r\nX: y", "push_secret": "s", "hook": "h"}


def built(**configuration):
    """Return the request of a configuration."""
    return requests.build(settings.parse(configuration), Account("https://x", "", SECRETS, configuration), MESSAGE)


def test_json_is_encoded_after_it_is_filled():
    request = built()
    assert (request.method, request.headers["Content-Type"]) == ("POST", "application/json")
    assert json.loads(request.body) == {
        "to": "+15551234567",
        "from": "+15550100001",
        "text": 'Say "Yes" & {token}\n',
        "callback": "https://x/r",
    }


def test_json_keeps_its_shape_and_what_is_no_text():
    body = '{"messages": [{"to": ["{to}"], "n": 1, "ok": true, "none": null}], "user": "{username}"}'
    assert json.loads(built(body=body, number_format="digits").body) == {
        "messages": [{"to": ["15551234567"], "n": 1, "ok": True, "none": None}],
        "user": "u",
    }


def test_form_fields_are_encoded_after_they_are_filled():
    request = built(body_format="form", body="to={to}\n\nmsg = {text}\nid={id}")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.body) == {"to": ["+15551234567"], "msg": [MESSAGE.text], "id": ["<1@x>"]}


def test_fields_of_a_get_request_stand_in_its_address():
    request = built(method="GET", body_format="form", body="to={to}\ntext={text}")
    assert (request.body, request.query) == (None, {"to": "+15551234567", "text": MESSAGE.text})


@pytest.mark.parametrize(
    ("header", "name", "value"),
    [
        ("Authorization: Basic {basic}", "Authorization", "Basic dTpwOnc="),
        ("X-Key:{username}", "X-Key", "u"),
        ("Authorization: Bearer {token}", "Authorization", "Bearer t-1X: y"),
    ],
)
def test_secret_in_a_header_ends_no_line(header, name, value):
    assert built(headers=header).headers[name] == value
