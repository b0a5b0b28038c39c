"""Contacts at the older service's documented paths; the numbers are those of spec/kupfer.md A8."""

import threading
import uuid

import pytest
from django.db import connection

from accounts import tenancy
from accounts.models import User
from accounts.tests import test_tokens as tokens
from contacts.models import Contact, ContactType, GlobalContactType
from contacts.services import contacts
from tests import factories
from tests.clients import key_client
from tests.time_limits import HANG

pytestmark = pytest.mark.django_db
PATH, TYPES = "/contact/", "/contacttype/"
NAMES = ["Customer", "Personnel", "Producer", "Supplier"]
ONE, TWO, THREE = (str(uuid.UUID(int=number)) for number in (1, 2, 3))
FULL = {
    "customer_id": 77,
    "first_name": "Ana",
    "middle_name": "Maria",
    "last_name": "Müller",
    "title": "mrs",
    "suffix": "Dr.",
    "customer_type": "company",
    "company": "Zahnwerk",
    "addresses": [{"type": "home", "street": "Ring", "house_number": "7a", "postal_code": "10115", "city": "Berlin"}],
    "emails": [{"type": "office", "email": "ana@localhost"}],
    "phones": [{"type": "mobile", "number": "+4915112345678"}, {"type": "fax", "number": "+493012345678"}],
    "siteprofile_uuids": [ONE],
    "notes": "rings twice",
    "workflowlevel1_uuids": [ONE, "no uuid"],
    "workflowlevel2_uuids": [TWO],
}


@pytest.fixture
def crm(world, clock):
    return key_client(world)


@pytest.fixture
def foreign(other, clock):
    return key_client(other)


def make(client, **fields):
    answer = client.post(PATH, {"workflowlevel1_uuids": [], **fields})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def refused(client, **fields):
    answer = client.post(PATH, {"workflowlevel1_uuids": [], **fields})
    assert answer.status_code == 400, answer.json()
    return answer.json()


def test_every_documented_field_comes_back(crm, world):
    made = make(crm, **FULL)
    assert {name: made[name] for name in FULL} == FULL
    assert (made["title_display"], made["organization_uuid"]) == ("Mrs.", str(world.organization.uuid))
    assert "core_user_uuid" not in made
    assert "contact_type_name" not in made
    # New York, as the organization's zone is.
    assert made["create_date"] == made["edit_date"] == "2026-11-23T04:00:00-05:00"
    assert crm.get(f"{PATH}{made['id']}/").json() == made


def test_the_same_contact_stands_under_rest_api(crm):
    made = make(crm, **FULL)
    told = crm.get(f"/rest-api/contact/{made['id']}/").json()
    assert {name: told[name] for name in FULL} == FULL


def test_no_name_is_needed_but_workflow_levels_are(crm):
    made = make(crm)
    empty = ("title", "title_display", "customer_type", "company", "notes", "siteprofile_uuids", "contact_type")
    assert {made[name] for name in empty} == {None}
    assert (made["first_name"], made["phones"], made["workflowlevel1_uuids"]) == ("", [], [])
    answer = crm.post(PATH, {"first_name": "Ana"})
    assert (answer.status_code, list(answer.json())) == (400, ["workflowlevel1_uuids"])


def test_put_changes_what_was_sent(crm):
    made = make(crm, **FULL)
    answer = crm.put(f"{PATH}{made['id']}/", {"last_name": "Mayer", "customer_id": None})
    assert (answer.status_code, answer.json()) == (200, {**made, "last_name": "Mayer"})


def test_01_numbers_begin_at_10001_in_each_organization(crm, foreign):
    assert [make(client)["customer_id"] for client in (crm, crm, foreign)] == [10001, 10002, 10001]


@pytest.mark.parametrize(("given", "following"), [(5, 6), (-5, -4), (0, 10002), (2**31 - 1, 10001)])
def test_01_the_number_after_the_highest_is_next(crm, given, following):
    make(crm, customer_id=given)
    assert make(crm)["customer_id"] == following


