"""Every page comes with the strict policy and obeys it: nothing is written inside, outside the admin."""

import re

import pytest
from django.test import Client

from config.kernel.http import security_headers
from contacts.models import Contact
from tests import admin_rows, routes

pytestmark = pytest.mark.django_db

# A letter may look as its sender wants, in a sandbox that runs nothing and reaches nothing.
LETTERS = {"simulator:letter-html"}
INSIDE = re.compile(
    r"<style|<[a-z][^<>]*\s(?:style|on[a-z]+)=|javascript:"
    r"|<script(?![^>]*(?:\ssrc=|type=\"application/json\"))"
)
ERRORS = [
    "/nowhere/",
    "/rest-api/nowhere",
    "/admin/nowhere/",
    "/hooks/nothing/inbound/",
    "/healthz",
    "/readyz",
    "/static/x",
]


def test_nobody_on_the_way_keeps_an_answer(world, clock):
    client = Client()
    client.force_login(world.owner)
    for address in ("/rest-api/contact/", "/rest-api/api-key/", "/accounts/email/", "/nowhere/"):
        assert "no-store" in client.get(address)["Cache-Control"], address
    logo = client.get("/static/punctual/logo.svg")
    b"".join(logo)
    assert "no-store" not in logo["Cache-Control"]


def is_closed(policy):
    """Tell whether a policy lets nothing run that stands inside the page."""
    return "default-src 'self'" in policy and "unsafe" not in policy and "*" not in policy


def is_walked(route):
    """Leave out most of the admin's pages, which are all alike to the browser."""
    return not route.pattern.startswith("admin/") or route.model in (None, Contact)


def test_every_page_has_the_headers_and_writes_nothing_inside(world, clock):
    admin_rows.create_rows(world)
    client = Client(raise_request_exception=False)
    client.force_login(world.owner)
    pages = 0
    for route in filter(is_walked, routes.everything()):
        answer = client.get(address_of(route, world), HTTP_ACCEPT="text/html")
        policy, is_admin = answer["Content-Security-Policy"], answer.wsgi_request.path.startswith("/admin/")
        assert answer["Permissions-Policy"] == security_headers.UNUSED, route.name
        assert answer["X-Content-Type-Options"] == "nosniff", route.name
        assert policy == security_headers.ADMIN if is_admin else is_closed(policy) or route.name in LETTERS, route.name
        if "text/html" in answer.headers.get("Content-Type", "") and not is_admin:
            page = answer.content.decode()
            pages += len(page) > 500
            assert INSIDE.findall(page) == [], route.name
    assert pages > 40


def address_of(route, world):
    """Return an address of a route, with a row of the clinic where there is one."""
    try:
        return route.address_of(routes.row_of(route, world) if route.model else None)
    except (KeyError, AssertionError):
        return route.address_of_nothing()


@pytest.mark.parametrize("address", ERRORS)
def test_errors_and_files_have_the_headers_too(client, address):
    answer = client.get(address)
    policy = answer["Content-Security-Policy"]
    assert policy == security_headers.ADMIN if address.startswith("/admin/") else is_closed(policy)
    assert answer["Permissions-Policy"] == security_headers.UNUSED
