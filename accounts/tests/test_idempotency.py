"""Repeating a POST under one Idempotency-Key: one effect, one answer."""

import threading

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.utils.module_loading import import_string
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from accounts import tenancy
from accounts.idempotency_middleware import IdempotencyMiddleware
from accounts.models import ApiKey, IdempotentRequest
from accounts.principal import Principal
from accounts.services import idempotency
from accounts.tasks import forget_idempotency
from tests import factories
from tests.clients import client_of, key_client
from tests.time_limits import HANG

pytestmark = pytest.mark.django_db

CONTACTS = "/rest-api/contact/"
CREATE = "contacts.services.contacts.create"
ANA = {"first_name": "Ana", "phones": [{"number": "+12125550187"}]}
BO = {"first_name": "Bo"}


def post(client, body=ANA, *, key="visit-7", url=CONTACTS, **extra):
    return client.post(url, body, HTTP_IDEMPOTENCY_KEY=key, **extra)


def contacts(world):
    with tenancy.tenant(world.organization.pk):
        return apps.get_model("contacts", "Contact").objects.count()


def kept(world):
    with tenancy.tenant(world.organization.pk):
        return list(IdempotentRequest.objects.values_list("key", "status"))


def told(answer):
    return answer.status_code, answer.json().get("code")


def test_repeated_request_gets_the_first_answer(api, world):
    first, again = post(api), post(api)
    assert (first.status_code, contacts(world)) == (201, 1)
    assert (again.status_code, again.content) == (201, first.content)
    told, repeated = ({pair for pair in each.items() if pair[0] != "X-Request-ID"} for each in (first, again))
    assert repeated - told == {("Idempotent-Replayed", "true")}
    assert told - repeated <= {("Allow", first["Allow"])}


def test_without_a_key_each_request_counts(api, world):
    api.post(CONTACTS, ANA), api.post(CONTACTS, ANA)
    assert (contacts(world), kept(world)) == (2, [])


def test_another_key_is_another_request(api, world):
    post(api, key="a"), post(api, key="b")
    assert contacts(world) == 2


def test_another_body_is_refused(api, world):
    post(api)
    assert told(post(api, BO)) == (422, "idempotency_mismatch")
    assert contacts(world) == 1


def test_another_address_is_refused(api, world):
    post(api)
    assert told(post(api, url="/rest-api/appointment/")) == (422, "idempotency_mismatch")


def test_another_query_is_refused(api, world):
    post(api)
    assert told(post(api, url=f"{CONTACTS}?shape=newfies")) == (422, "idempotency_mismatch")


def test_slash_at_the_end_makes_no_difference(api, world):
    assert post(api).content == post(api, url=CONTACTS.rstrip("/")).content
    assert contacts(world) == 1


def test_boundary_of_a_form_makes_no_difference(api, world):
    for boundary in ("first", "second"):
        body = f'--{boundary}\r\nContent-Disposition: form-data; name="first_name"\r\n\r\nAna\r\n--{boundary}--\r\n'
        kind = f"multipart/form-data; boundary={boundary}"
        answer = api.generic("POST", CONTACTS, body, content_type=kind, HTTP_IDEMPOTENCY_KEY="form")
        assert answer.status_code == 201
    assert (answer["Idempotent-Replayed"], contacts(world)) == ("true", 1)


@pytest.mark.parametrize("method", ["patch", "put"])
def test_other_methods_ignore_the_key(api, world, method):
    address = f"{CONTACTS}{post(api).json()['id']}/"
    for name in ("Bo", "Cy"):
        assert getattr(api, method)(address, {"first_name": name}, HTTP_IDEMPOTENCY_KEY="visit-7").status_code == 200
    assert api.get(address).json()["first_name"] == "Cy"


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "é", "tab\t"])
def test_odd_key_is_refused(api, world, key):
    assert told(post(api, key=key)) == (400, "invalid_idempotency_key")
    assert contacts(world) == 0


def test_longest_key_is_taken(api):
    assert post(api, key="~" * 255).status_code == 201


def test_stranger_is_refused_and_leaves_nothing(world):
    assert post(APIClient()).status_code == 401
    assert kept(world) == []


def test_same_key_in_another_organization_is_independent(api, stranger_api, world, other):
    assert post(api).json()["url"] != post(stranger_api).json()["url"]
    assert told(post(stranger_api, BO)) == (422, "idempotency_mismatch")
    assert (contacts(world), contacts(other)) == (1, 1)


def test_same_key_of_another_person_is_independent(api, world):
    post(api), post(client_of(world.staff), BO)
    assert contacts(world) == 2