def test_02_parallel_creates_get_distinct_numbers(committed):
    world = factories.world("Riverside")
    start, made = threading.Barrier(10), []

    def create():
        start.wait()
        try:
            for _ in range(5):
                with tenancy.tenant(world.organization.pk):
                    made.append(contacts.create(first_name="Ana").customer_id)
        finally:
            connection.close()

    crowd = [threading.Thread(target=create) for _ in range(10)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(timeout=HANG)
    assert sorted(made) == list(range(10001, 10051))


def test_03_number_that_is_taken_is_told_at_its_field(crm, foreign):
    other = make(crm, customer_id=7)
    assert refused(crm, customer_id=7) == {"customer_id": ["Another contact has that customer id already."]}
    assert crm.get(PATH).json()["count"] == 1
    changed = crm.patch(f"{PATH}{make(crm)['id']}/", {"customer_id": 7})
    assert (changed.status_code, list(changed.json())) == (400, ["customer_id"])
    assert crm.patch(f"{PATH}{other['id']}/", {"customer_id": 7}).status_code == 200
    assert make(foreign, customer_id=7)["customer_id"] == 7


@pytest.mark.parametrize("number", ["seven", 2**31, 1.5])
def test_03_what_is_no_number_is_told_at_its_field(crm, number):
    assert list(refused(crm, customer_id=number)) == ["customer_id"]


def test_04_organization_and_user_are_those_of_the_token(world, other, clock):
    tokens.trust(world)
    given = {"organization_uuid": str(other.organization.uuid), "core_user_uuid": TWO, "unknown": 1}
    made = make(tokens.client(world), **given)
    row = Contact.objects.unscoped().get(pk=made["id"])
    assert (row.organization, row.core_user_uuid) == (world.organization, tokens.ANA)
    assert made["organization_uuid"] == str(world.organization.uuid)


def test_05_another_organization_sees_nothing(crm, foreign):
    address = f"{PATH}{make(crm, **FULL)['id']}/"
    assert foreign.get(PATH).json()["results"] == []
    asked = [foreign.get(address), foreign.patch(address, {"first_name": "Eve"}), foreign.delete(address)]
    assert [answer.status_code for answer in asked] == [404, 404, 404]
    assert crm.get(address).json()["first_name"] == "Ana"


@pytest.fixture
def types(world):
    """Return the UUIDs of the organization's types by name: the global ones, and one of its own."""
    with tenancy.tenant(world.organization.pk):
        ContactType.objects.create(name="Referrer")
        return {row.name: str(row.uuid) for row in ContactType.objects.all()}


def test_08_type_is_linked_by_its_uuid(crm, types):
    made = make(crm, contact_type=types["Referrer"])
    assert (made["contact_type"], made["contact_type_name"]) == (types["Referrer"], "Referrer")


@pytest.mark.parametrize("number", [THREE, "abc", 7, ["a"]])
def test_08_type_that_there_is_not_is_refused(crm, number):
    assert list(refused(crm, contact_type=number)) == ["contact_type"]


def test_08_private_type_of_another_organization_is_refused(crm, foreign, types, other):
    assert list(refused(foreign, contact_type=types["Referrer"])) == ["contact_type"]
    address = f"{TYPES}{types['Referrer']}/"
    assert [call(address).status_code for call in (foreign.get, foreign.delete)] == [404, 404]
    assert make(foreign, contact_type=types["Supplier"])["contact_type_name"] == "Supplier"


def test_types_are_an_array_of_own_and_global_ones(crm, foreign, types):
    assert [row["name"] for row in crm.get(TYPES).json()] == sorted([*NAMES, "Referrer"])
    assert [row["name"] for row in foreign.get(TYPES).json()] == NAMES
    assert set(crm.get(TYPES).json()[0]) == {"uuid", "name", "is_global"}


def test_type_that_is_made_is_private(crm):
    made = crm.post(TYPES, {"name": "Referrer", "is_global": False})
    assert (made.status_code, made.json()["is_global"]) == (201, False)
    address = f"{TYPES}{made.json()['uuid']}/"
    assert crm.put(address, {}).status_code == 400
    assert crm.put(address, {"name": "Practice"}).json()["name"] == "Practice"
    contact = make(crm, contact_type=made.json()["uuid"])
    assert crm.delete(address).status_code == 204
    assert crm.get(f"{PATH}{contact['id']}/").json()["contact_type"] is None


def test_09_nobody_in_an_organization_makes_or_changes_global_types(crm, types):
    assert crm.post(TYPES, {"name": "All", "is_global": True}).status_code == 403
    address = f"{TYPES}{types['Customer']}/"
    assert [crm.patch(address, {"name": "Mine"}).status_code, crm.delete(address).status_code] == [403, 403]
    assert crm.get(address).json() == {"uuid": types["Customer"], "name": "Customer", "is_global": True}


def test_09_platform_administrator_makes_renames_and_deletes_global_types(world, clock, client, crm):
    client.force_login(User.objects.create_superuser(username="root", password="x"))
    page = "/admin/contacts/globalcontacttype/"
    assert client.post(f"{page}add/", {"name": "Insurer"}).status_code == 302
    row = GlobalContactType.objects.get(name="Insurer")
    contact = make(crm, contact_type=str(row.uuid))
    client.post(f"{page}{row.pk}/change/", {"name": "Payer"})
    address = f"{PATH}{contact['id']}/"
    assert crm.get(address).json()["contact_type_name"] == "Payer"
    assert client.post(f"{page}{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert crm.get(address).json()["contact_type"] is None
    assert crm.get(f"{TYPES}{row.uuid}/").status_code == 404


def test_09_members_see_no_page_of_global_types(world, client, clock):
    client.force_login(world.owner)
    assert client.get("/admin/contacts/globalcontacttype/").status_code == 403


def test_10_global_types_alone(crm, types):
    answer = crm.get(TYPES, {"is_global": "true"})
    assert (answer.status_code, [row["name"] for row in answer.json()]) == (200, NAMES)


def people(world, *names):
    with tenancy.tenant(world.organization.pk):
        Contact.objects.bulk_create(Contact(first_name=name) for name in names)


def test_12_fifty_and_a_next_link(crm, world):
    people(world, *(f"{number}" for number in range(51)))
    page = crm.get(PATH).json()
    assert (page["count"], len(page["results"]), page["previous"]) == (51, 50, None)
    assert page["next"] == "http://testserver/contact/?limit=50&offset=50"
    assert len(crm.get(PATH, {"limit": 99999}).json()["results"]) == 51


def test_12_limit_is_clipped_at_7000(crm, world):
    people(world, "Ana")
    told = crm.get(PATH, {"limit": 99999, "offset": 0}).json()
    assert told["next"] is None
    view = crm.get(PATH, {"limit": 99999}).renderer_context["view"]
    assert view.paginator.limit == 7000


def names(client, **asked):
    answer = client.get(PATH, asked)
    assert answer.status_code == 200, answer.json()
    return [row["first_name"] for row in answer.json()["results"]]


def test_order(crm, world):
    people(world, "Bo", "Ana", "Cy")
    assert names(crm) == ["Ana", "Bo", "Cy"]
    assert names(crm, ordering="-first_name") == ["Cy", "Bo", "Ana"]
    assert names(crm, ordering="create_date,-id") == ["Cy", "Ana", "Bo"]
    assert crm.get(PATH, {"ordering": "get_title_display"}).status_code == 400


def test_13_search_and_start(crm):
    make(crm, first_name="Eva", last_name="Mueller")
    assert names(crm, search="ELLER") == ["Eva"]
    assert (names(crm, starts_with="ueller"), names(crm, starts_with="muell")) == ([], ["Eva"])


@pytest.mark.parametrize("field", ["workflowlevel2_uuids", "siteprofile_uuids"])
def test_14_any_of_some_uuids(crm, field):
    for name, numbers in (("Ana", [ONE]), ("Bo", [TWO, THREE]), ("Cy", [THREE]), ("Di", None)):
        make(crm, first_name=name, **{field: numbers})
    assert names(crm, **{field: f"{ONE},{TWO.upper()}"}) == ["Ana", "Bo"]
    answer = crm.get(PATH, {field: "abc"})
    assert (answer.status_code, answer.json()) == (400, {field: ["Enter a valid UUID."]})


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("emails", {"type": "office"}),
        ("phones", {"type": "mobile"}),
        ("phones", {}),
        ("phones", {"type": "pager", "number": "+4915112345678"}),
        ("phones", {"type": "home", "number": "+4915112345678", "extra": "x"}),
        ("phones", {"type": "home", "number": "12"}),
        ("emails", {"type": "home", "email": "ana@example.com"}),
        ("emails", {"type": "office", "email": "ana"}),
        ("addresses", {"type": "castle"}),
        ("addresses", {"street": "x" * 101}),
        ("addresses", {"planet": "Mars"}),
    ],
)
def test_20_bad_entry_is_told_at_its_list(crm, field, given):
    errors = refused(crm, **{field: [given]})
    assert list(errors) == [field]
    assert isinstance(errors[field][0], str)


