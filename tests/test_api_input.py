"""Junk in, a clear answer out: never a server error."""

import json
import os

import pytest
from django.conf import settings

from calendars.models import Event
from config.kernel.api.error_responses import exception_handler
from tests import admin_rows, routes, silent_changes
from tests.saved_rows import SavedRows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("principals_kept")]

REST = [route for route in routes.everything() if hasattr(route.view, "cls") and hasattr(route.view.cls, "model")]
WRITING = [route for route in REST if {"post", "put", "patch"} & set(route.view.actions)]
JUNK = [
    "\x00",
    "a\x00b",
    10**400,
    -1,
    2**63,
    1.5e308,
    True,
    None,
    [],
    {},
    [[]],
    {"a": {"b": [1, None]}},
    "x" * 5000,
    "\u202e",
    "' OR 1=1 --",
    "9999-12-31T23:59:59Z",
    "0001-01-01",
    "2026-02-30",
    "http://x/rest-api/event/0/",
    "0x10",
]
# Each field, method and filter meets a part of the junk, its neighbour the next; `make soak` tries all of it on all.
# No list of junk is as long as a multiple of this, so that the parts differ along a row of neighbours.
JUNK_STEP = int(os.environ.get("JUNK_STEP", "11"))
IDS = ["0", "-1", "abc", "%00", "1%00", str(2**63), "9" * 60, "1.5", "٠", "None", "%F0%9F%A6%93", "..", "%2e%2e"]


def name(route):
    return route.name


CREATED_ROWS = SavedRows(admin_rows.create_rows)


@pytest.fixture
def filled(clock, world):
    """Return the clinic with a row of every kind."""
    CREATED_ROWS.restore(world)
    return world


def send(api, method, url, body):
    return api.generic(method.upper(), url, body, content_type="application/json")


@pytest.mark.parametrize("route", WRITING, ids=name)
def test_junk_in_all_fields_is_refused_or_kept(api, filled, route):
    url = route.address_of(routes.row_of(route, filled)) if route.groups else route.url()
    witness = silent_changes.Witness()
    for method in {"post", "patch"} & set(route.view.actions):
        for junk in JUNK[WRITING.index(route) % JUNK_STEP :: JUNK_STEP]:
            body = dict.fromkeys(_fields(route), junk)
            answer = send(api, method, url, json.dumps(body))
            assert answer.status_code < 500
            witness.check(answer.status_code, body, answer.json())


@pytest.mark.parametrize("route", [route for route in WRITING if "patch" in route.view.actions], ids=name)
def test_junk_in_one_field_is_refused_or_kept(api, filled, route):
    url = route.address_of(routes.row_of(route, filled))
    assert _fields(route)
    witness = silent_changes.Witness()
    for place, field in enumerate(_fields(route)):
        for junk in JUNK[place % JUNK_STEP :: JUNK_STEP]:
            answer = send(api, "patch", url, json.dumps({field: junk}))
            assert answer.status_code < 500, (field, junk)
            witness.check(answer.status_code, {field: junk}, answer.json())


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("appointment-detail", {"siteprofile_uuid": 1}, "Must be a valid UUID."),
        ("appointment-detail", {"invitee_uuids": [1]}, "Must be a valid UUID."),
        ("contact-detail", {"siteprofile_uuids": [1]}, "Must be a valid UUID."),
        ("crm-service-appointment-detail", {"contact_uuid": 1}, "Must be a valid UUID."),
        ("appointmenttype-detail", {"providers": {}}, "Expected a list of items"),
    ],
)
def test_number_is_no_uuid_and_object_no_list(api, filled, name, body, words):
    route = routes.named(name)
    answer = send(api, "patch", route.address_of(routes.row_of(route, filled)), json.dumps(body))
    assert answer.status_code == 400
    assert words in str(answer.json()[next(iter(body))])


def _fields(route):
    view = route.view.cls(action=next(iter(route.view.actions.values())), request=None, format_kwarg=None)
    return [name for name, field in view.get_serializer_class()().fields.items() if not field.read_only]


