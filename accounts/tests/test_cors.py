"""Pages of other origins: only those on the list, only the REST interface, never with a session."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
CRM = "https://crm.example"
ADDRESS = "/rest-api/contact/"


@pytest.fixture(autouse=True)
def allowed(settings):
    settings.CORS_ALLOWED_ORIGINS = [CRM]


def preflight(address=ADDRESS, origin=CRM):
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    return Client().options(address, headers={**asked, "Access-Control-Request-Headers": "idempotency-key"})


def told(answer):
    said = {name.title(): value for name, value in answer.headers.items()}
    return {name: value for name, value in said.items() if name.startswith("Access-Control-")}


def test_origin_on_the_list_may_ask_with_our_headers(allowed):
    answer = preflight()
    said = told(answer)
    assert (answer.status_code, said["Access-Control-Allow-Origin"]) == (200, CRM)
    for name in ("authorization", "idempotency-key", "if-match", "if-none-match"):
        assert name in said["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in said


def test_refusals_are_readable_for_that_origin_too(allowed):
    answer = Client().get(ADDRESS, headers={"Origin": CRM})
    assert answer.status_code == 401
    assert told(answer)["Access-Control-Allow-Origin"] == CRM
    assert told(answer)["Access-Control-Expose-Headers"] == (
        "Content-Location, ETag, Idempotent-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-ID"
    )


@pytest.mark.parametrize("origin", ["https://evil.example", "https://crm.example.evil", "http://crm.example", "null"])
def test_other_origins_are_told_nothing(origin):
    assert told(preflight(origin=origin)) == {}
    assert told(Client().get(ADDRESS, headers={"Origin": origin})) == {}


@pytest.mark.parametrize("address", ["/", "/admin/", "/accounts/login/", "/hooks/x/inbound/", "/rest-apix/"])
def test_other_addresses_are_closed_to_all_origins(address):
    assert told(Client().get(address, headers={"Origin": CRM})) == {}


@pytest.mark.parametrize("address", ["/contact/", "/appointment/", "/reminder", "/asapcomms"])
def test_doors_at_the_root_are_open_as_the_rest_interface_is(address):
    assert told(preflight(address))["Access-Control-Allow-Origin"] == CRM
