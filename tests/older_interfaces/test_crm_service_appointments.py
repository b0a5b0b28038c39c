"""Appointments of the older contact and appointment service (spec/kupfer.md A2, A3, A8), by the checks' numbers."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import tenancy
from accounts.tests import test_tokens as tokens
from appointments.models import Appointment, AppointmentDrivingTime, AppointmentNote, AppointmentNotification
from appointments.services import crm_service_visits, visits
from contacts.models import Contact
from notifications.models import Attempt, Delivery
from notifications.providers import registry
from notifications.providers.memory import Memory
from notifications.services import dispatch
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
PATH, NOTES = "/appointment/", "/appointmentnotes/"
TOLD, DRIVES = "/appointmentnotifications/", "/appointmentdrivingtimes/"
NEW = {"start_date": "2018-01-15T10:00:00+01:00", "end_date": "2018-01-15T11:00:00+01:00", "type": ["Test Type"]}
BEN = uuid.UUID("6f1c9c1e-0000-4000-8000-00000000000b")


@pytest.fixture
def crm(world, clock):
    """Return a client with a token of Ana; the organization lives in Berlin."""
    world.organization.time_zone = "Europe/Berlin"
    world.organization.save()
    tokens.trust(world)
    return tokens.client(world)


@pytest.fixture
def stranger(other, clock):
    """Return a client with a token of another organization."""
    tokens.trust(other)
    return tokens.client(other)


@pytest.fixture
def post(monkeypatch):
    """Let every gateway's driver be one provider in memory."""
    memory = Memory(channel="email", can_list=False, can_look_up=False)
    monkeypatch.setattr(registry, "load", lambda name: memory if name else None)
    return memory


def made(crm, path=PATH, **fields):
    answer = crm.post(path, {**(NEW if path == PATH else {}), **fields})
    assert answer.status_code == 201, answer.content
    return answer.json()


def at(row):
    return f"{PATH}{row['uuid']}/"


def count(model):
    """Return how many rows there are, of whichever organization."""
    return model.objects.unscoped().count()


