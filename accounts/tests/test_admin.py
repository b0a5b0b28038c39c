"""People, roles and keys in the admin."""

import re

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts import tenancy
from accounts.engine.roles import Role
from accounts.models import ApiKey, AuditEntry, Clinic, Membership, Organization, User
from accounts.services import keys
from tests import factories
from tests.factories import NOW


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def owner(world, clock):
    return client_of(world.owner)


def membership_of(user):
    return Membership.objects.unscoped().get(user=user)


def new_user(**fields):
    return {
        "username": "nina",
        "password1": "a long first one",
        "password2": "a long first one",
        "usable_password": "true",
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 0,
        "memberships-0-role": "staff",
        **fields,
    }


def test_owner_adds_a_colleague(owner, world):
    response = owner.post("/admin/accounts/user/add/", new_user())
    assert response.status_code == 302
    nina = User.objects.get(username="nina")
    assert (membership_of(nina).organization, membership_of(nina).role) == (world.organization, Role.STAFF)
    assert (nina.is_staff, nina.is_superuser) == (True, False)
    assert nina.check_password("a long first one")


def test_owner_cannot_make_a_superuser(owner, world):
    owner.post("/admin/accounts/user/add/", new_user(is_superuser="on", is_staff="on"))
    assert not User.objects.get(username="nina").is_superuser


def test_password_is_never_shown(owner, world):
    page = owner.get(f"/admin/accounts/user/{world.staff.pk}/change/").content.decode()
    assert world.staff.password not in page
    assert world.staff.password.split("$")[1] not in page


def test_owner_sets_a_colleagues_password(owner, world):
    data = {"password1": "another long one", "password2": "another long one", "usable_password": "true"}
    owner.post(f"/admin/accounts/user/{world.staff.pk}/password/", data)
    world.staff.refresh_from_db()
    assert world.staff.check_password("another long one")


def test_identity_shared_with_another_organization_is_not_an_owners_to_change(owner, world, other):
    with tenancy.tenant(other.organization.pk):
        Membership.objects.create(user=world.staff, role=Role.VIEWER)
    assert owner.get(f"/admin/accounts/user/{world.staff.pk}/password/").status_code == 403
    before = world.staff.username
    owner.post(f"/admin/accounts/user/{world.staff.pk}/change/", new_user(username="taken over"))
    world.staff.refresh_from_db()
    assert world.staff.username == before


def test_people_of_other_organizations_do_not_exist(owner, other):
    for page in ("change", "delete"):
        response = owner.get(f"/admin/accounts/user/{other.owner.pk}/{page}/")
        assert response.headers["Location"] == "/admin/"
    assert owner.get(f"/admin/accounts/user/{other.owner.pk}/password/").status_code == 404


def test_history_of_people_is_not_shown_to_members(owner, world):
    response = owner.get(f"/admin/accounts/user/{world.staff.pk}/history/")
    assert response.headers["Location"] == "../change/"


def test_last_owner_stays(owner, world):
    row = membership_of(world.owner)
    response = owner.post(f"/admin/accounts/membership/{row.pk}/change/", {"role": "staff"})
    assert "at least one owner" in str(response.context["adminform"].form.errors)
    assert membership_of(world.owner).role == Role.OWNER
    owner.post(f"/admin/accounts/membership/{row.pk}/delete/", {"post": "yes"})
    assert membership_of(world.owner).role == Role.OWNER


def test_key_is_shown_once(owner, world):
    response = owner.post("/admin/accounts/apikey/add/", {"name": "Dental software", "role": "staff", "rate": 600})
    message = next(message for message in get_messages(response.wsgi_request) if message.level_tag == "warning")
    text = re.search(r"pk_\S+?(?=<)", str(message))[0]
    found = keys.find(text, now=NOW)
    assert (found.name, found.organization, found.created_by) == ("Dental software", world.organization, world.owner)
    assert text in owner.get("/admin/accounts/apikey/").content.decode()
    assert text not in owner.get(f"/admin/accounts/apikey/{found.pk}/change/").content.decode()


