"""A removed member loses access with the next request: sessions and keys, and nothing of other people."""

import pytest
from django.test import Client

from accounts import tenancy
from accounts.models import ApiKey, Membership, User
from tests.clients import key_client
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
ADDRESS = "/rest-api/organization/"


@pytest.fixture
def leaver(world, clock):
    """Return the staff member's session and key, and the key of a colleague."""
    session = Client()
    session.post("/accounts/login/", {"login": "riverside-staff", "password": PASSWORD})
    own, colleagues = key_client(world, created_by=world.staff), key_client(world, created_by=world.manager)
    assert [client.get(ADDRESS).status_code for client in (session, own, colleagues)] == [200, 200, 200]
    return session, own, colleagues


def told(leaver):
    return [client.get(ADDRESS).status_code for client in leaver]


def owner_of(world):
    client = Client()
    client.force_login(world.owner)
    return client


def live_keys(world):
    with tenancy.tenant(world.organization.pk):
        return list(ApiKey.objects.filter(revoked_at=None).values_list("created_by__username", flat=True))


def test_removed_member_is_out_at_once(world, leaver):
    with tenancy.tenant(world.organization.pk):
        row = Membership.objects.get(user=world.staff)
    owner_of(world).post(f"/admin/accounts/membership/{row.pk}/delete/", {"post": "yes"})
    assert told(leaver) == [401, 401, 200]
    assert live_keys(world) == ["riverside-manager"]
    assert "_auth_user_id" not in leaver[0].session


def test_member_removed_by_any_way_is_out_at_once(world, leaver):
    Membership.objects.unscoped().filter(user=world.staff).delete()
    assert told(leaver) == [401, 401, 200]


def test_switched_off_user_is_out_at_once(world, leaver):
    row = Membership.objects.unscoped().get(user=world.staff)
    data = {
        "username": "riverside-staff",
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": row.pk,
        "memberships-0-user": world.staff.pk,
        "memberships-0-role": "staff",
    }
    owner_of(world).post(f"/admin/accounts/user/{world.staff.pk}/change/", data)
    assert not User.objects.get(pk=world.staff.pk).is_active
    assert told(leaver) == [401, 401, 200]
    # Switched on again, they get no key back.
    User.objects.filter(pk=world.staff.pk).update(is_active=True)
    assert told(leaver) == [401, 401, 200]


def test_user_switched_off_by_any_way_is_out_at_once(world, leaver):
    User.objects.filter(pk=world.staff.pk).update(is_active=False)
    assert told(leaver) == [401, 401, 200]


def test_deleted_user_is_out_at_once(world, leaver):
    owner_of(world).post(f"/admin/accounts/user/{world.staff.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=world.staff.pk).exists()
    assert told(leaver) == [401, 401, 200]


def test_leaving_one_organization_leaves_the_keys_of_another(world, other, leaver):
    Membership.objects.unscoped().create(organization=other.organization, user=world.staff, role="staff")
    elsewhere = key_client(other, created_by=world.staff)
    with tenancy.tenant(world.organization.pk):
        row = Membership.objects.get(user=world.staff)
    owner_of(world).post(f"/admin/accounts/membership/{row.pk}/delete/", {"post": "yes"})
    assert told(leaver) == [401, 401, 200]
    assert elsewhere.get(ADDRESS).json()["results"][0]["name"] == "Lakeside"


def test_key_may_no_more_than_whoever_made_it_is_by_now(world, clock):
    theirs, nobodys = key_client(world, created_by=world.owner), key_client(world)
    address, clinic = "/rest-api/clinic/", {"name": "Annexe", "time_zone": "UTC"}
    with tenancy.tenant(world.organization.pk):
        Membership.objects.filter(user=world.owner).update(role="staff")
    assert theirs.post("/rest-api/contact/", {"first_name": "Ana"}).status_code == 201
    assert [client.post(address, clinic).status_code for client in (theirs, nobodys)] == [403, 201]
    assert [client.get("/rest-api/api-key/").status_code for client in (theirs, nobodys)] == [403, 200]