def results(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_an_appointment_has_the_documented_keys(crm):
    row = made(crm, name="Visit", address="Hauptstraße 1", summary="Roof", siteprofile_uuid=str(BEN))
    assert list(row) == [
        *("id", "uuid", "name", "start_date", "end_date", "type", "address", "siteprofile_uuid", "invitee_uuids"),
        *("organization_uuid", "workflowlevel2_uuids", "contact_uuid", "summary", "contact", "notes", "driving_times"),
    ]
    assert (row["start_date"], row["end_date"]) == (NEW["start_date"], NEW["end_date"])
    assert (row["name"], row["type"], row["contact"], row["notes"]) == ("Visit", ["Test Type"], None, [])
    assert crm.get(at(row)).json() == row


def test_an_appointment_is_a_visit_with_an_event_in_a_calendar_of_its_own(crm, world):
    row, second = made(crm, name="Roof"), made(crm)
    with tenancy.tenant(world.organization.pk):
        visit = Appointment.objects.select_related("event__calendar__user").get(uuid=row["uuid"])
        assert (visit.title, visit.owner_uuid, visit.event.title) == ("Roof", tokens.ANA, "Roof")
        assert visit.event.calendar.user.username == crm_service_visits.USERNAME
        assert Appointment.objects.get(uuid=second["uuid"]).event.calendar_id == visit.event.calendar_id
        visits.rename(visit, title="Cellar", now=NOW)
    assert crm.get(at(row)).json()["name"] == "Cellar"


# As the older documentation prints them, in an order in which each finds its row.
PRINTED = """
POST /appointment/
GET /appointment/
GET /appointment/{uuid}/
PUT /appointment/{uuid}/
PATCH /appointment/{uuid}/
POST /appointmentnotes/
GET /appointmentnotes/
GET /appointmentnotes/{id}/
PUT /appointmentnotes/{id}/
PATCH /appointmentnotes/{id}/
POST /appointmentnotifications/
GET /appointmentnotifications/
GET /appointmentnotifications/{id}/
PUT /appointmentnotifications/{id}/
PATCH /appointmentnotifications/{id}/
DELETE /appointmentnotifications/{id}/
DELETE /appointmentnotes/{id}/
DELETE /appointment/{uuid}/
"""


def test_documented_requests_run_as_printed(crm):
    rows: dict[str, dict] = {}
    for line in PRINTED.split("\n")[1:-1]:
        method, path = line.split()
        kind = path.split("/")[1]
        bodies = {
            PATH: NEW,
            NOTES: {"note": "Ring twice", "type": 1},
            TOLD: {"appointment": at(rows.get("appointment", {"uuid": BEN})), "recipient": "max@patients.example"},
        }
        body = bodies[f"/{kind}/"] if method in ("POST", "PUT") else {}
        answer = crm.generic(method, path.format(**rows.get(kind, {})), json.dumps(body), "application/json")
        assert answer.status_code == {"POST": 201, "DELETE": 204}.get(method, 200), (line, answer.content)
        if method == "POST":
            rows[kind] = answer.json()


@pytest.mark.parametrize("left_out", ["start_date", "end_date", "type"])
def test_missing_fields_are_400(crm, left_out):
    answer = crm.post(PATH, {name: value for name, value in NEW.items() if name != left_out})
    assert (answer.status_code, list(answer.json())) == (400, [left_out])


@pytest.mark.parametrize("field", ["type", "organization_uuid", "contact_uuid", "invitee_uuids", "name"])
def test_invalid_fields_are_400(crm, field):
    wrong = {"type": [], "organization_uuid": str(BEN), "contact_uuid": "x", "invitee_uuids": ["x"], "name": "x" * 51}
    answer = crm.post(PATH, {**NEW, field: wrong[field]})
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_an_organization_of_null_is_the_own_one(crm, world):
    assert made(crm, organization_uuid=None)["organization_uuid"] == str(world.organization.uuid)


def test_put_changes_what_was_sent(crm):
    row = made(crm, name="Roof", address="Hauptstraße 1")
    assert crm.put(at(row), {"name": "Cellar"}).json() == {**row, "name": "Cellar"}


def test_a_new_start_alone_leaves_the_end(crm):
    row = made(crm)
    assert crm.patch(at(row), {"start_date": "2018-01-15T09:30:00"}).json()["start_date"] == "2018-01-15T09:30:00+01:00"
    assert crm.get(at(row)).json()["end_date"] == NEW["end_date"]


def test_a_deleted_appointment_is_gone_with_its_event(crm, world):
    row = made(crm)
    assert crm.delete(at(row)).status_code == 204
    assert crm.get(at(row)).status_code == 404
    with tenancy.tenant(world.organization.pk):
        assert not Appointment.objects.exists()


def test_05_another_organization_sees_and_changes_nothing(crm, stranger, world):
    row = made(crm, notes=[{"type": 1, "note": "Secret"}])
    link = made(crm, TOLD, appointment=at(row), recipient="max@patients.example")["url"]
    drive = made(crm, DRIVES, appointment=row["id"], distance="2.5", time=7)
    addresses = [at(row), link, f"{NOTES}{row['notes'][0]['id']}/", f"{DRIVES}{drive['uuid']}/"]
    assert results(stranger.get(PATH)) == []
    assert [stranger.get(path).json() for path in (NOTES, TOLD, DRIVES)] == [[], [], []]
    for address in addresses:
        answers = [ask(address) for ask in (stranger.get, stranger.patch, stranger.delete)]
        assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_06_nobody_notifies_about_anothers_appointment(crm, stranger, post, world):
    row = made(crm)
    mail = stranger.post(TOLD, {"appointment": at(row), "recipient": "x@y.example", "send_notification": True})
    drive = stranger.post(DRIVES, {"appointment": row["id"], "distance": "1", "time": 1})
    note = stranger.post(NOTES, {"appointment": row["id"], "note": "x"})
    assert [(each.status_code, list(each.json())) for each in (mail, drive, note)] == [(400, ["appointment"])] * 3
    assert dispatch.run(seconds=5) == 0
    assert (post.ledger, count(AppointmentNotification), count(AppointmentDrivingTime)) == ([], 0, 0)


def test_07_naming_anothers_contact_shows_nothing_of_them(crm, stranger, world):
    contact = factories.contact(world)
    own, theirs = (made(each, contact_uuid=str(contact.uuid)) for each in (crm, stranger))
    assert own["contact"]["first_name"] == "Ana"
    assert (theirs["contact"], theirs["contact_uuid"]) == (None, str(contact.uuid))
    assert stranger.get(at(theirs)).json()["contact"] is None


def test_15_pages_are_30_and_2_and_at_most_2000(crm, world, monkeypatch):
    with tenancy.tenant(world.organization.pk):
        for _ in range(32):
            visits.book(contact=None, calendar=world.calendar, starts_at=NOW, now=NOW)
    first = crm.get(PATH, {"paginate": "true"}).json()
    assert (list(first), len(first["results"])) == (["next", "previous", "results"], 30)
    assert len(results(crm.get(first["next"]))) == 2
    assert len(results(crm.get(PATH, {"page_size": 2002}))) == 32
    assert "page_size=2002" not in (crm.get(PATH, {"page_size": 2002}).json()["next"] or "")


def test_16_me_is_who_the_token_names(crm, world):
    ben = tokens.client(world, core_user_uuid=str(BEN))
    mine, his = made(crm), made(ben, invitee_uuids=[str(tokens.ANA)])
    found = {
        (name, value): [row["id"] for row in results(crm.get(PATH, {name: value}))]
        for name, value in (("owner", "me"), ("owner", str(BEN)), ("invitee", "me"), ("invitee", str(BEN)))
    }
    assert list(found.values()) == [[mine["id"]], [his["id"]], [his["id"]], []]
    for name in ("owner", "invitee"):
        answer = crm.get(PATH, {name: "abc"})
        assert (answer.status_code, answer.json()) == (400, [f"“{name}” takes “me” or a User UUID."])


def test_appointments_are_found_by_contact_place_and_workflow(crm, world):
    contact = factories.contact(world)
    row = made(crm, contact_uuid=str(contact.uuid), siteprofile_uuid=str(BEN), workflowlevel2_uuids=[str(BEN)])
    loose = made(crm, contact_uuid=str(BEN))
    found = {
        name: [each["id"] for each in results(crm.get(PATH, {name: str(value)}))]
        for name, value in (("contact_uuid", contact.uuid), ("siteprofile_uuid", BEN), ("workflowlevel2_uuid", BEN))
    }
    assert found == dict.fromkeys(("contact_uuid", "siteprofile_uuid", "workflowlevel2_uuid"), [row["id"]])
    assert [each["id"] for each in results(crm.get(PATH, {"contact_uuid": str(BEN)}))] == [loose["id"]]
    assert crm.get(PATH, {"contact_uuid": "x"}).json() == {"contact_uuid": ["Enter a valid UUID."]}
    assert crm.get(PATH, {"workflowlevel2_uuid": "x"}).json() == ["“workflowlevel2_uuid” takes a UUID."]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"start_date_lte": "2018-1-28"}, [0, 1]),
        ({"start_date_gte": "2018-1-28"}, [1, 2]),
        ({"start_date_gte": "2018-01-28", "start_date_lte": "2018-01-28"}, [1]),
        ({"start_date_gte": "2018-01-29"}, [2]),
    ],
)
def test_17_days_are_whole_in_the_zone_of_the_organization(crm, asked, found):
    starts = ("2018-01-27T23:30:00", "2018-01-28T23:30:00", "2018-01-29T00:00:00")
    rows = [made(crm, start_date=start, end_date="2018-02-01T00:00:00")["id"] for start in starts]
    assert [row["id"] for row in results(crm.get(PATH, asked))] == [rows[place] for place in found]