def test_key_is_revoked(owner, world):
    key, text = keys.create(world.organization.pk, name="Old", role="staff")
    owner.post(f"/admin/accounts/apikey/{key.pk}/do/revoke/")
    assert keys.find(text, now=NOW) is None
    assert ApiKey.objects.unscoped().get(pk=key.pk).revoked_at == NOW


@pytest.mark.parametrize("role", ["manager", "staff", "viewer"])
def test_only_owners_write_people_and_keys(world, clock, role):
    client = client_of(getattr(world, role))
    assert client.get("/admin/accounts/user/add/").status_code == 403
    assert client.post("/admin/accounts/apikey/add/", {"name": "x", "role": "owner"}).status_code == 403
    assert not ApiKey.objects.unscoped().exists()


def test_second_clinic_of_a_number_is_an_error_of_the_form(owner, world):
    data = {"number": 1, "name": "Two", "time_zone": "Europe/Paris"}
    response = owner.post("/admin/accounts/clinic/add/", data)
    assert response.context["adminform"].form.errors == {"number": ["Another clinic has that number already."]}
    with tenancy.tenant(world.organization.pk):
        assert Clinic.objects.count() == 1


def test_unknown_zone_is_refused(owner):
    response = owner.post("/admin/accounts/clinic/add/", {"number": 2, "name": "Two", "time_zone": "Mars/Olympus"})
    assert list(response.context["adminform"].form.errors) == ["time_zone"]


@pytest.fixture
def platform(clock):
    return client_of(User.objects.create_superuser(username="platform", password="x"))


def test_platform_administrator_founds_an_organization_with_its_first_clinic(platform):
    data = {"name": "Hillside", "region": "US", "time_zone": "America/Chicago", "language": "en"}
    platform.post("/admin/accounts/organization/add/", {**data, "reminder_margin": 1800})
    made = Organization.objects.get(name="Hillside")
    with tenancy.tenant(made.pk):
        clinic = Clinic.objects.get()
    assert (clinic.number, clinic.name, clinic.time_zone, clinic.is_default) == (1, "Hillside", "America/Chicago", True)


def test_platform_administrator_gives_and_takes_roles(platform, world, other):
    data = {"organization": other.organization.pk, "user": world.staff.pk, "role": "manager"}
    assert platform.post("/admin/accounts/membership/add/", data).status_code == 302
    made = Membership.objects.unscoped().get(user=world.staff, organization=other.organization)
    assert made.role == Role.MANAGER
    twice = platform.post("/admin/accounts/membership/add/", data)
    assert "already exists" in str(twice.context["adminform"].form.errors)
    platform.post(f"/admin/accounts/membership/{made.pk}/change/", {"role": "viewer"})
    assert Membership.objects.unscoped().get(pk=made.pk).role == Role.VIEWER
    platform.post(f"/admin/accounts/membership/{made.pk}/delete/", {"post": "yes"})
    assert membership_of(world.staff).organization == world.organization


def test_platform_administrator_closes_an_organization_and_its_trail_stays(platform, world):
    pk = Organization.objects.create(name="Empty").pk
    assert platform.post(f"/admin/accounts/organization/{pk}/delete/", {"post": "yes"}).status_code == 302
    assert list(Organization.objects.all()) == [world.organization]
    assert AuditEntry.objects.unscoped().get(organization_id=pk).action == "delete"


def test_person_who_belongs_to_organizations_is_not_deleted(platform, world):
    platform.post(f"/admin/accounts/user/{world.staff.pk}/delete/", {"post": "yes"})
    data = {"action": "delete_selected", "_selected_action": world.staff.pk, "post": "yes"}
    platform.post("/admin/accounts/user/", data)
    assert User.objects.filter(pk=world.staff.pk).exists()


def test_sign_in_page_bears_the_name(client, db):
    assert "Punctual" in client.get("/accounts/login/").content.decode()


def test_menu_names_pages_that_exist(owner):
    page = owner.get("/admin/").content.decode()
    assert "/admin/appointments/appointment/" in page
    assert factories.PASSWORD not in page
