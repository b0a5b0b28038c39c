"""No request, statement or message may take more than its share."""

import http.client
import json
import time
import tracemalloc
from urllib.parse import urlsplit

import pytest
from celery import current_app
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, connections, transaction
from kombu import Connection, Producer
from rest_framework.test import APIRequestFactory

from accounts import tenancy
from config import celery
from config.kernel import timeouts
from config.kernel.api import parsers
from config.kernel.api.error_responses import exception_handler
from contacts.models import Contact
from tests.time_limits import HANG

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/rest-api/contact/", "application/json"),
        ("/accounts/login/", "application/x-www-form-urlencoded"),
        ("/hooks/nothing/inbound/", "multipart/form-data"),
        ("/nowhere", "x/y"),
    ],
)
def test_body_of_ten_megabytes_is_refused_unread(client, address, kind):
    body = b'{"first_name": "' + b"x" * (10 * MB) + b'"}'
    client.post(address, "x" * (3 * MB), content_type="text/plain")  # loads what any first request loads
    tracemalloc.start()
    began = time.perf_counter()
    answer = client.generic("POST", address, body, content_type=kind)
    took, (_, peak) = time.perf_counter() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 413
    assert answer.json() == {
        "detail": f"The body has {len(body)} bytes, and at most {2 * MB} are taken; send it in parts.",
        "code": "too_large",
    }
    assert took < 1
    assert peak < 12 * MB  # of which the test's own copy of the body is 10


@pytest.mark.django_db
@pytest.mark.parametrize(("size", "status"), [(3 * MB, 201), (12 * MB, 413)])
def test_recording_may_be_longer_than_other_bodies(api, world, size, status):
    sound = SimpleUploadedFile("hello.wav", b"RIFF\x24\x00\x00\x00WAVEfmt " + b"x" * size)
    answer = api.post("/rest-api/audio-files/", {"name": "Hello", "audio_file": sound}, format="multipart")
    assert answer.status_code == status


def test_client_that_sends_it_all_first_reads_the_refusal(committed, live_server):
    server = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=HANG)
    server.request("POST", "/rest-api/contact/", b"x" * (10 * MB), {"Content-Type": "application/json"})
    answer = server.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (413, "too_large")
    server.close()


def nested(depth):
    return b'{"first_name": ' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


SHAPES = [
    (nested(parsers.DEEPEST), "first_name"),
    (nested(parsers.DEEPEST + 1), "JSON parse error - nested deeper than 32 levels"),
    (nested(100_000), "JSON parse error - nested too deeply"),
    (
        b'{"emails": [' + b"1," * parsers.LONGEST + b"1]}",
        "JSON parse error - a list or an object has more than 10000 items",
    ),
    (
        json.dumps(dict.fromkeys(map(str, range(10_001)))).encode(),
        "JSON parse error - a list or an object has more than",
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("body", "words"), SHAPES, ids=["deep", "too deep", "bottomless", "long", "wide"])
def test_shape_of_json_is_bounded(api, body, words):
    answer = api.generic("POST", "/rest-api/contact/", body, content_type="application/json")
    assert answer.status_code == 400
    assert words in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "rows"),
    [("limit=1000000000", 60), ("offset=" + "9" * 60, 0)],
)
def test_page_of_contacts_stays_a_page(api, world, query, rows):
    with tenancy.tenant(world.organization.pk):
        Contact.objects.bulk_create(Contact(first_name=f"{number}") for number in range(60))
    answer = api.get(f"/rest-api/contact/?{query}")
    assert (answer.status_code, len(answer.json()["results"])) == (200, rows)


@pytest.mark.django_db
def test_no_statement_and_no_wait_of_the_web_server_lasts(db):
    assert limits_of(connection) == ("15s", "10s", "1min")


def limits_of(one):
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with one.cursor() as cursor:
        return tuple(cursor.execute(f"SHOW {name}") or cursor.fetchone()[0] for name in names)


@pytest.mark.django_db
def test_tasks_have_more_time_than_requests():
    options = connections.settings["default"]["OPTIONS"]
    try:
        celery.give_tasks_their_time()
        fresh = connections.create_connection("default")
        assert limits_of(fresh) == ("50s", "30s", "1min")
        fresh.close()
    finally:
        options["options"] = timeouts.options(**settings.DATABASE_LIMITS)
    assert settings.WORKER_DATABASE_LIMITS["statement"] < settings.CELERY_TASK_TIME_LIMIT


@pytest.mark.django_db
def test_statement_that_was_given_up_is_503():
    with pytest.raises(OperationalError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 1; SELECT pg_sleep(5)")
    answer = exception_handler(caught.value, {"request": APIRequestFactory().get("/")})
    assert (answer.status_code, answer["Retry-After"], answer.data["code"]) == (503, "5", "busy")


def test_pickle_on_the_broker_is_rejected():
    done, refused = [], []
    with Connection("memory://") as broker, broker.channel() as channel:
        queue = current_app.amqp.queues["celery"](channel)
        queue.declare()
        consumer = current_app.amqp.TaskConsumer(
            channel, on_decode_error=lambda message, error: refused.append(type(error).__name__)
        )
        consumer.register_callback(lambda body, message: done.append(body))
        for serializer in ("pickle", "yaml", "json"):
            Producer(channel).publish({"id": 1}, routing_key="celery", serializer=serializer)
        with consumer:
            for _ in range(3):
                broker.drain_events(timeout=HANG)
    assert (refused, done) == (["ContentDisallowed", "ContentDisallowed"], [{"id": 1}])
    assert current_app.conf.task_serializer == current_app.conf.result_serializer == "json"