@pytest.mark.parametrize("text", ["2018-01-28T10:00:00", "2018-02-30", "soon", "0001-01-01"])
def test_17_what_is_no_day_is_400(crm, text):
    answer = crm.get(PATH, {"start_date_lte": text})
    assert (answer.status_code, answer.json()) == (400, {"start_date": ["Enter a valid date."]})


def test_18_the_end_may_be_the_start_and_never_before_it(crm):
    late = {"start_date": "2018-01-15T12:00:00"}
    words = {"__all__": ["Start date cannot be later than end date."]}
    assert crm.post(PATH, {**NEW, **late}).json() == words
    row = made(crm)
    answer = crm.patch(at(row), late)
    assert (answer.status_code, answer.json()) == (400, words)
    assert crm.patch(at(row), {"start_date": NEW["end_date"]}).json()["start_date"] == NEW["end_date"]
    moment = made(crm, end_date=NEW["start_date"])
    assert crm.patch(at(moment), {"name": "A moment"}).json()["name"] == "A moment"


def test_19_notes_are_one_of_each_type(crm):
    twice = crm.post(PATH, {**NEW, "notes": [{"type": 1, "note": "a"}, {"type": 1, "note": "b"}]})
    assert (twice.status_code, twice.json()) == (400, {"notes": ["every type is only allowed once"]})
    row = made(crm, notes=[{"type": 1, "note": "First"}, {"type": 2, "note": "Second"}])
    changed = crm.patch(at(row), {"notes": [{"type": 2, "note": ""}, {"type": 3, "note": "Third"}]}).json()
    assert [(note["type"], note["note"]) for note in changed["notes"]] == [(1, "First"), (2, ""), (3, "Third")]
    assert crm.patch(at(row), {"name": "x"}).json()["notes"] == changed["notes"]
    assert list(changed["notes"][0]) == ["id", "note", "type"]


