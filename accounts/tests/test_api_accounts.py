"""Organizations, clinics, members and keys over REST."""

import pytest

from accounts import tenancy
from accounts.models import ApiKey, Clinic
from tests import factories
from tests.clients import client_of

pytestmark = pytest.mark.django_db


def test_organization_is_the_own_one(api, world, other):
    told = api.get("/rest-api/organization/").json()
    assert [row["name"] for row in told["results"]] == ["Riverside"]
    assert api.get(f"/rest-api/organization/{other.organization.pk}/").status_code == 404


def test_owner_changes_the_organization(api, world):
    answer = api.patch(f"/rest-api/organization/{world.organization.pk}/", {"region": "fr", "reminder_margin": 60})
    assert (answer.json()["region"], answer.json()["reminder_margin"]) == ("FR", 60)


@pytest.mark.parametrize(("field", "value"), [("region", "XX"), ("time_zone", "Mars"), ("reminder_margin", -1)])
def test_wrong_values_are_told_by_field(api, world, field, value):
    answer = api.patch(f"/rest-api/organization/{world.organization.pk}/", {field: value})
    assert (answer.status_code, list(answer.json())) == (400, [field, "code"])


def test_organizations_are_neither_made_nor_deleted(api, world):
    assert api.post("/rest-api/organization/", {"name": "x"}).status_code == 405
    assert api.delete(f"/rest-api/organization/{world.organization.pk}/").status_code == 405


def test_clinic_takes_the_next_number(api, world):
    made = api.post("/rest-api/clinic/", {"name": "Hill", "time_zone": "America/Chicago"})
    assert (made.status_code, made.json()["number"], made.json()["is_default"]) == (201, 2, False)


def test_one_clinic_is_the_default(api, world):
    made = api.post("/rest-api/clinic/", {"name": "Hill", "time_zone": "America/Chicago", "is_default": True})
    with tenancy.tenant(world.organization.pk):
        assert [clinic.name for clinic in Clinic.objects.filter(is_default=True)] == ["Hill"]
    assert made.json()["is_default"] is True


def test_default_is_given_up_by_making_another_one_it(api, world):
    answer = api.patch(f"/rest-api/clinic/{world.clinic.pk}/", {"is_default": False})
    assert (answer.status_code, answer.json()["code"]) == (409, "default_clinic")


def test_default_clinic_cannot_be_deleted(api, world):
    answer = api.delete(f"/rest-api/clinic/{world.clinic.pk}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "default_clinic")


def test_number_is_taken_once(api, world):
    answer = api.post("/rest-api/clinic/", {"name": "Hill", "time_zone": "America/Chicago", "number": 1})
    assert (answer.status_code, list(answer.json())) == (400, ["number", "code"])


def test_users_are_the_members_with_their_roles(api, world, other):
    told = api.get("/rest-api/users/").json()["results"]
    assert {(row["username"], row["role"]) for row in told} == {
        (f"riverside-{role}", role) for role in ("owner", "manager", "staff", "viewer")
    }
    assert list(told[0]) == ["url", "username", "last_name", "first_name", "email", "groups", "role", "id"]


def test_user_answers_under_both_addresses(api, world):
    for kind in ("user", "users"):
        told = api.get(f"/rest-api/{kind}/{world.staff.pk}/").json()
        assert told["username"] == "riverside-staff"
        assert told["url"] == f"http://testserver/rest-api/users/{world.staff.pk}/"


def test_member_of_another_organization_is_absent(api, other):
    assert api.get(f"/rest-api/user/{other.staff.pk}/").status_code == 404


def test_key_is_shown_once(api, world):
    made = api.post("/rest-api/api-key/", {"name": "CRM", "role": "viewer"})
    assert made.status_code == 201
    assert made.json()["key"].startswith(f"pk_{made.json()['prefix']}_")
    assert "key" not in api.get(made.json()["url"]).json()
    assert made.json()["key"] not in api.get("/rest-api/api-key/").content.decode()


def test_key_from_birth_dead_is_refused(api, clock):
    answer = api.post("/rest-api/api-key/", {"name": "CRM", "expires_at": "2026-11-23T08:59:59Z"})
    assert list(answer.json()) == ["expires_at", "code"]


@pytest.mark.parametrize("how", ["delete", "post"])
def test_key_is_revoked_and_its_row_stays(api, world, clock, how):
    url = api.post("/rest-api/api-key/", {"name": "CRM"}).json()["url"]
    answer = api.delete(url) if how == "delete" else api.post(f"{url}revoke/")
    assert answer.status_code == (204 if how == "delete" else 200)
    with tenancy.tenant(world.organization.pk):
        assert ApiKey.objects.get().revoked_at == clock.at


# What each role may do: what it can read, and which of these it can write.
DESK, SETTINGS, PEOPLE = "contact", "sms-template", "clinic"
BODIES = {
    DESK: {"first_name": "Ana"},
    SETTINGS: {"label": "New", "template_key": "new", "sms_text": "Hello"},
    PEOPLE: {"name": "Hill", "time_zone": "UTC"},
}
MAY_WRITE = {
    "owner": {DESK, SETTINGS, PEOPLE},
    "manager": {DESK, SETTINGS},
    "staff": {DESK},
    "viewer": set(),
}


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("role", MAY_WRITE)
def test_roles_decide_who_writes(world, role, kind):
    client = client_of(getattr(world, role))
    assert client.get(f"/rest-api/{kind}/").status_code == 200
    answer = client.post(f"/rest-api/{kind}/", BODIES[kind])
    assert answer.status_code == (201 if kind in MAY_WRITE[role] else 403)


@pytest.mark.parametrize("role", ["manager", "staff", "viewer"])
def test_owners_alone_see_keys(world, role):
    assert client_of(getattr(world, role)).get("/rest-api/api-key/").status_code == 403


@pytest.mark.parametrize("verb", ["cancel", "pause", "resume"])
def test_viewer_cannot_act(world, verb):
    event = factories.event(world)
    answer = client_of(world.viewer).post(f"/rest-api/event/{event.pk}/{verb}/")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_viewer_learns_nothing_about_what_exists(world, other):
    event = factories.event(other)
    told = [client_of(world.viewer).delete(f"/rest-api/event/{pk}/").json() for pk in (event.pk, 10**6)]
    assert told[0] == told[1]
