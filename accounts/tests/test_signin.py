"""From credentials to a principal, over HTTP."""

import base64
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from accounts import tenancy
from accounts.models import ApiKey, Membership, User
from accounts.services import keys
from tests.clients import client_of, key_client
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
ADDRESS = "/rest-api/organization/"


def ask(header, **more):
    client = APIClient()
    return client.get(ADDRESS, HTTP_AUTHORIZATION=header, **more)


def basic(text):
    return "Basic " + base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def test_nobody_is_asked_for_a_password():
    answer = APIClient().get(ADDRESS)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Basic realm="Punctual"'
    assert answer.json()["code"] == "not_authenticated"


def test_basic_lets_in(world):
    assert ask(basic(f"riverside-owner:{PASSWORD}")).json()["results"][0]["name"] == "Riverside"


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic é",
        basic(b"\xff\xfe:x"),
        basic("riverside-owner"),
        basic(""),
        basic("riverside-owner:wrong"),
        basic("nobody:x"),
        basic("a\x00b:c"),
        basic("riverside-owner:\x00"),
        "Token",
        "Token x",
        "Token pk_",
        "Token pk_0000000000_" + "a" * 32,
        "Token \x00",
        "Token pk_\x00_x",
        "Bearer x",
        "JWT a.b.c",
        "Digest x",
        "\x00",
    ],
)
def test_wrong_credentials_are_401(world, header):
    answer = ask(header)
    assert answer.status_code == 401
    assert answer.json()["code"] == "authentication_failed"


def test_changed_password_counts_at_once(world):
    assert ask(basic(f"riverside-owner:{PASSWORD}")).status_code == 200
    world.owner.set_password("another horse battery")
    world.owner.save()
    assert ask(basic(f"riverside-owner:{PASSWORD}")).status_code == 401


def test_switched_off_user_is_out_at_once(world):
    assert ask(basic(f"riverside-owner:{PASSWORD}")).status_code == 200
    User.objects.filter(pk=world.owner.pk).update(is_active=False)
    assert ask(basic(f"riverside-owner:{PASSWORD}")).status_code == 401


def test_removed_member_is_out_at_once(world):
    assert ask(basic(f"riverside-staff:{PASSWORD}")).status_code == 200
    Membership.objects.unscoped().filter(user=world.staff).delete()
    answer = ask(basic(f"riverside-staff:{PASSWORD}"))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_member")


def test_no_password_stands_in_the_cache(world, monkeypatch):
    kept = []
    monkeypatch.setattr(cache, "set", lambda key, value, seconds: kept.append((key, value, seconds)))
    ask(basic(f"riverside-owner:{PASSWORD}"))
    [(key, value, seconds)] = kept
    assert PASSWORD not in key
    assert (value, seconds) == (True, 60)


def test_member_of_several_chooses_by_uuid(world, other):
    with tenancy.tenant(other.organization.pk):
        Membership.objects.create(user=world.owner, role="viewer")
    header = basic(f"riverside-owner:{PASSWORD}")
    assert ask(header).json()["code"] == "choose_organization"
    found = ask(header, HTTP_X_ORGANIZATION=str(other.organization.uuid))
    assert found.json()["results"][0]["name"] == "Lakeside"


@pytest.mark.parametrize("named", ["x", "\x00", "6f1c9c1e-0000-4000-8000-000000000000"])
def test_organization_that_one_does_not_belong_to_is_403(world, named):
    answer = ask(basic(f"riverside-owner:{PASSWORD}"), HTTP_X_ORGANIZATION=named)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_member")


def test_session_needs_the_csrf_token(world):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(world.owner)
    assert client.get(ADDRESS).status_code == 200
    assert client.post("/rest-api/contact/", {"first_name": "A"}).status_code == 403


def test_member_of_several_starts_in_the_first(world, other):
    with tenancy.tenant(other.organization.pk):
        Membership.objects.create(user=world.owner, role="viewer")
    client = Client()
    client.force_login(world.owner)
    assert client.get(ADDRESS).json()["results"][0]["name"] == "Riverside"


def test_removed_member_can_still_sign_out(world):
    client = Client()
    client.force_login(world.staff)
    Membership.objects.unscoped().filter(user=world.staff).delete()
    assert client.get(ADDRESS).status_code == 401
    assert client.post("/admin/logout/").status_code == 200


def test_platform_administrator_reads_no_clinic_over_rest(world):
    client = Client()
    client.force_login(User.objects.create_superuser(username="root", password="x"))
    assert client.get("/rest-api/contact/").status_code == 401


def test_key_lets_in_and_notes_its_use(world, clock):
    client = key_client(world)
    assert client.get(ADDRESS).status_code == 200
    assert ApiKey.objects.unscoped().get().last_used_at == clock.at


def test_use_of_a_key_is_noted_once_a_minute(world, clock):
    client, first = key_client(world), clock.at
    client.get(ADDRESS)
    clock.forward(seconds=59)
    client.get(ADDRESS)
    assert ApiKey.objects.unscoped().get().last_used_at == first


def test_expired_key_is_401(world, clock):
    client = key_client(world, expires_at=clock.at + timedelta(hours=1))
    assert client.get(ADDRESS).status_code == 200
    clock.forward(hours=1)
    assert client.get(ADDRESS).status_code == 401


def test_revoked_key_is_401(world, clock):
    client = key_client(world)
    with tenancy.tenant(world.organization.pk):
        keys.revoke(ApiKey.objects.get(), now=clock.at)
    assert client.get(ADDRESS).status_code == 401


def test_key_acts_for_its_own_organization_only(world, other):
    answer = key_client(world).get(ADDRESS, HTTP_X_ORGANIZATION=str(other.organization.uuid))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_member")


def test_only_the_hash_of_a_key_is_kept(world):
    key, text = keys.create(world.organization.pk, name="CRM", role="staff")
    assert text.startswith(f"pk_{key.prefix}_")
    assert text.split("_", 2)[2] not in repr(vars(key))
    assert len(key.secret_hash) == 64


def test_wrong_secret_under_a_known_prefix_is_401(world):
    key, text = keys.create(world.organization.pk, name="CRM", role="staff")
    assert ask(f"Token pk_{key.prefix}_{'a' * 32}").status_code == 401
    assert ask(f"Token {text}").status_code == 200


def test_hooks_take_no_notice_of_a_header(world):
    answer = APIClient().post("/hooks/unknown-hook/inbound/", {}, HTTP_AUTHORIZATION="Basic x")
    assert answer.json()["code"] == "unknown_hook"


def test_one_request_sees_one_organization(world, other):
    for each in (world, other, world):
        told = client_of(each.owner).get(ADDRESS).json()["results"]
        assert [row["name"] for row in told] == [each.organization.name]
    with pytest.raises(tenancy.NoTenant):
        tenancy.current()