@pytest.mark.parametrize("note", [{"note": "x"}, {"type": 2}, {"type": 9, "note": "x"}])
def test_19_an_incomplete_note_is_400_and_nothing_is_written(crm, note):
    assert crm.post(PATH, {**NEW, "notes": [note]}).status_code == 400
    row = made(crm)
    answer = crm.patch(at(row), {"name": "x", "notes": [note]})
    assert (answer.status_code, list(answer.json())) == (400, ["notes"])
    assert (count(AppointmentNote), crm.get(at(row)).json()["name"]) == (0, "")


def test_notes_are_listed_made_changed_and_deleted(crm):
    row = made(crm)
    note = made(crm, NOTES, note="Call first", type=2, appointment=row["id"])
    assert note == {"id": note["id"], "note": "Call first", "type": 2}
    assert crm.get(NOTES).json() == crm.get(at(row)).json()["notes"] == [note]
    assert crm.post(NOTES, {"type": 2, "appointment": row["id"]}).json() == {
        "type": ["The visit has a note of this type already; change that one."]
    }
    assert made(crm, NOTES, note="Of no visit") == {"id": note["id"] + 1, "note": "Of no visit", "type": 1}
    address = f"{NOTES}{note['id']}/"
    assert crm.put(address, {"note": "Ring", "type": 1}).json() == {"id": note["id"], "note": "Ring", "type": 1}
    assert crm.delete(address).status_code == 204
    assert crm.get(address).status_code == 404


def listing(crm, count):
    with CaptureQueriesContext(connection) as captured:
        assert len(results(crm.get(PATH, {"page_size": 100}))) == count
    return len(captured)


def test_21_100_appointments_take_as_many_queries_as_two(crm, world):
    contact = factories.contact(world)
    for number in (2, 98):
        with tenancy.tenant(world.organization.pk):
            rows = [
                visits.book(contact=contact if place % 2 else None, calendar=world.calendar, starts_at=NOW, now=NOW)
                for place in range(number)
            ]
            AppointmentNote.objects.bulk_create(AppointmentNote(appointment=row, note="x") for row in rows)
            AppointmentDrivingTime.objects.bulk_create(
                AppointmentDrivingTime(appointment=row, distance=1, time=1) for row in rows
            )
        if number == 2:
            crm.get(PATH)
            few = listing(crm, 2)
    assert listing(crm, 100) == few


def test_22_a_driving_time_tells_two_places_and_takes_the_number(crm):
    row = made(crm)
    drive = made(crm, DRIVES, appointment=row["id"], distance=2.5, time=12)
    assert drive == {
        "uuid": drive["uuid"],
        "distance": "2.50",
        "time": 12,
        "time_point": None,
        "appointment": row["id"],
    }
    assert crm.get(f"{DRIVES}{drive['uuid']}/").json() == drive
    assert crm.get(DRIVES).json() == crm.get(at(row)).json()["driving_times"] == [drive]
    assert made(crm, PATH, driving_times=[{"distance": 1}])["driving_times"] == []
    assert crm.delete(f"{DRIVES}{drive['uuid']}/").status_code == 204


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"time": 1}, "distance"),
        ({"distance": 1}, "time"),
        ({"distance": "1000", "time": 1}, "distance"),
        ({"distance": -1, "time": 1}, "distance"),
        ({"distance": 1, "time": -1}, "time"),
        ({"distance": 1, "time": 32768}, "time"),
    ],
)
def test_22_a_wrong_driving_time_is_400(crm, fields, wrong):
    answer = crm.post(DRIVES, {"appointment": made(crm)["id"], **fields})
    assert (answer.status_code, list(answer.json())) == (400, [wrong])


def notified(crm, row, **fields):
    return made(crm, TOLD, **{"appointment": at(row), "recipient": "max@patients.example", **fields})


def test_23_one_mail_leaves_however_often_it_is_saved(crm, post):
    told = notified(crm, made(crm), send_notification=True)
    assert (told["sent_at"], told["state"]) == (None, "scheduled")
    dispatch.run(seconds=5)
    again = crm.put(told["url"], {"send_notification": True, "message": "Once more"}).json()
    dispatch.run(seconds=5)
    assert (len(post.ledger), again["sent_at"], again["state"]) == (1, "2026-11-23T09:00:00Z", "accepted")


