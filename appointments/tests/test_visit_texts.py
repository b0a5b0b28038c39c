"""Many visits that are told otherwise in one request."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from appointments.models import Appointment, HistoryEntry
from appointments.services import visit_changes, visit_notifications, visits
from config.kernel.errors import Missing
from contacts.models import Contact
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
BULK = "/rest-api/appointment/bulk/"


@pytest.fixture
def book(inside, clock):
    """Return what books a visit, by its number."""
    people: list[Contact] = [factories.contact(inside)]

    def booked(number, **fields):
        given = {"title": "Check", "external_id": f"visit-{number}", **fields}
        return visits.book(contact=people[0], calendar=inside.calendar, starts_at=NOW.replace(day=26), now=NOW, **given)

    return booked


def put(api, *items):
    """Send items; return status and code of each result."""
    answer = api.post(BULK, {"items": list(items)})
    assert answer.status_code == 200, answer.content
    return [(row["status"], row.get("refusal", {}).get("code")) for row in answer.json()["results"]]


def facts(visit):
    """Return what stands of a visit, its event, its history and the trail, without what always differs."""
    row = Appointment.objects.select_related("event").get(pk=visit.pk)
    own = ("title", "address", "summary", "status", "changes", "external_id")
    entries = AuditEntry.objects.filter(object_id=str(row.pk), kind="appointments.appointment").order_by("pk")
    return [
        {name: getattr(row, name) for name in own[:-1]},
        (row.event.title, row.event.version),
        [
            (entry.kind, entry.to_title, entry.channel)
            for entry in HistoryEntry.objects.filter(appointment=row).order_by("pk")
        ],
        [(entry.action, entry.changed, entry.facts) for entry in entries],
        [(note.subject, note.message, note.state) for note in row.notifications.all()],
    ]


@pytest.mark.parametrize("change", [{"title": "Surgery"}, {"address": "Main Street"}, {"title": "X", "summary": "Y"}])
def test_visits_that_are_told_otherwise_together_are_as_each_alone(api, book, change):
    one, other = book(1), book(2)
    for visit in (one, other):
        visit_notifications.create(appointment=visit, recipient="a@b.example", send_notification=True, now=NOW)
    assert put(api, {"id": one.pk, **change}) == [(200, None)]
    assert api.patch(f"/rest-api/appointment/{other.pk}/", change).status_code == 200
    assert facts(one) == facts(other)


def test_many_visits_are_told_otherwise_by_the_same_queries_as_two(api, book):
    rows = [book(number) for number in range(9)]

    def queries(some):
        with CaptureQueriesContext(connection) as found:
            told = put(api, *({"id": row.pk, "title": f"T{row.pk}", "address": f"A{row.pk}"} for row in some))
        assert set(told) == {(200, None)}
        return len(found)

    queries(rows[:1])
    assert queries(rows[3:]) == queries(rows[1:3])
    assert all(row.title == f"T{row.pk}" and row.address == f"A{row.pk}" for row in Appointment.objects.all())


def test_what_cannot_be_told_otherwise_is_refused_alone(api, book):
    rows = [book(number) for number in range(3)]
    visits.cancel(rows[0], reason="cancelled", now=NOW)
    told = put(api, *({"id": row.pk, "title": "Surgery"} for row in rows))
    assert told == [(409, "illegal_status"), (200, None), (200, None)]
    assert put(api, {"id": rows[0].pk, "address": "Main Street"}) == [(200, None)]
    assert [row.title for row in Appointment.objects.order_by("pk")] == ["Check", "Surgery", "Surgery"]


def test_visit_of_a_series_is_told_otherwise_alone(api, book):
    visit = book(1, recurrence="RRULE:FREQ=DAILY;COUNT=3")
    assert put(api, {"id": visit.pk, "title": "Surgery"}) == [(200, None)]
    assert [row.title for row in Appointment.objects.order_by("starts_at")] == ["Surgery", "Check", "Check"]


def test_visit_that_is_gone_meanwhile_is_missing(book):
    visit, gone = book(1), book(2)
    visits.delete(Appointment.objects.get(pk=gone.pk), now=NOW)
    told = visit_changes.change_many([(visit, {"title": "X"}), (gone, {"title": "X"})], now=NOW)
    assert (told[0], type(told[1])) == (visit, Missing)


def test_external_ids_that_are_given_together_are_one_visits(api, book):
    rows = [book(number) for number in range(2)]
    told = put(api, *({"id": row.pk, "external_id": "same"} for row in rows))
    assert told == [(200, None), (409, "external_id_taken")]
