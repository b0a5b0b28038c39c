"""Programs that keep a copy of a list learn what they missed: no change is lost, whoever makes it, however late."""

import threading
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, transaction

from accounts import tenancy
from accounts.api import changes
from accounts.services import row_changes
from accounts.tracking import DeletedRow, Tracked, TransactionMark
from calendars.api.views import EventViews
from calendars.models import Closure, Event
from config.kernel import clock as the_clock
from contacts.models import Contact
from contacts.services import contacts, erasure
from tests import admin_rows, factories, routes
from tests.clients import client_of
from tests.factories import NOW
from tests.time_limits import HANG

CONTACTS = "/rest-api/contact/"
LONG_AGO = "2020-01-01T00:00:00Z"
# The lists that a program mirrors.
LISTS = (
    "contact",
    "appointment",
    "event",
    "alarm",
    "calendar",
    "calendar-user",
    "clinic",
    "inbound-text",
    "alarm-request",
    "closure",
    "openinghours",
    "sms-template",
    "mail-template",
)


def told(answer):
    """Return the names and the deleted numbers of an answer."""
    body = answer.json()
    return [row["first_name"] for row in body["results"]], [row["id"] for row in body["deleted"]]


def ask(client, since, **asked):
    return client.get(CONTACTS, {"updated_since": since, **asked})


def next_number():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return cursor.fetchone()[0]


@pytest.fixture
def copied(committed):
    """Return an organization with two contacts, its client, and since when a copy of the list is up to date."""
    world = factories.world("Riverside")
    for name in ("Ana", "Bo"):
        factories.contact(world, first_name=name)
    client = client_of(world.staff)
    number = next_number()  # so that nothing of the above is the newest
    row_changes.mark()
    # Other tests share the server, and may have begun a transaction before.
    TransactionMark.objects.update(at=the_clock.now() - timedelta(hours=1), oldest=number)
    return world, client, ask(client, LONG_AGO).json()["updated_until"]


def test_only_what_changed_since_is_told_by_whatever_way(copied):
    world, client, since = copied
    assert told(ask(client, since)) == ([], [])
    with tenancy.tenant(world.organization.pk):
        ana, bo = Contact.objects.order_by("pk")
        contacts.change(ana, phones=["+15551230001"])
    assert told(ask(client, since)) == (["Ana"], [])
    with tenancy.tenant(world.organization.pk):
        Contact.objects.filter(pk=bo.pk).update(first_name="Bob")
        ana.phones.all().delete()
        Contact.objects.filter(pk=ana.pk).delete()
    assert told(ask(client, since)) == (["Bob"], [ana.pk])
    assert told(ask(client, LONG_AGO)) == (["Bob"], [ana.pk])


def test_deletions_of_before_and_of_other_lists_are_not_told(copied):
    world, client, since = copied
    with tenancy.tenant(world.organization.pk):
        ana = Contact.objects.get(first_name="Ana").pk
        Contact.objects.filter(pk=ana).delete()
        Closure.objects.create(name="Outing", first_day="2026-12-07", last_day="2026-12-07").delete()
    assert told(ask(client, since)) == ([], [ana])
    # Of two marks the newer one counts.
    TransactionMark.objects.update(oldest=next_number())
    TransactionMark.objects.create(at=the_clock.now() - timedelta(hours=2), oldest=1)
    assert told(ask(client, since)) == ([], [])


def test_row_that_is_written_before_and_committed_after_a_look_is_told(copied):
    world, client, since = copied
    written, looked = threading.Event(), threading.Event()

    def late():
        try:
            with transaction.atomic(), tenancy.tenant(world.organization.pk):
                Contact.objects.create(first_name="Cy")
                written.set()
                looked.wait(timeout=HANG)
        finally:
            connection.close()

    writer = threading.Thread(target=late)
    writer.start()
    written.wait(timeout=HANG)
    next_number()  # a transaction that began later has ended before
    row_changes.mark()
    until = ask(client, since).json()["updated_until"]
    looked.set()
    writer.join(timeout=HANG)
    until = str(the_clock.now() + row_changes.TOLERANCE)  # the mark is the one that counts
    # With other tests on the server, an older transaction may be under way: then the others are told once more.
    assert "Cy" in told(ask(client, until))[0]


def test_server_that_counts_from_a_lower_number_after_a_restore_loses_nothing(copied):
    world, client, since = copied
    TransactionMark.objects.update(oldest=2**40)
    factories.contact(world, first_name="Cy")
    assert "Cy" in told(ask(client, since))[0]
    row_changes.mark()
    assert "Cy" in told(ask(client, since))[0]


@pytest.mark.django_db
def test_marks_are_kept_for_a_month(clock):
    row_changes.mark()
    clock.forward(days=31)
    row_changes.mark()
    assert TransactionMark.objects.count() == 1
    assert row_changes.first_after(NOW) == 0
    assert row_changes.first_after(clock.at) == 0
    assert row_changes.first_after(clock.at + row_changes.TOLERANCE) > 0


@pytest.mark.django_db
def test_pages_tell_each_row_and_each_deletion_once(api, world):
    made = [factories.contact(world, first_name=f"A{number}").pk for number in range(7)]
    with tenancy.tenant(world.organization.pk):
        Contact.objects.filter(pk__in=made[1::2]).delete()
    names, gone, pages, address = [], [], 0, f"{CONTACTS}?updated_since={LONG_AGO}&page_size=2"
    untils = set()
    while address:
        body = api.get(address).json()
        assert len(body["results"]) + len(body["deleted"]) <= 2
        names += [row["first_name"] for row in body["results"]]
        gone += [(row["id"], row["url"]) for row in body["deleted"]]
        untils.add(body["updated_until"])
        pages, address = pages + 1, body["next"]
    assert names == ["A0", "A2", "A4", "A6"]
    assert gone == [(pk, f"http://testserver{CONTACTS}{pk}/") for pk in made[1::2]]
    assert (pages, len(untils)) == (4, 1)