BODIES = {
    b"{": 400,
    b"": 400,
    b"[]": 400,
    b'"x"': 400,
    b"null": 400,
    b"1": 400,
    b"NaN": 400,
    b'{"title": Infinity}': 400,
    b"\xff\xfe": 400,
    b'{"title": "\\u0000"}': 400,
    b'{"title": "\\ud800"}': 400,
    b'{"\\u0000": 1}': 400,
    b'{"data": {"a": ["\\udfff"]}}': 400,
    b"[" * 100_000: 400,
    b'{"title": ' + b"9" * 5000 + b"}": 400,
}


@pytest.mark.parametrize(("body", "status"), BODIES.items(), ids=lambda value: repr(value)[:30])
def test_bodies_that_are_no_object_are_400(api, clock, body, status):
    answer = api.generic("POST", "/rest-api/event/", body, content_type="application/json")
    assert answer.status_code == status
    assert answer.json()["code"] in ("parse_error", "invalid")


@pytest.mark.parametrize("format", ["json", "form", "multipart"])
def test_nul_in_a_unique_name_is_400_in_every_media_type(api, clock, format):
    kinds = {"form": "application/x-www-form-urlencoded", "json": "application/json"}
    bodies = {"form": b"username=a%00b&password=x", "json": b'{"username": "a\\u0000b", "password": "x"}'}
    part = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    parts = part.format("username", "a\x00b") + part.format("password", "x") + "--b--\r\n"
    kind = kinds.get(format, "multipart/form-data; boundary=b")
    answer = api.generic("POST", "/rest-api/calendar-user/", bodies.get(format, parts), content_type=kind)
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_row_that_vanishes_under_way_is_as_one_that_never_was():
    answer = exception_handler(Event.DoesNotExist(), {})
    assert (answer.status_code, answer.data["code"]) == (404, "not_found")


def test_a_real_emoji_is_no_junk(api, clock, world):
    body = b'{"first_name": "\\ud83e\\udd93"}'
    answer = api.generic("POST", "/rest-api/contact/", body, content_type="application/json")
    assert answer.json()["first_name"] == "\U0001f993"


def test_too_long_a_body_is_413(api, clock):
    body = b'{"title": "' + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}'
    answer = api.generic("POST", "/rest-api/event/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_too_long_a_form_is_413(api, clock):
    body = b"title=" + b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    answer = api.generic("POST", "/rest-api/event/", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413


def test_another_media_type_is_415(api, clock):
    answer = api.generic("POST", "/rest-api/event/", b"<a/>", content_type="application/xml")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_unknown_address_is_404_as_json(api):
    assert api.get("/rest-api/nothing/").json()["code"] == "not_found"


@pytest.mark.parametrize("route", [route for route in REST if route.groups], ids=name)
def test_odd_ids_are_404(api, world, route):
    for place, method in enumerate(list(route.view.actions)):
        for pk in IDS[place % JUNK_STEP :: JUNK_STEP]:
            answer = send(api, method, route.url(**dict.fromkeys(route.groups, pk)), "{}")
            assert answer.status_code == 404, (method, pk)


QUERIES = ["page", "page_size", "limit", "offset", "cursor", "search", "ordering", "format"]
VALUES = ["\x00", "-1", "9" * 60, "x" * 3000, "[]", "1e999999", "NaN", "2026-02-30", "é", "null"]


@pytest.mark.parametrize("route", [route for route in REST if route.name.endswith("-list")], ids=name)
def test_odd_queries_are_no_server_error(api, world, filled, route):
    address = route.url(**dict.fromkeys(route.groups, world.calendar.pk))
    filters = getattr(route.view.cls, "filterset_class", None)
    known = filters.base_filters if filters else getattr(route.view.cls, "filterset_fields", ())
    for place, key in enumerate([*QUERIES, *known]):
        for value in VALUES[place % JUNK_STEP :: JUNK_STEP]:
            assert api.get(address, {key: value}).status_code < 500, (key, value)
