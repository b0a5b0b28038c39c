"""A gateway of this provider in REST and in the admin, which take its fields from `form.py`."""

import pytest
from django.test import Client

from accounts import tenancy
from notifications.models import Gateway, InboundEvent

pytestmark = pytest.mark.django_db

BODY = {
    "name": "Other",
    "driver": "http_sms",
    "sender": "+15550100009",
    "base_url": "https://sms.example.com/send?v=2",
    "body_format": "form",
    "body": "to={to}\ntext={text}",
    "token": "s3cret",
}


def kept(world):
    """Return the gateway as it is stored."""
    with tenancy.tenant(world.organization.pk):
        return Gateway.objects.get(name="Other")


def test_rest_keeps_its_configuration_and_never_shows_its_secrets(api, world):
    made = api.post("/rest-api/sms-gateway/", BODY)
    assert (made.status_code, made.json()["driver"], made.json()["body_format"]) == (201, "http_sms", "form")
    assert (made.json()["accepted_status"], made.json()["has_credentials"]) == ("200-299", True)
    assert "s3cret" not in made.content.decode()
    row = kept(world)
    assert row.configuration == {"body_format": "form", "body": "to={to}\ntext={text}"}
    assert row.secrets == {"token": "s3cret"}


def test_rest_names_the_field_that_does_not_fit(api):
    answer = api.post("/rest-api/sms-gateway/", {**BODY, "body": "to={hook}"})
    assert (answer.status_code, list(answer.json())) == (400, ["body", "code"])
    assert list(api.post("/rest-api/sms-gateway/", {**BODY, "base_url": ""}).json()) == ["base_url", "code"]


def test_rest_asks_for_kept_secrets_again_when_the_address_changes(api):
    url = api.post("/rest-api/sms-gateway/", BODY).json()["url"]
    assert list(api.patch(url, {"base_url": "https://elsewhere.example.com/"}).json()) == ["token", "code"]


def test_connecting_shows_the_address_that_people_write_into_the_provider_s_pages(api, world):
    url = api.post("/rest-api/sms-gateway/", BODY).json()["url"]
    assert api.get(url).json()["callback_url"] == ""
    told = api.post(f"{url}connect/").json()["callback_url"]
    assert told.endswith(f"/hooks/{kept(world).secrets['hook']}/inbound/")
    assert Client().get(told.partition("8000")[2]).status_code == 200
    with tenancy.tenant(world.organization.pk):
        assert InboundEvent.objects.count() == 0


def test_admin_keeps_its_fields_and_names_what_does_not_fit(world, clock):
    desk = Client()
    desk.force_login(world.manager)
    own = {
        f"http_sms__{name}": value
        for name, value in {
            "method": "POST",
            "body_format": "json",
            "body": '{"to": "{to}"}',
            "headers": "",
            "number_format": "digits",
            "accepted_status": "202",
            "push_check": "none",
            "token": "s3cret",
        }.items()
    }
    form = {
        "name": "Other",
        "channel": "sms",
        "driver": "http_sms",
        "sender": "+15550100009",
        "status": 1,
        "rate_per_second": 5,
        "base_url": "https://sms.example.com/send",
        **own,
    }
    wrong = desk.post("/admin/notifications/gateway/add/", {**form, "http_sms__body": "{to}"})
    assert list(wrong.context["adminform"].form.errors) == ["http_sms__body"]
    desk.post("/admin/notifications/gateway/add/", form)
    row = kept(world)
    assert (row.configuration["number_format"], row.configuration["accepted_status"]) == ("digits", "202")
    assert row.secrets == {"token": "s3cret"}
    page = desk.get(f"/admin/notifications/gateway/{row.pk}/change/").content.decode()
    assert "s3cret" not in page
    assert 'x-show="driver == &#x27;http_sms&#x27;"' in page