def test_same_key_of_an_api_key_is_independent(api, world):
    for client in (api, key_client(world, created_by=world.owner), key_client(world, created_by=world.owner)):
        post(client)
    assert contacts(world) == 3


def test_same_person_by_session_and_basic_is_one(api, world):
    browser = APIClient()
    browser.force_login(world.owner)
    assert post(api).content == post(browser).content
    assert contacts(world) == 1


def test_errors_are_not_kept(api, world):
    wrong = {"phones": [{"number": "12"}]}
    assert told(post(api, wrong)) == told(post(api, wrong)) == (400, "invalid")
    assert post(api).status_code == 201
    assert kept(world) == [("visit-7", 201)]


def test_denied_request_is_not_kept(world):
    assert told(post(client_of(world.viewer))) == (403, "permission_denied")
    assert kept(world) == []


def test_body_beyond_the_limit_is_refused(api, world, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert told(post(api)) == (413, "too_large")


def test_address_with_nul_is_no_server_error(api):
    assert post(api, url="/rest-api/contact/%00/").status_code == 404


def test_action_runs_once(api, world):
    event = factories.event(world, recurrence="RRULE:FREQ=DAILY")
    url = f"/rest-api/event/{event.pk}/pause/"
    first = post(api, {}, url=url)
    assert (first.status_code, post(api, {}, url=url).content) == (200, first.content)


def test_answer_is_encrypted_where_it_lies(api, world):
    text = post(api, {"name": "CRM", "role": "staff"}, url="/rest-api/api-key/").json()["key"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM accounts_idempotentrequest t")
        assert text not in cursor.fetchone()[0]
    assert post(api, {"name": "CRM", "role": "staff"}, url="/rest-api/api-key/").json()["key"] == text
    with tenancy.tenant(world.organization.pk):
        assert ApiKey.objects.count() == 1


# While the first one runs, or after it died.


@pytest.fixture
def claimed(api, world, clock, monkeypatch):
    """Leave a claim as a process leaves it that is killed between effect and answer."""

    def killed(*args):
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(idempotency, "store_response", killed)
        dying.setattr(idempotency, "release", lambda claimed: None)
        with pytest.raises(SystemExit):
            post(api)


def test_request_under_way_is_a_conflict(claimed, api, world):
    answer = post(api)
    assert (*told(answer), answer["Retry-After"]) == (409, "idempotency_in_progress", "1")
    assert told(post(api, BO)) == (422, "idempotency_mismatch")


def test_death_between_effect_and_answer_leaves_no_effect(claimed, world):
    assert (contacts(world), kept(world)) == (0, [("visit-7", None)])


def test_expired_claim_is_taken_over(claimed, api, world, clock):
    clock.forward(seconds=59)
    assert post(api).status_code == 409
    clock.forward(seconds=1)
    assert post(api).status_code == 201
    assert (post(api)["Idempotent-Replayed"], contacts(world)) == ("true", 1)


def test_expired_claim_is_not_for_another_body(claimed, api, clock):
    clock.forward(hours=1)
    assert told(post(api, BO)) == (422, "idempotency_mismatch")


@pytest.mark.parametrize("where", [CREATE, "accounts.services.idempotency.store_response"])
def test_server_error_leaves_nothing(api, world, monkeypatch, where):
    def fail(*args, **kwargs):
        raise RuntimeError

    api.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(where, fail)
        assert post(api).status_code == 500
    assert (contacts(world), kept(world)) == (0, [])
    assert post(api).status_code == 201


def test_error_while_the_answer_is_drawn_undoes_the_effect(api, world, monkeypatch):
    api.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("rest_framework.response.Response.rendered_content", property(lambda self: 1 / 0))
        assert post(api).status_code == 500
    assert (contacts(world), kept(world)) == (0, [])


# What is kept, and for how long.


def test_answer_is_kept_for_a_day(api, world, clock):
    post(api)
    clock.forward(hours=23, minutes=59)
    assert post(api)["Idempotent-Replayed"] == "true"
    clock.forward(minutes=1)
    assert post(api, BO).status_code == 201
    assert (contacts(world), kept(world)) == (2, [("visit-7", 201)])


def test_old_answers_are_forgotten(api, stranger_api, world, other, clock):
    post(api), post(stranger_api)
    clock.forward(hours=23)
    post(api, key="younger")
    clock.forward(hours=1)
    forget_idempotency()
    assert (kept(world), kept(other)) == ([("younger", 201)], [])


def through(world, answer):
    """Send a request through the middleware to a view that gives that answer."""
    request = RequestFactory().post(CONTACTS, HTTP_IDEMPOTENCY_KEY="visit-7")
    request.principal = Principal(user=world.owner, organization=world.organization, role="owner", via="basic")
    with tenancy.tenant(world.organization.pk):
        return IdempotencyMiddleware(lambda request: answer)(request)


@pytest.mark.parametrize(
    "answer", [HttpResponse("x" * 1_048_577), StreamingHttpResponse(["x"])], ids=["long", "stream"]
)
def test_answer_that_cannot_be_kept_is_told(world, answer):
    assert through(world, answer) is answer
    assert through(world, None).status_code == 409
    assert b"idempotency_answer_not_kept" in through(world, None).content


def test_any_bytes_come_back(world):
    first = HttpResponse(bytes(range(256)), status=202, content_type="application/octet-stream")
    first["X-Other"] = "1"
    through(world, first)
    again = through(world, None)
    assert (again.status_code, again.content, again["Content-Type"]) == (202, first.content, "application/octet-stream")
    assert "X-Other" not in again


def test_empty_answer_comes_back_empty(world):
    first = HttpResponse(status=204)
    del first["Content-Type"]
    through(world, first)
    again = through(world, None)
    assert (again.status_code, again.content, "Content-Type" in again) == (204, b"", False)


def test_database_refuses_a_second_row_of_a_key(inside):
    row = {"actor": "user:1", "key": "k", "path": "/", "fingerprint": "f", "lease_until": factories.NOW}
    IdempotentRequest.objects.create(**row)
    with pytest.raises(IntegrityError, match="idempotent_request_once"), transaction.atomic():
        IdempotentRequest.objects.create(**row)


# Races, on connections of their own.


def together(acts):
    """Run functions at the same moment, each on its own connection; return what they return."""
    start, results = threading.Barrier(len(acts)), []

    def run(act):
        try:
            start.wait()
            results.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=HANG)
    assert len(results) == len(acts)
    return results


@pytest.mark.slow
def test_fifty_threads_with_one_key_make_one_object(committed):
    world = factories.world("Riverside")
    clients = [client_of(world.owner) for _ in range(50)]
    answers = together([lambda client=client: post(client) for client in clients])
    made = [answer for answer in answers if answer.status_code == 201]
    assert contacts(world) == 1
    assert [answer.headers.get("Idempotent-Replayed") for answer in made].count(None) == 1
    assert {answer.content for answer in made} == {post(clients[0]).content}
    assert {told(answer) for answer in answers} <= {(201, None), (409, "idempotency_in_progress")}


@pytest.mark.slow
def test_fifty_threads_over_a_dead_claim_make_one_object(committed):
    world = factories.world("Riverside")
    with tenancy.tenant(world.organization.pk):
        post(client_of(world.owner))
        apps.get_model("contacts", "Contact").objects.all().delete()
        IdempotentRequest.objects.update(status=None, answer={}, lease_until=factories.NOW.replace(year=2020))
    clients = [client_of(world.owner) for _ in range(50)]
    answers = together([lambda client=client: post(client) for client in clients])
    assert contacts(world) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}