def test_20_entry_of_another_shape_is_told_with_what_it_may_be(crm):
    (told,) = refused(crm, phones=[{"type": "pager", "number": "1"}])["phones"]
    assert told.startswith("Invalid value: {'type': 'pager', 'number': '1'}. Write an object with number")


def test_wrong_choices_are_told_in_the_older_words(crm):
    assert refused(crm, title="sir") == {"title": ['"sir" is not a valid choice.']}
    assert list(refused(crm, customer_type="king")) == ["customer_type"]


def test_texts_of_an_entry_are_taken_as_numbers_too(crm):
    made = make(crm, addresses=[{"house_number": 7, "street": "Ring"}, {}], phones=[{"number": 493012345678}])
    assert made["addresses"] == [{"street": "Ring", "house_number": "7"}]
    assert made["phones"] == [{"number": "+493012345678"}]


def test_kind_of_a_number_is_kept_by_programs_that_know_no_kinds(crm):
    made = make(crm, **FULL)
    told = crm.patch(f"/rest-api/contact/{made['id']}/", {"phones": ["+4915112345678"]}).json()
    assert told["phones"] == [{"type": "mobile", "number": "+4915112345678"}]


def test_delete(crm):
    address = f"{PATH}{make(crm)['id']}/"
    assert [crm.delete(address).status_code, crm.get(address).status_code] == [204, 404]


def test_list_takes_the_same_queries_for_many_rows(crm, world, types, django_assert_num_queries):
    for _ in range(20):
        make(crm, **{**FULL, "customer_id": None, "contact_type": types["Supplier"]})
    crm.get(PATH)
    # Of the key 4, savepoint, count, page with types, phones, e-mails, addresses, release, and one of the wall.
    with django_assert_num_queries(12):
        assert len(crm.get(PATH).json()["results"]) == 20
