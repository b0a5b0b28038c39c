"""The person goes, the receipts stay."""

import json
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts import tenancy
from appointments.models import Appointment
from calendars.models import Alarm, AlarmRequest, Event
from calendars.services import events
from calendars.services.alarms import alarm_queueing
from contacts.errors import MessageUnderWay
from contacts.models import Contact, Erasure
from contacts.services import contacts, erasure, retention
from notifications.errors import NoLongerUseful
from notifications.models import Attempt, Delivery, InboundEvent, StaffItem, Suppression
from notifications.providers.pushed_events import WebhookRequest
from notifications.services import dispatch, outbox, webhook_storage
from tests import factories
from tests.clients import client_of
from tests.factories import NOW
from tests.privacy import patients

pytestmark = pytest.mark.django_db

SECRETS = ("zeb", "Zeb", "fisch", "Fisch", "7778899", "PAT-9", "APT-", "ill")


def left(organization):
    told = patients.told(organization)
    return [secret for secret in SECRETS if secret in told]


def receipts(world):
    """Return what must stay: states, times and ids, apart from what erasure cancels."""
    with tenancy.tenant(world.organization.pk):
        return [
            list(Delivery.objects.exclude(origin="answer").values_list("pk", "state", "due_at", "accepted_at")),
            list(Attempt.objects.values_list("pk", "number", "state", "provider_id", "started_at", "finished_at")),
            list(InboundEvent.objects.values_list("pk", "kind", "event_key", "received_at", "processed_at", "outcome")),
            list(AlarmRequest.objects.values_list("pk", "date", "status", "state", "attempt")),
            list(Appointment.objects.values_list("pk", "starts_at", "ends_at", "created_at")),
        ]


def test_nothing_tells_who_it_was(inside, patient):
    assert left(inside.organization) != []
    erasure.erase(patient, by=inside.owner, now=NOW)
    assert left(inside.organization) == []


def test_receipts_stay(inside, patient):
    before = receipts(inside)
    erasure.erase(patient, by=inside.owner, now=NOW)
    assert receipts(inside) == before
    assert [len(rows) for rows in before] == [1, 1, 2, 1, 2]


def test_record_of_the_erasure_counts_the_rows(inside, patient):
    made = erasure.erase(patient, by=inside.owner, now=NOW)
    assert (made.erased_at, made.erased_by, made.contact_id) == (NOW, inside.owner, patient.pk)
    assert made.counts == {
        "deliveries": 2,
        "attempts": 1,
        "inbound": 2,
        "things_for_staff": 2,
        "survey_results": 1,
        "call_requests": 1,
        "events": 2,
        "alarms": 2,
        "appointment_history": 6,
        "appointment_notes": 1,
        "appointment_notifications": 1,
        "appointments": 2,
        "phones": 1,
        "addresses": 1,
        "emails": 1,
    }


def test_token_stands_in_place_of_the_number(inside, patient):
    made = erasure.erase(patient, by=None, now=NOW)
    assert made.token.startswith("erased-")
    assert set(Delivery.objects.values_list("recipient", flat=True)) == {made.token}
    assert set(InboundEvent.objects.values_list("sender", flat=True)) == {made.token}


def test_visits_to_come_are_cancelled_with_their_reminders(inside, patient):
    erasure.erase(patient, by=None, now=NOW)
    assert list(Appointment.objects.values_list("status", flat=True)) == ["cancelled", "cancelled"]
    assert list(Event.objects.values_list("cancelled_at", flat=True)) == [NOW, NOW]
    assert list(Alarm.objects.order_by("pk").values_list("state", "reason")) == [
        ("sent", ""),
        ("cancelled", "event_cancelled"),
    ]


def test_visits_that_were_keep_their_status(inside, patient, clock):
    clock.forward(days=3)
    erasure.erase(patient, by=None, now=clock.at)
    rows = Appointment.objects.order_by("starts_at")
    assert list(rows.values_list("status", flat=True)) == ["scheduled", "cancelled"]


def test_series_ends_and_its_past_stays(inside, clock):
    contact = factories.contact(inside)
    root = events.create(
        calendar=inside.calendar,
        creator=inside.calendar_user,
        title="Weekly",
        start=NOW + timedelta(hours=1),
        now=NOW,
        recurrence="RRULE:FREQ=WEEKLY",
        contact=contact,
    )
    clock.forward(days=8)
    erasure.erase(contact, by=None, now=clock.at)
    root.refresh_from_db()
    rows = Event.objects.filter(parent_event=root).order_by("start")
    assert (root.series_ended, root.cancelled_at, root.title) == (True, None, "Erased")
    assert rows[0].cancelled_at is None
    assert {row.cancelled_at for row in rows[1:]} == {clock.at}
    assert set(rows.values_list("title", flat=True)) == {"Erased"}