@pytest.mark.django_db
def test_deletions_of_others_are_not_told(api, world):
    stranger = factories.world("Lakeside")
    contact = factories.contact(stranger)
    with tenancy.tenant(stranger.organization.pk):
        contact.delete()
    assert api.get(CONTACTS, {"updated_since": LONG_AGO}).json()["deleted"] == []


@pytest.mark.django_db
def test_deleted_row_keeps_nothing_of_a_person():
    kept = {field.name for field in DeletedRow._meta.concrete_fields}
    assert kept == {"id", "organization", "kind", "object_id", "deleted_at", "deleted_in"}


@pytest.mark.django_db
def test_erased_person_is_told_without_a_name(api, world):
    contact = factories.contact(world, first_name="Ana", external_id="crm-7")
    with tenancy.tenant(world.organization.pk):
        erasure.erase(contact, by=None, now=NOW)
    (row,) = api.get(CONTACTS, {"updated_since": LONG_AGO}).json()["results"]
    assert (row["id"], row["first_name"], row["external_id"], row["phones"]) == (contact.pk, "", "", [])


@pytest.mark.django_db
@pytest.mark.parametrize("path", LISTS)
def test_every_mirrored_list_tells_changes_and_when(world, path):
    admin_rows.create_rows(world, "a", hours=24)
    body = client_of(world.owner).get(f"/rest-api/{path}/", {"updated_since": LONG_AGO}).json()
    assert list(body) == ["next", "previous", "results", "deleted", "updated_until"]
    assert body["results"]
    assert all({"url", "id", "updated_at"} <= row.keys() for row in body["results"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ({"updated_since": "yesterday"}, 400, "updated_since"),
        ({"updated_since": ""}, 400, "updated_since"),
        ({"ordering": "id"}, 400, "ordering"),
        ({"offset": "5"}, 400, "offset"),
        ({"page_size": "0"}, 400, "page_size"),
        ({"page_size": "1001"}, 400, "page_size"),
        ({"cursor": "x"}, 404, "detail"),
        ({"cursor": "1_2_2026-11-23"}, 404, "detail"),
        ({"cursor": "١_2_2026-11-23T09:00:00Z"}, 404, "detail"),
        ({"page_size": "١"}, 400, "page_size"),
    ],
)
def test_what_does_not_fit_is_refused(api, asked, status, field):
    answer = api.get(CONTACTS, {"updated_since": LONG_AGO, **asked})
    assert (answer.status_code, next(iter(answer.json()))) == (status, field)


@pytest.mark.django_db
def test_lists_of_other_rows_have_no_changes_to_tell(api):
    assert "deleted" not in api.get("/rest-api/rule/", {"page_size": 5}).json()


@pytest.mark.django_db
def test_event_changes_with_every_column_that_is_shown():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'row_changed' AND tgrelid = %s::regclass",
            ["calendars_event"],
        )
        definition = cursor.fetchone()[0]
    shown = {field.column for field in Event._meta.concrete_fields} - set(EventViews.unshown)
    fixed = {"id", "organization_id", "created_on", "recurrence_id", "updated_at", "updated_in", "local_start", "uid"}
    assert {column for column in shown - fixed if f"new.{column}" not in definition.replace('"', "").lower()} == set()


@pytest.mark.django_db
def test_work_of_the_program_is_no_change(world):
    event = factories.event(world, start=NOW)
    with tenancy.tenant(world.organization.pk):
        Event.objects.filter(pk=event.pk).update(updated_at=NOW)  # nothing shown changes: it stays
        Event.objects.filter(pk=event.pk).update(expanded_until=NOW)
        assert Event.objects.get(pk=event.pk).updated_at == NOW
        Event.objects.filter(pk=event.pk).update(title="Other")
        assert Event.objects.get(pk=event.pk).updated_at != NOW


@pytest.mark.django_db
def test_visit_changes_with_its_event(api, world, clock):
    visit = admin_rows.create_rows(world, "a", hours=24)
    clock.forward(hours=1)
    with tenancy.tenant(world.organization.pk):
        Event.objects.filter(pk=visit.event_id).update(closure="Holiday")
    told = api.get(f"/rest-api/appointment/{visit.pk}/").json()
    assert told["updated_at"].startswith(clock.at.strftime("%Y-%m-%dT%H:"))


@pytest.mark.django_db
def test_answers_to_changes_tell_when(api, world, clock):
    row = factories.contact(world)
    clock.forward(hours=1)
    answer = api.patch(f"{CONTACTS}{row.pk}/", {"first_name": "Eva"}).json()
    assert answer["updated_at"] == clock.at.isoformat().replace("+00:00", "Z")


@pytest.mark.django_db
def test_every_tracked_table_notes_changes_and_deletions():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE 'row_%'")
        found = set(cursor.fetchall())
    tables = {model._meta.db_table for model in apps.get_models() if issubclass(model, Tracked)}
    assert found == {(table, name) for table in tables for name in ("row_changed", "row_deleted")}


def test_every_view_of_tracked_rows_tells_them_by_the_same_pages():
    tracked = [
        route.view.cls
        for route in routes.everything()
        if hasattr(route.view, "cls") and issubclass(getattr(route.view.cls, "model", int), Tracked)
    ]
    assert {view.model._meta.db_table for view in tracked} >= {"contacts_contact", "calendars_alarm"}
    assert all(isinstance(view.paginator, property) for view in tracked)
    assert changes.LARGEST == 1000
