"""A request is authenticated by its header or by its session, never by parts of both."""

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from accounts import tenancy
from accounts.models import Membership, Organization, User
from accounts.services import keys
from accounts.tests.pages import HTML, sign_in
from contacts.models import Contact
from tests.clients import key_client, supporter_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_proofs():
    """Forget which passwords were right a moment ago."""
    cache.clear()


def demand(world):
    Organization.objects.filter(pk=world.organization.pk).update(second_factor_roles=["owner"])


@pytest.mark.parametrize("header", ["", " "])
def test_empty_header_is_no_way_round_the_second_factor(world, clock, header):
    demand(world)
    client, _ = sign_in()
    asked = client.get("/rest-api/organization/", HTTP_AUTHORIZATION=header)
    assert (asked.status_code, asked.json()["code"]) == (403, "second_factor_required")
    assert client.get("/admin/contacts/contact/", HTTP_AUTHORIZATION=header, **HTML).status_code == 302


def test_empty_header_lets_no_platform_administrator_in_without_a_second_factor(clock, settings):
    settings.SUPERUSER_SECOND_FACTOR = True
    client = Client()
    client.force_login(User.objects.create_superuser(username="root", password="x"))
    assert client.get("/admin/accounts/user/", HTTP_AUTHORIZATION="", **HTML).status_code == 302


def test_key_beside_a_session_opens_no_pages_of_its_person(world, clock):
    demand(world)
    client, _ = sign_in()
    _key, text = keys.create(world.organization.pk, name="CRM", role="viewer")
    header = {"HTTP_AUTHORIZATION": f"Token {text}"}
    for page in ("/accounts/password/change/", "/accounts/email/", "/accounts/2fa/recovery-codes/generate/", "/admin/"):
        assert client.get(page, **header, **HTML).status_code == 302, page
    assert client.get("/rest-api/contact/", **header).status_code == 200


def test_session_of_a_supporter_needs_the_token_against_forgery(world, clock):
    supporter = supporter_of(world)
    client = Client(enforce_csrf_checks=True)
    client.cookies = supporter.cookies
    forged = client.post("/rest-api/contact/", {"first_name": "Eve"})
    assert forged.status_code == 403
    assert not Contact.objects.unscoped().filter(first_name="Eve").exists()
    token = {"HTTP_X_CSRFTOKEN": client.get("/admin/").cookies["csrftoken"].value}
    assert client.post("/rest-api/contact/", {"first_name": "Ana"}, **token).status_code == 201


ADD = "/admin/contacts/contact/add/"
ROWS = {f"{rows}-{kind}_FORMS": "0" for rows in ("phones", "emails", "addresses") for kind in ("TOTAL", "INITIAL")}
SECRET = {"first_name": "Zebrina", **ROWS}


def strays():
    return Contact.objects.unscoped().filter(first_name="Zebrina").exists()


def test_page_of_an_ended_support_access_sends_nothing_into_another_organization(world, other, clock):
    client = supporter_of(world, hours=1)
    supporter_of(other)
    client.post("/organization/", {"organization": str(world.organization.uuid)})
    clock.forward(hours=1)
    assert client.post(ADD, SECRET).status_code == 403
    assert not strays()
    client.post("/organization/", {"organization": str(other.organization.uuid)})
    assert client.get("/rest-api/organization/").json()["results"][0]["name"] == "Lakeside"


def test_page_in_another_tab_sends_nothing_into_the_organization_chosen_since(world, other, clock):
    with tenancy.tenant(other.organization.pk):
        Membership.objects.create(user=world.owner, role="owner")
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.owner)
    stale = {"csrfmiddlewaretoken": client.get(ADD).context["csrf_token"]}
    client.post("/organization/", {"organization": str(other.organization.uuid), **stale})
    assert client.get("/rest-api/organization/").json()["results"][0]["name"] == "Lakeside"
    assert client.post(ADD, {**SECRET, **stale}).status_code == 403
    assert not strays()


HASHES = ["calendars/calendaruser/?password", "accounts/apikey/?secret_hash", "notifications/gateway/?hook_hash"]


@pytest.mark.parametrize("page", HASHES)
def test_list_of_the_admin_answers_no_question_about_a_hash(world, clock, page):
    client = Client()
    client.force_login(world.viewer)
    assert client.get(f"/admin/{page}__startswith=m").status_code == 400
    assert client.get(f"/admin/{page.partition('?')[0]}").status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [("", 201), ("http://testserver", 201), ("https://app.example", 201), ("https://evil.example", 403), ("null", 403)],
)
def test_password_that_a_browser_remembers_serves_no_page_of_strangers(api, clock, settings, origin, status):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]
    answer = api.post("/rest-api/contact/", {"first_name": "Ana"}, format="multipart", HTTP_ORIGIN=origin)
    assert answer.status_code == status
    assert api.get("/rest-api/contact/", HTTP_ORIGIN=origin).json()["count"] == (status == 201)


def test_address_changes_after_the_password_was_shown_again(world, clock):
    client = Client()
    client.force_login(world.staff)
    asked = client.post("/accounts/email/", {"action_add": "", "email": "eve@evil.example"})
    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not EmailAddress.objects.exists()


@pytest.mark.parametrize("scopes", [[], ["desk:read"], ["settings:read", "people:write"]])
def test_key_opens_no_page(world, other, clock, scopes):
    with tenancy.tenant(other.organization.pk):
        Membership.objects.create(user=world.owner, role="staff")
    page = key_client(world, scopes=scopes, created_by=world.owner).get("/", **HTML)
    assert page.status_code == 403
    assert "Riverside" not in page.content.decode()
    assert "Lakeside" not in page.content.decode()