def test_message_that_waits_is_stopped_and_never_leaves(inside, provider, clock):
    contact = factories.contact(inside)
    patients.book(inside, contact, days=1)
    alarm_queueing.plan()
    erasure.erase(contact, by=None, now=NOW)
    assert list(Delivery.objects.values_list("state", flat=True)) == ["cancelled"]
    dispatch.run(seconds=1)
    assert provider.ledger == []


@pytest.mark.parametrize("state", ["calling", "in_doubt"])
def test_person_with_a_message_under_way_stays_until_it_is_settled(inside, patient, state):
    Delivery.objects.filter(origin="answer").update(state="leased")
    Delivery.objects.filter(origin="answer").update(state="calling")
    Delivery.objects.filter(origin="answer").update(state=state)
    before = patients.told(inside.organization)
    with pytest.raises(MessageUnderWay):
        erasure.erase(patient, by=None, now=NOW)
    assert patients.told(inside.organization) == before


def test_failed_message_cannot_be_tried_again(inside, patient):
    Delivery.objects.filter(origin="answer").update(state="failed")
    erasure.erase(patient, by=None, now=NOW)
    with pytest.raises(NoLongerUseful):
        outbox.retry(Delivery.objects.get(state="failed"), now=NOW)


def test_stop_outlives_the_person(inside, patient, provider):
    erasure.erase(patient, by=None, now=NOW)
    again = contacts.create(first_name="Zebrina", phones=[patients.PHONE])
    patients.book(inside, again, days=1)
    alarm_queueing.plan()
    dispatch.run(seconds=1)
    assert Delivery.objects.get(contact=again).state == "suppressed"
    assert list(Suppression.objects.values_list("address", "lifted_at")) == [(patients.PHONE, None)]
    assert len(provider.ledger) == 1


def test_second_time_changes_nothing(inside, patient):
    first = erasure.erase(patient, by=inside.owner, now=NOW)
    before, uuid = receipts(inside), first.token
    second = erasure.erase(patient, by=None, now=NOW + timedelta(days=1))
    assert (second.pk, second.token, second.erased_at, second.counts) == (first.pk, uuid, NOW, first.counts)
    assert receipts(inside) == before
    assert Erasure.objects.count() == 1


def test_same_phone_in_another_clinic_is_not_touched(world, other, patient):
    patients.live(other)
    before = patients.told(other.organization)
    erasure.erase(patient, by=None, now=NOW)
    assert patients.told(other.organization) == before


def test_family_member_with_the_same_phone_is_not_touched(inside, clock, provider):
    patients.live(inside, first_name="Otto", last_name="Otter", external_id="O")
    child = factories.contact(inside, phone=patients.PHONE)
    before = patients.told(inside.organization)
    erasure.erase(child, by=None, now=NOW)
    with tenancy.tenant(inside.organization.pk):
        kept = [row for row in before.splitlines() if "Otto" in row or "said" in row]
    assert [row for row in kept if row not in patients.told(inside.organization)] == []
    assert InboundEvent.objects.filter(sender=patients.PHONE).count() == 2


def test_late_receipt_is_blanked_by_night(inside, patient, provider):
    erasure.erase(patient, by=None, now=NOW)
    attempt = Attempt.objects.get()
    InboundEvent.objects.create(
        gateway=inside.sms_gateway,
        kind="receipt",
        event_key="late",
        raw=f"to {patients.PHONE}",
        attempt=attempt,
        processed_at=NOW,
    )
    assert left(inside.organization) == ["7778899"]
    retention.apply_policies(now=NOW + timedelta(days=1), seconds=5)
    assert left(inside.organization) == []


def test_person_who_comes_back_is_spared_by_night(inside, patient):
    erasure.erase(patient, by=None, now=NOW)
    contacts.change(Contact.objects.get(pk=patient.pk), first_name="Zebrina", phones=[patients.PHONE])
    patients.book(inside, patient, days=5)
    retention.apply_policies(now=NOW + timedelta(days=1), seconds=5)
    assert Appointment.objects.filter(title="Zebra check", status="scheduled").count() == 1


def test_night_goes_on_past_a_message_under_way(inside, patient):
    erasure.erase(patient, by=None, now=NOW)
    late = Delivery.objects.create(
        contact=patient,
        channel="sms",
        recipient=patients.PHONE,
        dedup_key="late",
        origin="test",
        origin_id=1,
        due_at=NOW,
        useful_until=NOW + timedelta(days=9),
        next_attempt_at=NOW,
        state="calling",
    )
    assert retention.apply_policies(now=NOW + timedelta(days=1), seconds=5) is True
    late.refresh_from_db()
    assert (late.state, late.recipient) == ("calling", patients.PHONE)


def test_payload_that_could_not_be_read_is_found_by_its_digits(inside, patient, monkeypatch):
    InboundEvent.objects.create(
        gateway=inside.sms_gateway,
        kind="message",
        event_key="odd",
        raw="?? 15557778899 ??",
        outcome="unreadable",
        processed_at=NOW,
    )
    erasure.erase(patient, by=None, now=NOW)
    assert InboundEvent.objects.get(event_key="odd").raw == ""


