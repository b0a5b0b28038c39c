"""Visits with their contacts and reminders in one request, one and many."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import tenancy
from accounts.models import AuditEntry
from appointments.models import Appointment, HistoryEntry
from appointments.services import new_visits
from calendars.models import Alarm, Event
from contacts.models import Contact
from tests import factories
from tests.clients import key_client

pytestmark = pytest.mark.django_db
ADDRESS = "/rest-api/appointment/"
BULK = f"{ADDRESS}bulk/"


def link(path, pk):
    return f"/rest-api/{path}/{pk}/"


@pytest.fixture
def item(world, clock):
    """Return what makes a visit with a new contact and a reminder, by its number."""

    def made(number, **fields):
        return {
            "calendar": link("calendar", world.calendar.pk),
            "starts_at": f"2026-11-25T{8 + number % 8:02d}:{number // 8 % 60:02d}",
            "title": "Cleaning",
            "external_id": f"visit-{number}",
            "new_contact": {
                "first_name": f"A{number}",
                "phones": [{"number": f"+1212555{number:04d}"}],
                "external_id": f"person-{number}",
            },
            "reminder": {"method": 2, "sms_template": link("sms-template", world.sms_template.pk)},
            **fields,
        }

    return made


def told(answer):
    return [(row["status"], row.get("refusal", {}).get("code")) for row in answer.json()["results"]]


def test_visit_is_booked_with_a_new_contact_and_a_reminder(api, item):
    answer = api.post(f"{ADDRESS}?expand=contact,reminders", item(1))
    assert answer.status_code == 201, answer.content
    expanded = answer.json()["expanded"]
    assert expanded["contact"]["phones"] == [{"number": "+12125550001"}]
    (reminder,) = expanded["reminders"]
    assert (reminder["method"], reminder["advance_notice"], reminder["state"]) == (2, 86400, "planned")
    assert reminder["event"] == answer.json()["event"]


def test_known_contact_is_taken_as_it_is(api, item, world):
    known = factories.contact(world, first_name="Ana", external_id="person-1")
    made = api.post(ADDRESS, item(1)).json()
    assert made["contact"].endswith(f"/contact/{known.pk}/")
    assert Contact.objects.unscoped().get(pk=known.pk).first_name == "Ana"


@pytest.mark.parametrize("extra", [{"contact": None}, {"new_contact": None}, {}])
def test_visit_has_one_contact(api, item, world, extra):
    fields = item(1, contact=link("contact", factories.contact(world).pk))
    for name in extra:
        del fields["contact"], fields["new_contact"]
        fields.pop(name, None)
    assert (api.post(ADDRESS, fields).status_code, Appointment.objects.unscoped().count()) == (400, 0)


def test_reminder_that_reaches_nobody_lets_nothing_be_made(api, item):
    fields = item(1, new_contact={"first_name": "Bo"})
    answer = api.post(ADDRESS, fields)
    assert (answer.status_code, answer.json()["code"]) == (400, "no_recipient")
    assert (Contact.objects.unscoped().count(), Event.objects.unscoped().count()) == (0, 0)


def test_each_item_has_its_result(api, item, world):
    api.post(ADDRESS, item(1))
    items = [
        item(2),
        item(1, starts_at="2026-11-26T09:00"),
        item(3, calendar=link("calendar", 10**9)),
        item(4, ends_at="2026-11-20T09:00"),
        item(5, new_contact={"first_name": "Bo"}),
        item(6, external_id="visit-2"),
        item(7, rule=link("rule", 6), end_recurring_period="2026-11-27T20:00"),
        {"id": 10**9, "title": "Other"},
        item(8, time_zone="Mars/Base"),
        "nothing",
    ]
    answer = api.post(BULK, {"items": items})
    assert answer.status_code == 200, answer.content
    assert told(answer) == [
        (201, None),
        (200, None),
        (400, "invalid"),
        (400, "end_before_start"),
        (400, "no_recipient"),
        (409, "external_id_taken"),
        (201, None),
        (404, "not_found"),
        (400, "time_zone"),
        (400, "invalid"),
    ]
    results = answer.json()["results"]
    assert [row["index"] for row in results] == list(range(10))
    assert results[0]["external_id"] == "visit-2"
    assert api.get(results[1]["url"]).json()["starts_at"].startswith("2026-11-26T09:00")
    names = set(Contact.objects.unscoped().values_list("first_name", flat=True))
    assert names == {"A1", "A2", "A7"}  # of what was refused, no contact stays


def test_what_is_sent_again_changes_nothing(api, item):
    items = [item(number) for number in range(5)]
    first, again = (api.post(BULK, {"items": items}) for _ in range(2))
    assert told(first) == [(201, None)] * 5
    assert told(again) == [(200, None)] * 5
    assert [row["id"] for row in first.json()["results"]] == [row["id"] for row in again.json()["results"]]
    assert (
        Appointment.objects.unscoped().count(),
        Alarm.objects.unscoped().count(),
        Contact.objects.unscoped().count(),
    ) == (5, 5, 5)


def queries_of(api, items, wanted):
    with CaptureQueriesContext(connection) as found:
        answer = api.post(BULK, {"items": items})
    assert {status for status, _ in told(answer)} == {wanted}
    return len(found)


@pytest.mark.parametrize("method", [2, 3])
def test_many_take_the_same_queries_as_two(api, item, world, method):
    def reminded(number):
        template = {2: "sms_template", 3: "mail_template"}[method]
        words = link(template.replace("_", "-"), getattr(world, template).pk)
        made = item(number, reminder={"method": method, template: words})
        made["new_contact"]["emails"] = [{"email": f"a{number}@patients.example"}]
        return made

    few, many = [reminded(1), reminded(2)], [reminded(number) for number in range(3, 15)]
    queries_of(api, [reminded(0)], 201)
    assert queries_of(api, many, 201) == queries_of(api, few, 201)
    assert queries_of(api, many, 200) == queries_of(api, few, 200)


def test_visits_are_changed_by_their_ids(api, item):
    made = api.post(BULK, {"items": [item(1), item(2)]}).json()["results"]
    changes = [{"id": made[0]["id"], "status": "confirmed"}, {"id": made[1]["id"], "starts_at": "2026-11-25T15:00"}]
    assert told(api.post(BULK, {"items": changes})) == [(200, None)] * 2
    assert [api.get(row["url"]).json()["status"] for row in made] == ["confirmed", "scheduled"]
    assert api.get(made[1]["url"]).json()["ends_at"].startswith("2026-11-25T16:00")


def test_change_that_is_refused_in_part_changes_nothing(api, item):
    (made,) = api.post(BULK, {"items": [item(1)]}).json()["results"]
    api.post(BULK, {"items": [{"id": made["id"], "status": "completed"}]})
    change = {"id": made["id"], "external_id": "other", "status": "confirmed"}
    assert told(api.post(BULK, {"items": [change]})) == [(409, "illegal_status")]
    row = api.get(made["url"]).json()
    assert (row["external_id"], row["status"]) == ("visit-1", "completed")


@pytest.mark.parametrize("number", [True, "7", None, 10**30, -1, [7]])
def test_id_that_is_none_finds_nothing(api, item, number):
    (made,) = api.post(BULK, {"items": [item(1)]}).json()["results"]
    HistoryEntry.objects.unscoped().filter(appointment=made["id"]).delete()
    Appointment.objects.unscoped().filter(pk=made["id"]).update(id=1 if number is True else 7)
    assert told(api.post(BULK, {"items": [{"id": number, "title": "Other"}]})) == [(404, "not_found")]


def test_visits_of_others_are_not_there(api, item, world):
    stranger = factories.world("Lakeside")
    with tenancy.tenant(stranger.organization.pk):
        event = factories.event(stranger, start=factories.NOW, contact=factories.contact(stranger))
        theirs = Appointment.objects.create(
            clinic=stranger.clinic, contact=event.contact, event=event, starts_at=event.start, ends_at=event.end
        )
    assert told(api.post(BULK, {"items": [{"id": theirs.pk, "title": "Mine"}]})) == [(404, "not_found")]


def test_event_of_a_visit_is_changed_with_the_visit(api, item):
    (made,) = api.post(BULK, {"items": [item(1)]}).json()["results"]
    visit = Appointment.objects.unscoped().get(pk=made["id"])
    change = {"id": visit.event_id, "title": "Surgery", "external_id": "mine"}
    assert told(api.post("/rest-api/event/bulk/", {"items": [change]})) == [(200, None)]
    visit = Appointment.objects.unscoped().select_related("event").get(pk=made["id"])
    assert (visit.title, visit.event.external_id, visit.external_id) == ("Surgery", "mine", "visit-1")


def test_many_are_the_same_as_each_alone(item, world, clock, inside):
    """The rows of one that is booked alone, and of one among many, differ by their ids only."""
    fields = {
        "calendar": world.calendar,
        "starts_at": factories.NOW.replace(tzinfo=None),
        "title": "Cleaning",
        "new_contact": {"first_name": "Ana", "phones": ["+12125550001"]},
        "reminder": {"method": 2, "advance_notice": 3600, "sms_template": world.sms_template},
    }
    one = new_visits.book(fields, now=clock.at)
    (other,) = new_visits.book_many([fields], now=clock.at)
    assert rows_of(one) == rows_of(other)
    assert AuditEntry.objects.filter(kind="appointments.appointment", action="create").count() == 2


def rows_of(visit):
    own = {"id", "event_id", "contact_id", "uuid", "updated_in", "customer_id"}
    event = Event.objects.unscoped().get(pk=visit.event_id)
    found = [Appointment.objects.unscoped().get(pk=visit.pk), event, event.alarms.get(), event.contact]
    return [
        {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.attname not in own}
        for row in found
    ]


@pytest.mark.parametrize("body", [{}, {"items": []}, {"items": "x"}, {"items": [{}] * 1001}, []])
def test_list_has_its_bounds(api, body):
    assert api.post(BULK, body).status_code == 400


def test_page_with_all_relations_takes_the_same_queries_for_many(api, item, django_assert_max_num_queries):
    api.post(BULK, {"items": [item(number) for number in range(12)]})
    asked = f"{ADDRESS}?expand=contact,calendar,clinic,event,reminders"
    with django_assert_max_num_queries(14):
        rows = api.get(asked).json()["results"]
    assert len(rows) == 12
    assert [row["expanded"]["contact"]["first_name"] for row in rows] == [f"A{number}" for number in range(12)]
    assert rows[0].keys() - {"expanded"} == api.get(rows[0]["url"]).json().keys()


def test_only_what_can_be_expanded_is(api, world):
    assert api.get(ADDRESS, {"expand": "organization"}).json()["expand"] == [
        "“organization” is none of contact, calendar, clinic, provider, operatory, appointment_type, event, reminders."
    ]
    assert api.get("/rest-api/rule/", {"expand": "x"}).status_code == 400


def test_key_reads_no_more_by_expanding(world, item, api):
    api.post(ADDRESS, item(1))
    narrow = key_client(world, scopes=["desk:read"])
    assert narrow.get(ADDRESS, {"expand": "contact"}).status_code == 200
    assert narrow.get(ADDRESS, {"expand": "clinic"}).status_code == 403


def test_expanded_row_has_no_tag(api, item):
    made = api.post(ADDRESS, item(1)).json()
    assert "ETag" in api.get(made["url"])
    assert "ETag" not in api.get(made["url"], {"expand": "contact"})
