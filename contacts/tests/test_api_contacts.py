"""Contacts over REST."""

import pytest

from contacts.services import contacts
from tests import factories

pytestmark = pytest.mark.django_db

ANA = {
    "first_name": "Ana",
    "last_name": "Lopez",
    "phones": ["(555) 123-4567", {"number": "+33 6 12 34 56 78"}],
    "emails": [{"email": "ana@example.com"}],
}


def test_contact_is_made_with_phones_and_addresses(api):
    made = api.post("/rest-api/contact/", ANA)
    assert made.status_code == 201
    assert made.json()["phones"] == [{"number": "+15551234567"}, {"number": "+33612345678"}]
    assert made.json()["emails"] == [{"email": "ana@example.com"}]


def test_phones_that_are_sent_replace_the_old_ones(api):
    address = api.post("/rest-api/contact/", ANA).json()["url"]
    changed = api.patch(address, {"phones": ["+15557654321"], "first_name": "Anna"}).json()
    assert changed["phones"] == [{"number": "+15557654321"}]
    assert changed["emails"] == [{"email": "ana@example.com"}]
    assert changed["first_name"] == "Anna"


def test_impossible_phone_is_told_by_its_place(api):
    answer = api.post("/rest-api/contact/", {"phones": ["+15551234567", "12"]})
    assert answer.status_code == 400
    assert list(answer.json()["phones"]) == ["1"]


@pytest.mark.parametrize("phones", ["+15551234567", [1], [None], [[]], {"a": 1}, [{"x": 1}], None])
def test_phones_of_a_wrong_shape_are_400(api, phones):
    assert api.post("/rest-api/contact/", {"phones": phones}).status_code == 400


@pytest.mark.parametrize("emails", ["a@b.example", ["nobody"], [{"email": None}], [3]])
def test_addresses_of_a_wrong_shape_are_400(api, emails):
    assert api.post("/rest-api/contact/", {"emails": emails}).status_code == 400


def test_external_id_is_taken_once(api):
    assert api.post("/rest-api/contact/", {"external_id": "7"}).status_code == 201
    answer = api.post("/rest-api/contact/", {"external_id": "7"})
    told = {"external_id": ["Another one has that external id already."], "code": "external_id_taken"}
    assert (answer.status_code, answer.json()) == (409, told)


def test_external_id_of_another_contact_is_refused_likewise_when_one_is_changed(api):
    api.post("/rest-api/contact/", {"external_id": "7"})
    other = api.post("/rest-api/contact/", {"external_id": "8"}).json()
    answer = api.patch(other["url"], {"external_id": "7"})
    assert (answer.status_code, answer.json()["code"]) == (409, "external_id_taken")
    assert api.patch(other["url"], {"external_id": "8"}).status_code == 200


def test_empty_external_ids_are_many(api):
    assert [api.post("/rest-api/contact/", {"first_name": "A"}).status_code for _ in range(2)] == [201, 201]


def test_another_organization_may_use_the_same_external_id(api, stranger_api):
    assert api.post("/rest-api/contact/", {"external_id": "7"}).status_code == 201
    assert stranger_api.post("/rest-api/contact/", {"external_id": "7"}).status_code == 201


def test_51_contacts_are_50_and_a_next_link(api, world):
    for _ in range(51):
        factories.contact(world, phone="")
    page = api.get("/rest-api/contact/").json()
    assert (page["count"], len(page["results"])) == (51, 50)
    assert page["next"] == "http://testserver/rest-api/contact/?limit=50&offset=50"


def test_limit_is_clipped(api, world):
    factories.contact(world)
    assert api.get("/rest-api/contact/?limit=99999").json()["count"] == 1


@pytest.mark.parametrize(("offset", "status"), [("-1", 400), ("x", 400), ("9" * 30, 200), ("9" * 5000, 200)])
def test_odd_offsets_are_no_server_error(api, world, offset, status):
    assert api.get("/rest-api/contact/", {"offset": offset}).status_code == status


def test_contacts_are_found_by_start_phone_and_address(api, world):
    factories.contact(world, first_name="Zoe", phone="+15550000001", email="zoe@example.com")
    factories.contact(world)
    for query in ({"starts_with": "zO"}, {"phone": "+15550000001"}, {"email": "ZOE@example.com"}, {"search": "oe"}):
        assert [row["first_name"] for row in api.get("/rest-api/contact/", query).json()["results"]] == ["Zoe"]


def test_deleting_a_contact_removes_its_phones(api, world):
    contact = factories.contact(world)
    assert api.delete(f"/rest-api/contact/{contact.pk}/").status_code == 204
    assert api.get("/rest-api/contact/").json()["count"] == 0


def test_list_takes_the_same_queries_for_many_rows(api, world, django_assert_num_queries):
    for _ in range(30):
        factories.contact(world, email="ana@example.com")
    api.get("/rest-api/contact/")
    # user, membership, savepoint, count, page, phones, e-mail addresses, postal addresses, release
    with django_assert_num_queries(9):
        assert len(api.get("/rest-api/contact/").json()["results"]) == 30


def test_race_for_an_external_id_is_refused_as_any_other(api, monkeypatch):
    api.post("/rest-api/contact/", {"external_id": "7"})
    monkeypatch.setattr(contacts._TakenIds, "check", lambda *args, **kwargs: None)
    answer = api.post("/rest-api/contact/", {"external_id": "7"})
    assert (answer.status_code, answer.json()["code"]) == (409, "external_id_taken")
