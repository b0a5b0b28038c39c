"""The older contact and appointment service: what holds at all of its paths (spec/kupfer.md A2, A8)."""

import json

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.tests import test_tokens as tokens
from tests.clients import key_client

pytestmark = pytest.mark.django_db
CONTACTS = "/contact/"


@pytest.fixture
def issuer(world, clock):
    return tokens.trust(world)


def ask(text, scheme="JWT"):
    return APIClient().get(CONTACTS, HTTP_AUTHORIZATION=f"{scheme} {text}")


def test_11_token_of_a_trusted_issuer_lets_in(world, issuer):
    assert ask(tokens.token(world)).status_code == 200


@pytest.mark.parametrize("missing", ["organization_uuid", "core_user_uuid", "username", "exp"])
def test_11_token_that_lacks_a_claim_is_403(world, issuer, missing):
    assert ask(tokens.token(world, **{missing: None})).status_code == 403


@pytest.mark.parametrize(
    "made",
    [
        lambda world: tokens.token(world, exp=int(tokens.NOW.timestamp()) - 3600),
        lambda world: tokens.token(world, iss="https://unknown.example"),
        lambda world: tokens.token(world, tokens.private(2)),
        lambda world: tokens.token(world).rpartition(".")[0] + ".",
        lambda world: "no.token.at-all",
    ],
    ids=["expired", "unknown issuer", "wrong key", "unsigned", "nonsense"],
)
def test_11_bad_token_is_403(world, issuer, made):
    answer = ask(made(world))
    assert (answer.status_code, list(answer.json())) == (403, ["detail", "code"])


def test_11_nobody_is_403(world, clock):
    answer = APIClient().post(CONTACTS, {"first_name": "Ana"})
    assert (answer.status_code, "WWW-Authenticate" in answer.headers) == (403, False)
    assert "detail" in answer.json()


def test_11_cookie_of_a_valid_call_authorises_no_other(world, issuer):
    browser = Client()
    assert browser.get(CONTACTS, HTTP_AUTHORIZATION=f"JWT {tokens.token(world)}").status_code == 200
    assert browser.get(CONTACTS).status_code == 403


def test_11_cookie_of_a_person_who_signed_in_authorises_nothing(world, clock):
    browser = Client()
    browser.force_login(world.owner)
    assert browser.get("/rest-api/contact/").status_code == 200
    assert browser.get(CONTACTS).status_code == 403
    assert browser.post(CONTACTS, {"first_name": "Ana"}).status_code == 403


def test_key_of_ours_lets_in(world, clock):
    assert key_client(world).get(CONTACTS).status_code == 200
    assert key_client(world, role="viewer").post(CONTACTS, {"first_name": "Ana"}).status_code == 403


def test_wrong_key_is_403(world, clock):
    assert ask("pk_wrong", "Token").status_code == 403


def test_options_is_open_to_everybody_and_tells_of_no_rows(world, clock):
    answer = APIClient().options(CONTACTS)
    assert (answer.status_code, "actions" in answer.json()) == (200, False)


def test_unknown_parameters_and_fields_are_ignored(world, clock):
    client = key_client(world)
    assert client.get(CONTACTS, {"paginate": "true"}).status_code == 200
    assert client.get("/rest-api/contact/", {"paginate": "true"}).status_code == 400


@pytest.mark.parametrize("path", ["/contact/987654321/", "/contact/abc/", "/contact/1/2/", "/contacttype/abc/"])
def test_unknown_and_malformed_numbers_are_404(world, clock, path):
    answer = key_client(world).get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")


@pytest.mark.parametrize("path", ["/contact", "/contact/"])
def test_slash_is_optional(world, clock, path):
    assert key_client(world).get(path).status_code == 200


def test_post_may_be_repeated_with_its_key(world, clock):
    client = key_client(world)
    body = {"first_name": "Ana", "workflowlevel1_uuids": []}
    made = [client.post(CONTACTS, body, HTTP_IDEMPOTENCY_KEY="once") for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[1]["Idempotent-Replayed"] == "true"
    assert client.get(CONTACTS).json()["count"] == 1


def test_description_has_the_older_title_and_the_documented_paths(db):
    answer = APIClient().get("/docs/swagger.json")
    told = json.loads(answer.content)
    assert told["info"]["title"] == "CRM Service API"
    assert {"/contact/", "/contact/{id}/"} <= set(told["paths"])
    assert not [path for path in told["paths"] if path.startswith("/rest-api")]
    assert b"title: CRM Service API" in APIClient().get("/docs/swagger.yaml").content


@pytest.mark.parametrize("path", ["/health_check/", "/health_check"])
def test_health_is_public(db, path):
    assert APIClient().get(path).status_code == 200


def test_token_that_ran_out_lets_in_no_longer(world, issuer, clock):
    text = tokens.token(world)
    assert ask(text).status_code == 200
    clock.forward(hours=1)
    assert ask(text).status_code == 403