def test_text_that_waits_to_be_read_is_not_acted_upon(inside, patient):
    payload = {"id": "w", "from": patients.PHONE, "to": inside.sms_gateway.sender, "body": "Start zebra"}
    webhook_storage.receive(inside.sms_gateway, WebhookRequest("POST", "", {}, json.dumps(payload).encode()))
    erasure.erase(patient, by=None, now=NOW)
    event = InboundEvent.objects.get(event_key="w")
    assert (event.outcome, event.text, event.raw, event.processed_at) == ("erased", "", "", NOW)


def test_open_things_for_staff_are_done(inside, patient):
    erasure.erase(patient, by=None, now=NOW)
    rows = StaffItem.objects.values_list("code", "values", "dedup_key", "done_at", "kind").order_by("pk")
    ids = StaffItem.objects.order_by("pk").values_list("pk", flat=True)
    assert list(rows) == [
        ("erased", {}, f"erased:{ids[0]}", NOW, "unclear_reply"),
        ("erased", {}, f"erased:{ids[1]}", NOW, "opt_out"),
    ]


def test_uuid_by_which_others_know_the_person_is_another(inside, patient):
    erasure.erase(patient, by=None, now=NOW)
    row = Contact.objects.get(pk=patient.pk)
    assert row.uuid != patient.uuid
    assert str(row) == f"Contact {patient.pk}"


def test_rest_erases(api, world, patient):
    answer = api.post(f"/rest-api/contact/{patient.pk}/erase/")
    assert (answer.status_code, answer.json()["contact"]) == (200, patient.pk)
    assert answer.json()["counts"]["deliveries"] == 2
    assert api.post(f"/rest-api/contact/{patient.pk}/erase/").json() == answer.json()
    assert left(world.organization) == []


def test_rest_says_that_a_message_is_under_way(api, inside, patient):
    Delivery.objects.filter(origin="answer").update(state="leased")
    Delivery.objects.filter(origin="answer").update(state="calling")
    answer = api.post(f"/rest-api/contact/{patient.pk}/erase/")
    assert (answer.status_code, answer.json()["code"]) == (409, "message_under_way")


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("manager", 200), ("staff", 403), ("viewer", 403)])
def test_owners_and_managers_may_erase(world, patient, role, status):
    assert client_of(getattr(world, role)).post(f"/rest-api/contact/{patient.pk}/erase/").status_code == status


def test_stranger_erases_nothing(stranger_api, world, patient):
    before = patients.told(world.organization)
    assert stranger_api.post(f"/rest-api/contact/{patient.pk}/erase/").status_code == 404
    assert patients.told(world.organization) == before


@pytest.fixture
def admin(world, patient):
    client = Client()
    client.force_login(world.manager)
    return client


def test_admin_asks_for_the_name(admin, world, patient):
    page = f"/admin/contacts/contact/{patient.pk}/erase/"
    assert "Type “Zebrina Fischer” to confirm" in admin.get(page).content.decode()
    answer = admin.post(page, {"typed": "zebrina"})
    assert "This is not “Zebrina Fischer”." in answer.content.decode()
    assert "Zebrina" in patients.told(world.organization)


def test_admin_erases_and_keeps_who_did_it(admin, world, patient):
    LogEntry.objects.log_actions(world.owner.pk, [patient], 2, "Zebrina was here", single_object=True)
    answer = admin.post(f"/admin/contacts/contact/{patient.pk}/erase/", {"typed": " Zebrina  Fischer "})
    assert answer.headers["Location"] == f"/admin/contacts/contact/{patient.pk}/change/"
    assert left(world.organization) == []
    entries = LogEntry.objects.order_by("pk").values_list("user__username", "object_repr", "change_message")
    assert list(entries) == [
        ("riverside-owner", "Erased", ""),
        ("riverside-manager", f"Contact {patient.pk}", "Erased"),
    ]


def test_admin_exports(admin, patient):
    page = f"/admin/contacts/contact/{patient.pk}/"
    assert json.loads(admin.get(f"{page}export-json/").content)["contact"] == patient.pk
    assert admin.get(f"{page}export-csv/")["Content-Type"] == "application/zip"
    shown = admin.get(f"{page}change/").content.decode()
    assert [words for words in ("Export as tables", "Erase …") if words not in shown] == []


def test_staff_neither_export_nor_erase_in_the_admin(world, patient):
    client = Client()
    client.force_login(world.staff)
    page = f"/admin/contacts/contact/{patient.pk}/"
    assert [client.get(f"{page}{name}/").status_code for name in ("export-json", "export-csv", "erase")] == [403] * 3
    assert "Erase …" not in client.get(f"{page}change/").content.decode()