def test_a_notification_has_the_documented_keys_and_words(crm):
    row = made(crm)
    told = notified(crm, row)
    assert list(told) == [
        *("url", "id", "sent_at", "appointment", "subject", "message", "recipient", "send_notification"),
        *("org_phone", "org_name", "send_at", "state"),
    ]
    assert told["appointment"] == f"http://testserver{at(row)}"
    assert told["subject"]
    assert told["message"]
    assert (told["sent_at"], count(Delivery)) == (None, 0)
    assert notified(crm, row, appointment=told["appointment"])["id"] == told["id"] + 1
    assert [each["id"] for each in crm.get(TOLD, {"ordering": "-id"}).json()] == [told["id"] + 1, told["id"]]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"recipient": "nobody"}, "__all__"),
        ({"recipient": ""}, "recipient"),
        ({"appointment": f"{PATH}{BEN}/"}, "appointment"),
        ({"appointment": str(BEN)}, "appointment"),
    ],
)
def test_a_wrong_notification_is_400(crm, fields, wrong):
    row = made(crm)
    answer = crm.post(TOLD, {"appointment": at(row), "recipient": "max@patients.example", **fields})
    assert (answer.status_code, list(answer.json())) == (400, [wrong])


def test_26_an_outage_of_the_mail_server_is_no_matter_of_the_request(crm, world, clock):
    with tenancy.tenant(world.organization.pk):
        visit = visits.book(
            contact=None, calendar=world.calendar, starts_at=NOW + timedelta(hours=1), now=NOW, owner_uuid=tokens.ANA
        )
    # Nothing listens where the gateway of the clinic sends.
    told = notified(crm, {"uuid": visit.uuid}, send_notification=True)
    dispatch.run(seconds=5)
    waits = crm.get(told["url"]).json()
    assert (waits["state"], waits["sent_at"], count(Attempt)) == ("scheduled", None, 1)
    clock.forward(minutes=59, seconds=59)
    dispatch.run(seconds=5)
    assert AppointmentNotification.objects.unscoped().get().state == "failed"


def test_a_visit_of_nobody_may_become_a_patients_and_stays_theirs(crm, world):
    ana, eva = factories.contact(world), factories.contact(world, phone="+15559990000", first_name="Eva")
    row = made(crm)
    assert crm.patch(at(row), {"contact_uuid": str(ana.uuid)}).json()["contact"]["first_name"] == "Ana"
    for other in (str(eva.uuid), None):
        answer = crm.patch(at(row), {"contact_uuid": other})
        assert (answer.status_code, list(answer.json())) == (400, ["contact_uuid"])
    with tenancy.tenant(world.organization.pk):
        assert Appointment.objects.get().event.contact == Contact.objects.get(pk=ana.pk)


def test_order_and_unknown_numbers(crm):
    late = made(crm, start_date="2018-01-16T10:00:00", end_date="2018-01-16T11:00:00")["id"]
    early = made(crm)["id"]
    assert [row["id"] for row in results(crm.get(PATH, {"ordering": "start_date"}))] == [early, late]
    assert [row["id"] for row in results(crm.get(PATH, {"ordering": "-end_date"}))] == [late, early]
    assert [row["id"] for row in results(crm.get(PATH))] == [late, early]
    for path in (f"{PATH}{BEN}/", f"{PATH}abc/", f"{PATH}{'-' * 36}/", f"{DRIVES}{BEN}/", f"{NOTES}987654321/"):
        assert crm.get(path).status_code == 404


def test_a_change_depends_on_what_was_seen(crm):
    row = made(crm)
    tag = crm.get(at(row)).headers["ETag"]
    assert crm.patch(at(row), {"notes": [{"type": 1, "note": "x"}]}, HTTP_IF_MATCH=tag).status_code == 200
    assert crm.patch(at(row), {"name": "x"}, HTTP_IF_MATCH=tag).status_code == 412


def move_alone():
    Appointment.objects.update(starts_at=datetime(2018, 1, 15, 8, tzinfo=UTC))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_refuses_a_visit_of_nobody_that_differs_from_its_event(crm, world):
    made(crm)
    with (
        tenancy.tenant(world.organization.pk),
        pytest.raises(IntegrityError, match="differs from its event"),
        transaction.atomic(),
    ):
        move_alone()
