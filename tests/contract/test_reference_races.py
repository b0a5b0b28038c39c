"""A row is deleted while a request that names it is carried out, for every relation of the interface."""

import os
import threading
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts import tenancy
from accounts.models import Clinic
from accounts.services import keys
from appointments.models import Appointment
from tests import factories
from tests.contract.references import change_of, references
from tests.time_limits import HANG

pytestmark = pytest.mark.slow
# What takes so long waits for a lock that the other request holds.
PATIENCE = "100ms"
NOTES = {"appointment-note.appointment", "/appointmentnotes.appointment"}


@pytest.fixture
def race(committed):
    """Return a clinic, and how its program sends a request while another one waits in the middle."""
    world = factories.world("Riverside")
    texts = [keys.create(world.organization.pk, name="Races", role="owner", rate=10**6)[1] for _ in range(2)]
    clients = [Client(raise_request_exception=False, headers={"Authorization": f"Token {text}"}) for text in texts]
    with tenancy.tenant(world.organization.pk):
        yield world, *clients


def aside(send):
    """Send a request on a connection of its own, and return the answer."""
    answers = []

    def run():
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{PATIENCE}'")
            answers.append(send())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=HANG)
    return answers[0]


@contextmanager
def before_commit(table, send, answers):
    """Send a request between this thread's insert into a table and the commit that follows."""
    commit, is_made = connection.commit, []

    def watch(execute, sql, params, many, context):
        is_made.extend([True] if sql.lstrip().startswith("INSERT INTO") and table in sql else [])
        return execute(sql, params, many, context)

    def late():
        if is_made and not answers:
            answers.append(aside(send))
        commit()

    connection.commit = late
    try:
        with connection.execute_wrapper(watch):
            yield
    finally:
        connection.commit = commit


@contextmanager
def before_statement(start, send, answers):
    """Send a request before this thread's first statement that begins so."""

    def wait(execute, sql, params, many, context):
        if sql.startswith(start) and not answers:
            answers.append(None)
            answers[0] = aside(send)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wait):
        yield


def told(answer):
    """Return status and code; what is no JSON has none."""
    is_json = answer.get("Content-Type", "").startswith("application/json")
    return answer.status_code, (answer.json() or {}).get("code") if is_json else "no JSON" if answer.content else None


def post(client, each, body):
    return client.post(each.route.url(), body, "application/json")


def patch(client, address, body):
    if "audio-files" in address:
        return client.patch(address, encode_multipart(BOUNDARY, body), MULTIPART_CONTENT)
    return client.patch(address, body, "application/json")


def is_there(row):
    return type(row)._base_manager.filter(pk=row.pk).exists()


@pytest.fixture(scope="module")
def pairs():
    """Return the relations whose rows can be deleted over REST; `make soak` tries all of them, else each third."""
    found = [each for each in references() if each.is_deletable]
    assert len(found) > 25
    return found if "RACES" in os.environ else found[::3]


def test_who_names_a_row_that_is_deleted_meanwhile_is_refused(race, pairs):
    world, client, other = race
    seen = {}
    for each in pairs:
        target, answers = each.target(world), []
        body, address = each.body(world, target), each.deletion(target)
        with before_commit(each.route.model._meta.db_table, lambda at=address: other.delete(at), answers):
            made = post(client, each, body)
        seen[str(each)] = told(made), told(answers[0]), is_there(target)
    lost, first = ((409, "reference_deleted"), (204, None), False), ((201, None), (503, "busy"), True)
    # An event's alarms are made with the event locked, a survey's branchings with its section, a visit's notes with
    # the visit: a DELETE waits.
    locked = {"alarm.event", "branching-template.section", *NOTES}
    assert seen == {str(each): first if str(each) in locked else lost for each in pairs}


def test_who_deletes_a_row_that_is_named_meanwhile_is_refused(race, pairs):
    world, client, other = race
    seen = {}
    for each in pairs:
        target, answers = each.target(world), []
        body, start = each.body(world, target), f'DELETE FROM "{target._meta.db_table}"'
        with before_statement(start, lambda each=each, body=body: post(other, each, body), answers):
            gone = client.delete(each.deletion(target))
        seen[str(each)] = told(gone), told(answers[0]), is_there(target)
    lost, first = ((409, "in_use"), (201, None), True), ((204, None), (503, "busy"), False)
    # Events and visits are deleted with their row locked: who names one waits.
    is_locked = {str(each): str(each) == "alarm.event" or each.field.model is Appointment for each in pairs}
    assert seen == {name: first if waits else lost for name, waits in is_locked.items()}


def test_a_changed_row_that_is_deleted_meanwhile_stays_deleted(race):
    world, client, other = race
    seen = {}
    for each in {each.field.model: each for each in references() if each.is_deletable}.values():
        target, answers = each.target(world), []
        address = each.deletion(target)
        body, start = change_of(target), f'UPDATE "{target._meta.db_table}"'
        with before_statement(start, lambda at=address: other.delete(at), answers):
            changed = patch(client, address, body)
        seen[type(target).__name__] = told(changed), told(answers[0]), is_there(target)
    lost, first = ((404, "not_found"), (204, None), False), ((200, None), (503, "busy"), True)
    locked = {"Alarm", "Appointment", "Calendar", "Contact", "Event"}
    assert seen == {name: first if name in locked else lost for name in seen}


def test_a_repeatable_post_that_cannot_be_committed_is_refused_and_not_kept(race):
    world, client, other = race
    each = next(each for each in references() if str(each) == "event.calendar")
    target, answers = each.target(world), []
    body, address = each.body(world, target), each.deletion(target)
    client.defaults["HTTP_IDEMPOTENCY_KEY"] = "once"
    with before_commit("calendars_event", lambda: other.delete(address), answers):
        assert told(post(client, each, body)) == (409, "reference_deleted")
    again = {**body, "calendar": each.written(world.calendar)}
    assert told(post(client, each, again)) == (201, None)


def test_a_person_who_loses_a_race_sees_a_page_that_says_so(race):
    world, _client, other = race
    row, answers, browser = Clinic.objects.create(number=77, name="Branch", time_zone="UTC"), [], Client()
    browser.force_login(world.owner)
    body = {"user": world.calendar_user.pk, "name": "Room", "clinic": row.pk, "max_concurrent": 0, "time_zone": ""}
    with before_commit("calendars_calendar", lambda: other.delete(f"/rest-api/clinic/{row.pk}/"), answers):
        page = browser.post("/admin/calendars/calendar/add/", body)
    assert (page.status_code, told(answers[0])) == (409, (204, None))
    assert "was deleted a moment ago" in page.content.decode()
