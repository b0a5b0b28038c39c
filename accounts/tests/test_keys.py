"""What API keys may, for how long, and how often."""

import threading
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts import tenancy
from accounts.engine.roles import SCOPES, Area, covers_scopes, is_in_scopes
from accounts.models import ApiKey
from accounts.services import keys
from tests import factories
from tests.clients import client_of, key_client
from tests.time_limits import HANG

pytestmark = pytest.mark.django_db
KEYS = "/rest-api/api-key/"
CONTACTS = "/rest-api/contact/"


def with_text(text):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {text}")
    return client


def status(text):
    return with_text(text).get("/rest-api/organization/").status_code


def told(answer):
    return answer.status_code, answer.json().get("code")


def key_of(world):
    with tenancy.tenant(world.organization.pk):
        return ApiKey.objects.first()


@pytest.mark.parametrize(
    ("scopes", "action", "expected"),
    [
        ([], "read", True),
        (["desk:read"], "read", True),
        (["desk:read"], "write", False),
        (["desk:write"], "read", False),
        (["people:read"], "read", False),
        (SCOPES, "write", True),
    ],
)
def test_scopes_narrow_and_none_narrows_nothing(scopes, action, expected):
    assert is_in_scopes(scopes, Area.DESK, action) is expected


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ([], [], True),
        ([], ["desk:read"], True),
        (["desk:read"], [], False),
        (["desk:read"], ["desk:read"], True),
        (["desk:read"], ["desk:read", "desk:write"], False),
    ],
)
def test_scopes_cover_what_is_no_wider(wide, narrow, expected):
    assert covers_scopes(wide, narrow) is expected


def test_key_that_reads_the_desk_does_nothing_else(world):
    client = key_client(world, scopes=["desk:read"])
    assert client.get(CONTACTS).status_code == 200
    assert told(client.post(CONTACTS, {"first_name": "Ana"})) == (403, "permission_denied")
    assert told(client.get("/rest-api/sms-template/")) == (403, "permission_denied")
    assert told(client.get("/rest-api/clinic/")) == (403, "permission_denied")


def test_scope_gives_no_more_than_the_role(world):
    client = key_client(world, role="viewer", scopes=["desk:read", "desk:write"])
    assert told(client.post(CONTACTS, {"first_name": "Ana"})) == (403, "permission_denied")


def test_key_without_scopes_may_what_its_role_may(world):
    client = key_client(world, role="staff")
    assert client.post(CONTACTS, {"first_name": "Ana"}).status_code == 201


def test_owner_makes_a_narrow_key(api, world):
    made = api.post(KEYS, {"name": "CRM", "scopes": ["desk:read"], "rate": 2}).json()
    assert (made["scopes"], made["rate"], made["previous_until"]) == (["desk:read"], 2, None)
    assert with_text(made["key"]).get(CONTACTS).status_code == 200
    assert api.get(made["url"]).json()["scopes"] == ["desk:read"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("scopes", ["desk:fly"]),
        ("scopes", "desk:read"),
        ("scopes", ["desk:read", "desk:read"]),
        ("scopes", [{}]),
        ("rate", 0),
        ("rate", -1),
        ("rate", 10**12),
    ],
)
def test_wrong_limits_are_told_by_field(api, field, value):
    answer = api.post(KEYS, {"name": "CRM", field: value})
    assert (answer.status_code, list(answer.json())) == (400, [field, "code"])


@pytest.mark.parametrize("scopes", [[], ["people:write", "desk:read"]])
def test_key_cannot_make_a_wider_one(world, scopes):
    client = key_client(world, scopes=["people:read", "people:write"])
    assert told(client.post(KEYS, {"name": "More", "role": "owner", "scopes": scopes})) == (403, "wider_than_oneself")
    assert client.post(KEYS, {"name": "Less", "scopes": ["people:read"]}).status_code == 201


def test_key_cannot_take_over_a_wider_one_by_rotation(world):
    wide, text = keys.create(world.organization.pk, name="Wide", role="owner")
    client = key_client(world, scopes=["people:read", "people:write"])
    assert told(client.post(f"{KEYS}{wide.pk}/rotate/")) == (403, "wider_than_oneself")
    assert status(text) == 200


# Rotation


def test_rotation_gives_a_new_secret_and_ends_the_old_one(api, world, clock):
    made = api.post(KEYS, {"name": "CRM"}).json()
    new = api.post(f"{made['url']}rotate/").json()
    assert (new["prefix"], new["previous_until"]) == (made["prefix"], None)
    assert (status(made["key"]), status(new["key"])) == (401, 200)
    assert "key" not in api.get(made["url"]).json()


def test_old_secret_stays_valid_for_the_grace(api, world, clock):
    made = api.post(KEYS, {"name": "CRM"}).json()
    new = api.post(f"{made['url']}rotate/", {"grace_minutes": 10}).json()
    clock.forward(seconds=599)
    assert (status(made["key"]), status(new["key"])) == (200, 200)
    clock.forward(seconds=1)
    assert (status(made["key"]), status(new["key"])) == (401, 200)


def test_second_rotation_ends_the_oldest_secret(world, clock):
    key, first = keys.create(world.organization.pk, name="CRM", role="staff")
    with tenancy.tenant(world.organization.pk):
        second, third = (keys.rotate(key, grace=timedelta(hours=1), now=clock.at) for _ in range(2))
    assert [status(text) for text in (first, second, third)] == [401, 200, 200]


def test_revocation_ends_both_secrets(world, clock):
    key, first = keys.create(world.organization.pk, name="CRM", role="staff")
    with tenancy.tenant(world.organization.pk):
        second = keys.rotate(key, grace=timedelta(hours=1), now=clock.at)
        keys.revoke(key, now=clock.at)
    assert [status(text) for text in (first, second)] == [401, 401]


