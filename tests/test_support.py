"""Support access: platform administrators work for an organization for a reason, for hours, and seen by it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts import tenancy
from accounts.errors import AccessEnded, AccessTooLong, ReasonTooShort
from accounts.models import AuditEntry, Clinic, PlatformEntry, SupportAccess, User
from accounts.services import support
from contacts.models import Contact
from tests import factories
from tests.clients import client_of, supporter_of
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ADD = "/admin/accounts/supportaccess/add/"
CONTACTS = "/rest-api/contact/"


def trail(world, **fields):
    with tenancy.tenant(world.organization.pk):
        return list(AuditEntry.objects.filter(**fields).order_by("id"))


@pytest.fixture
def person(clock):
    return User.objects.create_superuser(username="platform", password="x")


@pytest.fixture
def platform(person):
    client = Client()
    client.force_login(person)
    return client


def asked(world, **fields):
    return {"organization": world.organization.pk, "hours": 2, "reason": "Texts do not arrive", **fields}


def test_one_form_opens_it_and_leads_into_the_organization(platform, world, other):
    answer = platform.post(ADD, asked(world), follow=True)
    page = answer.content.decode()
    assert "Support access to Riverside" in page
    assert "Texts do not arrive" in page
    made = SupportAccess.objects.unscoped().get()
    assert (made.organization, made.starts_at, made.ends_at) == (world.organization, NOW, NOW + timedelta(hours=2))
    assert platform.get("/rest-api/organization/").json()["results"][0]["name"] == "Riverside"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason": "short"}, "reason"),
        ({"reason": " " * 20}, "reason"),
        ({"hours": 9}, "hours"),
        ({"hours": 0}, "hours"),
        ({"organization": ""}, "organization"),
    ],
)
def test_form_refuses_what_is_missing_or_too_much(platform, world, given, field):
    response = platform.post(ADD, asked(world, **given))
    assert list(response.context["adminform"].form.errors) == [field]
    assert not SupportAccess.objects.unscoped().exists()


@pytest.mark.parametrize(
    ("given", "error"),
    [({"reason": "x" * 9}, ReasonTooShort), ({"hours": 9}, AccessTooLong), ({"hours": 0}, AccessTooLong)],
)
def test_service_refuses_them_too(person, world, given, error):
    with pytest.raises(error):
        support.open_access(world.organization, person=person, now=NOW, **{"reason": "x" * 10, "hours": 1, **given})


def test_database_keeps_no_access_of_days(person, world):
    with pytest.raises(IntegrityError), transaction.atomic(), tenancy.tenant(world.organization.pk):
        SupportAccess.objects.create(person=person, reason="x" * 10, starts_at=NOW, ends_at=NOW + timedelta(hours=9))


@pytest.mark.parametrize("role", ["owner", "manager", "staff", "viewer"])
def test_members_open_none(world, clock, role):
    client = Client()
    client.force_login(getattr(world, role))
    assert client.post(ADD, asked(world)).status_code == 403


def test_it_ends_by_itself(world, clock):
    client = supporter_of(world, hours=1)
    clock.forward(minutes=59)
    assert client.get(CONTACTS).status_code == 200
    clock.forward(minutes=1)
    assert client.get(CONTACTS).status_code == 401
    assert "Open a support access" in client.get("/admin/").content.decode()


def test_it_ends_early_by_a_button(world, clock):
    client = supporter_of(world)
    client.post("/support/end/")
    assert client.get(CONTACTS).status_code == 401
    assert SupportAccess.objects.unscoped().get().ended_at == NOW


def test_owner_ends_it(world, clock):
    client, owner = supporter_of(world), Client()
    owner.force_login(world.owner)
    pk = SupportAccess.objects.unscoped().get().pk
    owner.post(f"/admin/accounts/supportaccess/{pk}/do/end/")
    assert client.get(CONTACTS).status_code == 401


@pytest.mark.parametrize("role", ["manager", "staff"])
def test_nobody_else_ends_it(world, clock, role):
    client, member = supporter_of(world), Client()
    member.force_login(getattr(world, role))
    pk = SupportAccess.objects.unscoped().get().pk
    assert member.post(f"/admin/accounts/supportaccess/{pk}/do/end/").status_code == 403
    assert client.get(CONTACTS).status_code == 200


def test_what_is_over_cannot_end_again(person, world):
    made = support.open_access(world.organization, person=person, reason="x" * 10, hours=1, now=NOW)
    with pytest.raises(AccessEnded):
        support.end_access(made, now=NOW + timedelta(hours=1))


def test_who_administers_no_longer_has_none(world, clock):
    client = supporter_of(world)
    User.objects.filter(username="supporter").update(is_superuser=False)
    assert client.get(CONTACTS).status_code == 401


def test_password_alone_opens_nothing(world, clock):
    supporter_of(world)
    user = User.objects.get(username="supporter")
    assert client_of(user).get(CONTACTS).status_code == 403


def test_it_reads_and_writes_like_a_manager_without_people_and_exports(world, clock):
    client, contact = supporter_of(world), factories.contact(world)
    assert client.get(f"{CONTACTS}{contact.pk}/").status_code == 200
    data = {"first_name": "Bea"}
    assert client.patch(f"{CONTACTS}{contact.pk}/", data, content_type="application/json").status_code == 200
    assert client.get("/rest-api/clinic/").status_code == 200
    assert client.post("/rest-api/clinic/", {"name": "Annexe", "time_zone": "UTC"}).status_code == 403
    assert client.post("/rest-api/api-key/", {"name": "Mine"}).status_code == 403
    assert client.get(f"{CONTACTS}{contact.pk}/export/").status_code == 403
    assert client.post(f"{CONTACTS}{contact.pk}/erase/").status_code == 403


def test_it_opens_people_and_exports_where_it_says_so(world, clock):
    client, contact = supporter_of(world, with_people=True, with_exports=True), factories.contact(world)
    assert client.post("/rest-api/clinic/", {"name": "Annexe", "time_zone": "UTC"}).status_code == 201
    assert client.get(f"{CONTACTS}{contact.pk}/export/").status_code == 200


def test_key_that_support_made_ends_with_its_access(world, clock):
    made = supporter_of(world, hours=2, with_people=True).post("/rest-api/api-key/", {"name": "Mine", "role": "staff"})
    assert made.status_code == 201
    client = Client(headers={"Authorization": f"Token {made.json()['key']}"})
    assert client.get(CONTACTS).status_code == 200
    clock.forward(hours=2, seconds=1)
    assert client.get(CONTACTS).status_code == 401


def test_key_that_support_made_ends_when_its_access_is_ended(world, clock):
    made = supporter_of(world, with_people=True).post("/rest-api/api-key/", {"name": "Mine", "role": "staff"})
    with tenancy.tenant(world.organization.pk):
        support.end_access(SupportAccess.objects.get(), now=clock.at)
    client = Client(headers={"Authorization": f"Token {made.json()['key']}"})
    assert client.get(CONTACTS).status_code == 401


def test_other_organizations_stay_shut(world, other, clock):
    client, foreign = supporter_of(world), factories.contact(other)
    assert client.get(f"{CONTACTS}{foreign.pk}/").status_code == 404
    assert client.get(CONTACTS, headers={"X-Organization": str(other.organization.uuid)}).status_code == 403
    assert client.post("/organization/", {"organization": str(other.organization.uuid)}).status_code == 403
    assert client.get("/rest-api/organization/").json()["results"][0]["name"] == "Riverside"


def test_switcher_switches_between_accesses_and_back_to_the_platform(world, other, clock):
    supporter_of(world)
    client = supporter_of(other)
    assert "Switch to Lakeside" in client.get("/admin/").content.decode()
    client.post("/organization/", {"organization": str(other.organization.uuid)})
    page = client.get("/admin/").content.decode()
    assert "Support access to Lakeside" in page
    assert "Switch to Riverside" in page
    client.post("/organization/", {"organization": "platform"})
    page = client.get("/admin/").content.decode()
    assert "You administer the platform" in page
    assert "Switch to Lakeside" in page
    assert client.get(CONTACTS).status_code == 401


@pytest.mark.parametrize("page", ["/", "/admin/", "/admin/contacts/contact/", "/admin/roles/", "/rest-api/"])
def test_banner_stands_on_every_page(world, clock, page):
    told = supporter_of(world).get(page, headers={"Accept": "text/html"}).content.decode()
    assert "Support access to Riverside" in told
    assert "Reminders do not leave, says Ana" in told
    assert 'action="/support/end"' in told


def test_members_see_no_banner(world, clock):
    client = Client()
    client.force_login(world.owner)
    assert "support-banner" not in client.get("/").content.decode() + client.get("/admin/").content.decode()


def test_organization_reads_who_came_why_and_what_they_looked_at(world, other, clock):
    client, contact = supporter_of(world), factories.contact(world, first_name="Qwyjibo")
    client.get(f"{CONTACTS}{contact.pk}/")
    client.get(f"/admin/contacts/contact/{contact.pk}/change/")
    client.get(CONTACTS, {"search": "Qwyjibo"})
    opened, *looked = [entry for entry in trail(world) if entry.action != "sign_in"]
    assert (opened.action, opened.kind) == ("open", "accounts.supportaccess")
    assert opened.facts["reason"] == "Reminders do not leave, says Ana"
    assert opened.facts["until"] == "2026-11-23T17:00:00+00:00"
    assert [(entry.action, entry.via, entry.kind, entry.object_id) for entry in looked] == [
        ("read", "support", "contact-detail", str(contact.pk)),
        ("read", "support", "admin:contacts_contact_change", str(contact.pk)),
        ("read", "support", "contact-list", ""),
    ]
    assert "Qwyjibo" not in str([entry.__dict__ for entry in looked])
    assert trail(other) == []
    assert [entry.action for entry in PlatformEntry.objects.order_by("id")] == ["open", "sign_in"]


def test_what_a_supporter_changes_is_told_as_theirs(world, clock):
    client = supporter_of(world)
    client.post(CONTACTS, {"first_name": "Ana"}, content_type="application/json")
    (made,) = trail(world, action="create")
    assert (made.via, made.kind) == ("support", "contacts.contact")
    assert made.identity == f"user:{User.objects.get(username='supporter').pk}"


def test_access_to_another_organization_is_told_there_and_not_here(world, other, clock):
    client = supporter_of(world)
    client.post(ADD, asked(other))
    assert [entry.facts["reason"] for entry in trail(other, action="open")] == ["Texts do not arrive"]
    assert len(trail(world, action="open")) == 1


def test_accesses_are_listed_to_owners_over_rest(world, other, clock):
    supporter_of(world)
    supporter_of(other)
    (row,) = client_of(world.owner).get("/rest-api/support-access/").json()["results"]
    assert (row["person"], row["reason"], row["ended_at"]) == ("supporter", "Reminders do not leave, says Ana", None)
    assert client_of(world.staff).get("/rest-api/support-access/").status_code == 403


def test_platform_administrator_without_access_changes_nothing_of_an_organization(platform, world):
    with tenancy.tenant(world.organization.pk):
        before = list(Clinic.objects.values()), list(Contact.objects.values())
    pk = world.clinic.pk
    platform.post(f"/admin/accounts/clinic/{pk}/change/", {"number": 1, "name": "Taken", "time_zone": "UTC"})
    platform.post(f"/admin/accounts/clinic/{pk}/delete/", {"post": "yes"})
    platform.post("/admin/accounts/clinic/add/", {"number": 3, "name": "Three", "time_zone": "UTC"})
    with tenancy.tenant(world.organization.pk):
        assert (list(Clinic.objects.values()), list(Contact.objects.values())) == before
