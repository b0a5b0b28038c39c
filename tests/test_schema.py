"""The schema, its pages, and the addresses around them."""

import json
import re

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from tests import routes
from tests.clients import client_of

pytestmark = pytest.mark.django_db
# Other addresses of viewsets that stand in the description already, or in one of their own.
OLDER = ("user-alias", "crm-service-")


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
        if hasattr(route.view, "cls") and hasattr(route.view.cls, "model") and not route.name.startswith(OLDER):
            assert route.url(**dict.fromkeys(route.groups, "ID")) in known, route.name


def test_no_secret_is_readable_by_the_schema(schema):
    for name in ("CalendarUser", "SmsGateway", "MailGateway"):
        told = schema["components"]["schemas"][name]["properties"]
        assert not {"password", "username" if name == "MailGateway" else "password", "secret_key"} & set(told)


def test_what_has_an_address_has_its_id_beside_it(schema):
    rows = {name: row.get("properties", {}) for name, row in schema["components"]["schemas"].items()}
    of_rows = {name for name, told in rows.items() if told.get("url", {}).get("readOnly")}
    assert len(of_rows) > 30
    assert {name for name in of_rows if "id" not in rows[name]} == set()


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
    everywhere = {"X-Request-ID", "RateLimit", "RateLimit-Policy"}
    assert schema["components"]["responses"]["429"]["headers"].keys() == {"Retry-After", *everywhere}
    assert paths["/rest-api/event/"]["post"]["responses"]["201"]["headers"].keys() == {"ETag", "Location", *everywhere}


def test_each_kind_of_refusal_has_its_schema(schema):
    told = {
        status: answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for status, answer in schema["components"]["responses"].items()
        if "content" in answer
    }
    assert len(set(told.values())) == len(told) == 11
    assert all("code" in schema["components"]["schemas"][name]["required"] for name in told.values())
    assert "additionalProperties" in schema["components"]["schemas"][told["400"]]


def operations(schema):
    return [(path, each) for path, methods in schema["paths"].items() for each in methods.values()]


def test_json_is_the_only_way_to_write_but_for_files(schema):
    files = {
        path
        for path, each in operations(schema)
        if "multipart/form-data" in each.get("requestBody", {}).get("content", {})
    }
    written = {kind for _, each in operations(schema) for kind in each.get("requestBody", {}).get("content", {})}
    assert written == {"application/json", "multipart/form-data"}
    assert files == {"/rest-api/audio-files/", "/rest-api/audio-files/{id}/", "/rest-api/calendar/{id}/import/"}


def test_operations_are_called_as_a_person_would_call_them(schema):
    names = [each["operationId"] for _, each in operations(schema)]
    assert len(names) == len(set(names))
    assert {"listContacts", "createContact", "bookVisit", "cancelVisit", "changeEvent", "listSmsGateways"} <= set(names)
    assert [name for name in names if not re.fullmatch("[a-z]+([A-Z][a-z]+)+", name)] == []


def test_mirrored_lists_say_that_they_tell_changes(schema):
    def asked(path):
        named = schema["paths"][path]["get"]["parameters"]
        return {each.get("$ref", "").rpartition("/")[2] for each in named}

    assert {"UpdatedSince", "Expand"} <= asked("/rest-api/appointment/")
    assert "UpdatedSince" not in asked("/rest-api/rule/")


def test_pages_of_mirrored_lists_have_what_is_gone(schema):
    def page(name):
        return schema["components"]["schemas"][f"Paginated{name}List"]

    told = page("Closure")
    assert told["required"] == ["results"]
    assert told["properties"]["deleted"]["items"] == {"$ref": "#/components/schemas/DeletedRow"}
    assert told["properties"]["updated_until"]["format"] == "date-time"
    assert "deleted" not in page("Rule")["properties"]
    assert page("Rule")["required"] == ["count", "results"]


def test_first_and_last_pages_have_no_neighbour(schema):
    pages = [each for name, each in schema["components"]["schemas"].items() if name.startswith("Paginated")]
    assert {tuple(page["properties"]["next"]["type"]) for page in pages} == {("string", "null")}


def test_choices_are_called_as_a_person_would_call_them(schema):
    names = {name for name, each in schema["components"]["schemas"].items() if "enum" in each}
    assert {"FeedDetail", "PatientIntent", "ReplyTextKey", "SectionKind", "StaffItemKind", "Weekday"} <= names
    assert names & {"Type", "Kind", "Detail", "Intent", "Key", "Via"} == set()
    assert [name for name in names if name.endswith("Enum")] == []


def test_what_is_expanded_is_described_and_not_required(schema):
    visit = schema["components"]["schemas"]["Appointment"]
    assert "expanded" not in visit["required"]
    assert visit["properties"]["expanded"]["properties"]["reminders"]["items"] == {"$ref": "#/components/schemas/Alarm"}


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
