"""The schema, its pages, and the addresses around them."""

import json
import re

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from tests import routes
from tests.clients import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    """Draw the schema once, as `manage.py spectacular --validate --fail-on-warn` does; it needs no database."""
    file = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json", file=str(file))
    return json.loads(file.read_text())


def test_schema_is_valid_and_without_warnings(schema):
    assert schema["openapi"] == "3.1.0"
    assert schema["components"]["securitySchemes"].keys() == {"basicAuth", "tokenAuth", "jwtAuth", "cookieAuth"}
    assert schema["paths"]["/rest-api/event/"]["get"]["security"] == [
        {"basicAuth": []},
        {"tokenAuth": []},
        {"jwtAuth": []},
        {"cookieAuth": []},
    ]


def test_every_viewset_but_the_alias_stands_in_the_schema(schema):
    known = {re.sub(r"\{\w+\}", "ID", path) for path in schema["paths"]}
    for route in routes.everything():
        if hasattr(route.view, "cls") and hasattr(route.view.cls, "model") and not route.name.startswith("user-alias"):
            assert route.url(**dict.fromkeys(route.groups, "ID")) in known, route.name


def test_no_secret_is_readable_by_the_schema(schema):
    for name in ("CalendarUser", "SmsGateway", "MailGateway"):
        told = schema["components"]["schemas"][name]["properties"]
        assert not {"password", "username" if name == "MailGateway" else "password", "secret_key"} & set(told)


def test_data_of_an_event_may_be_null(schema):
    data = schema["components"]["schemas"]["Event"]["properties"]["data"]
    assert "null" in data["type"]


def test_operations_say_how_they_refuse(schema):
    paths = schema["paths"]
    assert paths["/rest-api/rule/{id}/"]["get"]["responses"].keys() == {
        "200",
        "304",
        "400",
        "401",
        "403",
        "404",
        "406",
        "414",
        "429",
    }
    assert paths["/rest-api/event/"]["post"]["responses"].keys() == {
        "201",
        "400",
        "401",
        "403",
        "406",
        "409",
        "413",
        "414",
        "415",
        "422",
        "429",
    }
    assert schema["components"]["responses"]["429"]["headers"].keys() == {"Retry-After"}


def test_operations_say_which_conditions_they_heed(schema):
    def told(path, method):
        operation = schema["paths"][f"/rest-api/{path}/"][method]
        names = {each.get("$ref", "").rpartition("/")[2] for each in operation.get("parameters", [])}
        tagged = {status for status, answer in operation["responses"].items() if "ETag" in answer.get("headers", {})}
        return names & {"IfMatch", "IfNoneMatch"}, tagged, {"304", "412"} & operation["responses"].keys()

    assert told("contact/{id}", "get") == ({"IfNoneMatch"}, {"200"}, {"304"})
    assert told("contact/{id}", "patch") == ({"IfMatch"}, {"200"}, {"412"})
    assert told("contact/{id}", "delete") == ({"IfMatch"}, set(), {"412"})
    assert told("contact", "post") == (set(), {"201"}, set())
    assert told("contact", "get") == (set(), set(), set())
    assert told("event/{id}/cancel", "post") == ({"IfMatch"}, {"200"}, {"412"})
    assert told("api-key/{id}/rotate", "post") == ({"IfMatch"}, {"200"}, {"412"})
    assert told("survey-template/{id}/seal", "post") == ({"IfMatch"}, set(), {"412"})
    assert told("calendar/{id}/export", "get") == (set(), set(), set())
    assert told("surveyaggregate/{id}", "get") == (set(), set(), set())


def test_wall_clock_times_promise_no_offset(schema):
    stop = schema["components"]["schemas"]["Alarm"]["properties"]["daily_stop"]
    assert "format" not in stop
    assert re.fullmatch(stop["pattern"], "23:59:59")
    assert not re.fullmatch(stop["pattern"], "23:59:59Z")


@pytest.mark.parametrize("address", ["/rest-api/schema/", "/rest-api/schema", "/docs/", "/docs", "/docs/redoc/"])
def test_documents_are_public(address):
    assert APIClient().get(address).status_code == 200


@pytest.mark.parametrize("address", ["/docs/", "/docs/redoc/"])
def test_pages_ask_no_other_host_for_anything(address):
    answer = APIClient().get(address)
    text = answer.content.decode()
    assert answer["Content-Security-Policy"].startswith("default-src 'self'")
    assert not re.findall(r'(?:src|href)="(?:https?:)?//[^"]+"', text)


def test_slash_at_the_end_is_optional(api, world):
    for address in ("/rest-api/event", f"/rest-api/calendar/{world.calendar.pk}", "/rest-api/rule/1"):
        assert api.get(address).json() == api.get(f"{address}/").json()


def test_members_can_browse(world):
    client = APIClient()
    client.force_login(world.owner)
    for address in ("/rest-api/", "/rest-api/event/", "/rest-api/contact/", f"/rest-api/calendar/{world.calendar.pk}/"):
        page = client.get(address, HTTP_ACCEPT="text/html")
        assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_root_lists_the_resources(world):
    assert {"event", "alarm", "calendar-user", "users", "user"} <= set(client_of(world.viewer).get("/rest-api/").json())