@pytest.mark.slow
def test_claim_is_seen_by_others_while_the_view_runs(committed, monkeypatch):
    world = factories.world("Riverside")
    seen, again = [], client_of(world.owner)

    def create(**fields):
        seen.extend(together([lambda: told(post(again)), lambda: told(post(again, BO))]))
        return real(**fields)

    real = import_string(CREATE)
    monkeypatch.setattr(CREATE, create)
    assert post(client_of(world.owner)).status_code == 201
    assert sorted(seen) == [(409, "idempotency_in_progress"), (422, "idempotency_mismatch")]


@pytest.mark.slow
def test_who_lost_the_lease_changes_nothing(committed, monkeypatch):
    world = factories.world("Riverside")
    real, answers = import_string(CREATE), []

    def slow(**fields):
        monkeypatch.setattr(CREATE, real)
        answers.extend(together([overtake]))
        return real(**fields)

    def overtake():
        with tenancy.tenant(world.organization.pk):
            IdempotentRequest.objects.update(lease_until=factories.NOW.replace(year=2020))
        return post(client_of(world.owner))

    monkeypatch.setattr(CREATE, slow)
    late = post(client_of(world.owner))
    assert (told(late), answers[0].status_code) == ((409, "idempotency_in_progress"), 201)
    assert (contacts(world), kept(world)) == (1, [("visit-7", 201)])
    assert post(client_of(world.owner)).content == answers[0].content


def test_schema_tells_of_the_header_on_every_post(client):
    posts = [path["post"] for path in SchemaGenerator().get_schema(public=True)["paths"].values() if "post" in path]
    assert len(posts) > 20
    for operation in posts:
        assert {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
        assert {"409", "422"} <= set(operation["responses"])
