"""Many contacts in one request."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from contacts.errors import EmptyContact
from contacts.models import Contact
from contacts.services import contacts
from tests import factories
from tests.clients import key_client

pytestmark = pytest.mark.django_db
BULK = "/rest-api/contact/bulk/"


def person(number, **fields):
    """Return what makes a contact with all its parts."""
    return {
        "first_name": f"A{number}",
        "last_name": "Lopez",
        "phones": [{"type": "mobile", "number": f"(212) 555-{number:04d}"}, f"+1212556{number:04d}"],
        "emails": [{"type": "office", "email": f"a{number}@patients.example"}],
        "addresses": [{"type": "home", "street": "Main Street", "city": "Albany"}],
        "external_id": f"crm-{number}",
        **fields,
    }


def put(api, *items):
    """Send items; return status and code of each result, and the results."""
    answer = api.post(BULK, {"items": list(items)})
    assert answer.status_code == 200, answer.content
    results = answer.json()["results"]
    assert [row["index"] for row in results] == list(range(len(items)))
    return [(row["status"], row.get("refusal", {}).get("code")) for row in results], results


def test_each_item_has_its_result(api, world):
    put(api, person(1))
    told, results = put(
        api,
        person(2),
        person(1, last_name="Meyer", phones=[f"+1212555{9:04d}"]),
        person(3, phones=["1"]),
        {"notes": "Who?"},
        person(4, external_id="crm-2"),
        person(5, customer_id=10001),
        {"id": 10**9, "last_name": "Other"},
        person(6, nickname="Bo"),
        person(7, contact_type="00000000-0000-0000-0000-000000000000"),
        "nothing",
    )
    assert told == [
        (201, None),
        (200, None),
        (400, "invalid"),
        (400, "empty_contact"),
        (409, "external_id_taken"),
        (400, "customer_id_taken"),
        (404, "not_found"),
        (400, "invalid"),
        (400, "invalid"),
        (400, "invalid"),
    ]
    changed = api.get(results[1]["url"]).json()
    assert (changed["last_name"], changed["phones"]) == ("Meyer", [{"number": "+12125550009"}])
    assert Contact.objects.unscoped().count() == 2


def test_bulk_contact_is_as_one_that_is_made_alone(api):
    alone = api.post("/rest-api/contact/", person(1)).json()
    _, results = put(api, person(1, external_id="other"))
    other = api.get(results[0]["url"]).json()
    own = {"url", "id", "uuid", "customer_id", "external_id", "created_at", "updated_at"}
    assert {name: alone[name] for name in alone if name not in own} == {
        name: other[name] for name in other if name not in own
    }
    assert (alone["customer_id"], other["customer_id"]) == (10001, 10002)


def test_contacts_that_are_sent_again_stay_as_they_are(api):
    items = [person(number) for number in range(4)]
    _, first = put(api, *items)
    before = [api.get(row["url"])["ETag"] for row in first]
    told, again = put(api, *items)
    assert told == [(200, None)] * 4
    assert [row["id"] for row in first] == [row["id"] for row in again]
    assert [api.get(row["url"])["ETag"] for row in first] == before
    entries = AuditEntry.objects.unscoped().filter(kind="contacts.contact")
    assert {entry.action for entry in entries} == {"create"}


def test_bulk_change_is_as_a_change_alone(api):
    _, results = put(api, person(1), person(2))
    addresses = [{"type": "billing", "street": "Elm Street"}]
    change = {"notes": "Deaf", "emails": ["b@patients.example"], "addresses": addresses, "phones": [f"+1212555{7:04d}"]}
    told, _ = put(api, {"id": results[0]["id"], **change})
    assert told == [(200, None)]
    assert api.patch(results[1]["url"], change).status_code == 200
    one, other = (api.get(row["url"]).json() for row in results)
    assert [one[name] for name in change] == [other[name] for name in change]
    entries = AuditEntry.objects.unscoped().filter(action="update", kind="contacts.contact").order_by("pk")
    assert entries[0].changed == entries[1].changed
    assert "notes" in entries[0].changed


def test_kind_of_a_number_is_kept_by_a_bulk_change(api):
    _, results = put(api, person(1))
    put(api, {"external_id": "crm-1", "phones": ["+12125550001"]})
    assert api.get(results[0]["url"]).json()["phones"] == [{"type": "mobile", "number": "+12125550001"}]


def test_contact_that_stands_twice_is_changed_twice(api):
    _, results = put(api, person(1))
    told, _ = put(api, person(1, last_name="First"), {"id": results[0]["id"], "last_name": "Second"})
    assert told == [(200, None)] * 2
    assert api.get(results[0]["url"]).json()["last_name"] == "Second"


def test_change_that_is_refused_changes_nothing(api):
    _, results = put(api, person(1), person(2), {"emails": ["c@patients.example"]})
    told, _ = put(
        api,
        {"id": results[0]["id"], "external_id": "crm-2", "notes": "New"},
        {"id": results[1]["id"], "customer_id": 10001, "notes": "New"},
        {"id": results[2]["id"], "emails": []},
    )
    assert told == [(409, "external_id_taken"), (400, "customer_id_taken"), (400, "empty_contact")]
    assert set(Contact.objects.unscoped().values_list("notes", flat=True)) == {""}
    assert api.get(results[2]["url"]).json()["emails"] == [{"email": "c@patients.example"}]


def test_two_cannot_be_given_one_id(api):
    _, results = put(api, person(1), person(2))
    told, _ = put(api, *({"id": row["id"], "external_id": "same", "customer_id": 5} for row in results))
    assert told == [(200, None), (409, "external_id_taken")]
    told, _ = put(api, {"id": results[1]["id"], "customer_id": 5})
    assert told == [(400, "customer_id_taken")]


def test_contacts_without_a_customer_id_get_one_each(api, world):
    rows = [factories.contact(world, customer_id=None) for _ in range(2)]
    put(api, *({"id": row.pk, "customer_id": None} for row in rows))
    numbers = Contact.objects.unscoped().order_by("pk").values_list("customer_id", flat=True)
    assert list(numbers) == [10001, 10002]


def test_contacts_of_others_are_not_there(api, other):
    theirs = factories.contact(other, external_id="crm-1")
    told, _ = put(api, {"id": theirs.pk, "last_name": "Mine"}, person(1))
    assert told == [(404, "not_found"), (201, None)]


def test_many_contacts_take_the_same_queries_as_two(api):
    def queries(items, status):
        with CaptureQueriesContext(connection) as found:
            told, _ = put(api, *items)
        assert set(told) == {(status, None)}
        return len(found)

    def changed(number):
        return person(number, notes="x", phones=["+12125550000"], emails=[], addresses=[], customer_id=None)

    kind = api.get("/rest-api/contacttype/").json()[0]["uuid"]
    few, many = [[person(number, contact_type=kind) for number in numbers] for numbers in ((1, 2), range(3, 15))]
    queries([person(0)], 201)
    assert queries(many, 201) == queries(few, 201)
    assert queries(many, 200) == queries(few, 200)
    assert queries([changed(number) for number in range(3, 15)], 200) == queries([changed(1), changed(2)], 200)


def test_key_that_only_reads_changes_nothing(world):
    narrow = key_client(world, scopes=["desk:read"])
    assert narrow.post(BULK, {"items": [person(1)]}).status_code == 403


@pytest.mark.parametrize("body", [{}, {"items": []}, {"items": "x"}, {"items": [{}] * 1001}, []])
def test_list_of_contacts_has_its_bounds(api, body):
    assert api.post(BULK, body).status_code == 400


def test_field_beside_the_items_is_refused(api):
    answer = api.post(BULK, {"items": [person(1)], "dry_run": True})
    assert (answer.status_code, list(answer.json())) == (400, ["dry_run", "code"])
    assert Contact.objects.unscoped().count() == 0


def test_of_many_an_empty_one_is_refused(inside):
    made, refused = contacts.create_many([{"first_name": "Ana"}, {"notes": "Who?"}])
    assert (made.first_name, type(refused)) == ("Ana", EmptyContact)
    assert isinstance(contacts.create_many([{"notes": "Who?"}], may_be_empty=True)[0], Contact)
