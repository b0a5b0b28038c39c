"""A configuration is read once, and what does not fit is named by its field."""

import pytest

from notifications.errors import BadConfiguration
from notifications.providers.http_sms import settings


def test_empty_configuration_has_defaults_that_fit():
    assert settings.parse({}).is_accepted(202)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("method", "DELETE"),
        ("body", "{to}"),
        ("body", '{"to": "{to.__class__}"}'),
        ("body", '{"to": "{hook}"}'),
        ("body", '{"to": "{push_secret}"}'),
        ("headers", "no colon"),
        ("headers", "X: {text}"),
        ("headers", "X y: 1"),
        ("accepted_status", ""),
        ("accepted_status", "20"),
        ("accepted_status", "200-"),
        ("id_path", "data..id"),
        ("id_path", "$.id"),
        ("id_text", "OK"),
        ("id_text", "{id} {id}"),
        ("push_check", "md5"),
    ],
)
def test_what_does_not_fit_is_named(field, value):
    with pytest.raises(BadConfiguration) as caught:
        settings.parse({field: value})
    assert (caught.value.field, caught.value.code) == (field, "bad_configuration")


def test_proof_needs_the_name_of_its_header():
    with pytest.raises(BadConfiguration) as caught:
        settings.parse({"push_check": "token"})
    assert caught.value.field == "push_check_name"


def test_get_request_has_no_json():
    with pytest.raises(BadConfiguration) as caught:
        settings.parse({"method": "GET"})
    assert caught.value.field == "body_format"


def test_form_field_needs_a_name():
    with pytest.raises(BadConfiguration) as caught:
        settings.parse({"body_format": "form", "body": "={to}"})
    assert caught.value.field == "body"