def test_ended_key_is_not_rotated(api, world, clock):
    made = api.post(KEYS, {"name": "CRM"}).json()
    api.post(f"{made['url']}revoke/")
    assert told(api.post(f"{made['url']}rotate/")) == (409, "key_ended")


@pytest.mark.parametrize("grace", [-1, 10081, "x"])
def test_grace_has_its_bounds(api, world, grace):
    made = api.post(KEYS, {"name": "CRM"}).json()
    answer = api.post(f"{made['url']}rotate/", {"grace_minutes": grace})
    assert (answer.status_code, list(answer.json())) == (400, ["grace_minutes", "code"])
    assert status(made["key"]) == 200


@pytest.mark.parametrize("role", ["manager", "staff", "viewer"])
def test_only_owners_rotate(world, role):
    key, _ = keys.create(world.organization.pk, name="CRM", role="staff")
    assert client_of(getattr(world, role)).post(f"{KEYS}{key.pk}/rotate/").status_code == 403


def test_secrets_stand_nowhere_in_the_row(world, clock):
    key, first = keys.create(world.organization.pk, name="CRM", role="staff")
    with tenancy.tenant(world.organization.pk):
        second = keys.rotate(key, grace=timedelta(hours=1), now=clock.at)
        row = repr(ApiKey.objects.values().get())
    assert not [text for text in (first, second) if text.split("_", 2)[2] in row]


# Rate


def test_key_is_refused_beyond_its_rate(world, clock):
    client = key_client(world, rate=3)
    assert [client.get(CONTACTS).status_code for _ in range(3)] == [200] * 3
    clock.forward(seconds=20)
    refused = client.get(CONTACTS)
    assert (*told(refused), refused["Retry-After"]) == (429, "too_many_requests", "40")
    clock.forward(seconds=40)
    assert client.get(CONTACTS).status_code == 200


def test_each_key_has_its_own_rate(world, clock):
    one, two = key_client(world, rate=1), key_client(world, rate=1)
    assert [client.get(CONTACTS).status_code for client in (one, two, one)] == [200, 200, 429]


def test_refused_request_changes_nothing(world, clock):
    client = key_client(world, rate=1)
    client.get(CONTACTS)
    assert client.post(CONTACTS, {"first_name": "Ana"}, HTTP_IDEMPOTENCY_KEY="a").status_code == 429
    clock.forward(minutes=1)
    assert client.post(CONTACTS, {"first_name": "Ana"}, HTTP_IDEMPOTENCY_KEY="a").status_code == 201


@pytest.mark.slow
def test_rate_holds_exactly_on_many_connections(committed):
    world = factories.world("Riverside")
    clients, codes = [key_client(world, rate=40)] * 20, []

    def ask(client):
        codes.extend(client.get("/rest-api/organization/").status_code for _ in range(5))
        connection.close()

    threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=HANG)
    assert (codes.count(200), codes.count(429)) == (40, 60)


# In the admin


@pytest.fixture
def owner(world, clock):
    client = Client()
    client.force_login(world.owner)
    return client


def texts(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_owner_ticks_scopes(owner, world):
    data = {"name": "CRM", "role": "staff", "scopes": ["desk:read", "desk:write"], "rate": 60}
    assert owner.post("/admin/accounts/apikey/add/", data).status_code == 302
    assert (key_of(world).scopes, key_of(world).rate) == (["desk:read", "desk:write"], 60)
    page = owner.get(f"/admin/accounts/apikey/{key_of(world).pk}/change/")
    assert page.context["adminform"].form["scopes"].value() == ["desk:read", "desk:write"]


def test_owner_widens_a_key(owner, world):
    key, _ = keys.create(world.organization.pk, name="CRM", role="staff", scopes=["desk:read"])
    owner.post(f"/admin/accounts/apikey/{key.pk}/change/", {"name": "CRM", "role": "staff", "rate": 60})
    assert key_of(world).scopes == []


@pytest.mark.parametrize(("verb", "old"), [("rotate", 401), ("rotate_gently", 200)])
def test_owner_rotates_in_the_admin(owner, world, verb, old):
    key, text = keys.create(world.organization.pk, name="CRM", role="staff")
    shown, done = texts(owner.post(f"/admin/accounts/apikey/{key.pk}/do/{verb}/"))
    assert status(shown.partition("<code>")[2].partition("</code>")[0]) == 200
    assert (status(text), done) == (old, "1 API key rotated.")


def test_key_is_taken_as_a_bearer_too(world):
    _, text = keys.create(world.organization.pk, name="CRM", role="staff")
    answers = [
        APIClient(HTTP_AUTHORIZATION=f"{scheme} {text}").get(CONTACTS).status_code for scheme in ("Bearer", "bearer")
    ]
    wrong = APIClient(HTTP_AUTHORIZATION=f"Bearer {text[:-1]}").get(CONTACTS)
    assert (answers, told(wrong)) == ([200, 200], (401, "authentication_failed"))


def test_answers_tell_what_is_left_of_the_rate(world, clock):
    client = key_client(world, rate=2)
    first = client.get(CONTACTS)
    clock.forward(seconds=20)
    answers = [first, client.get("/rest-api/contact/999999/"), client.get(CONTACTS)]
    assert [(answer.status_code, answer["RateLimit"]) for answer in answers] == [
        (200, '"key";r=1;t=60'),
        (404, '"key";r=0;t=40'),
        (429, '"key";r=0;t=40'),
    ]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"key";q=2;w=60'}


def test_people_have_no_rate_to_be_told(world):
    assert "RateLimit" not in client_of(world.staff).get(CONTACTS)
