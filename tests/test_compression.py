"""gzip where a program asks for it, and nowhere else."""

import gzip
from random import Random

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from accounts import tenancy
from accounts.services import keys
from calendars.engine.states import Detail
from calendars.services.exchange import feed_addresses
from config.kernel.http.compression import CompressionMiddleware
from tests import factories

GZIP = "br, gzip;q=0.8"


@pytest.fixture
def key(world, clock):
    """Return the header of an API key."""
    return f"Token {keys.create(world.organization.pk, name='CRM', role='owner')[1]}"


@pytest.fixture
def feed(world, clock):
    """Return the address of a full feed with 40 events."""
    for number in range(40):
        factories.event(world, title=f"Check {number}")
    with tenancy.tenant(world.organization.pk):
        secret = feed_addresses.create(world.calendar, name="Phone", detail=Detail.FULL, created_by=None)[1]
    return f"/feeds/{secret}.ics"


def ask(path, method="GET", accept=GZIP, **headers):
    return Client().generic(method, path, headers={"Accept-Encoding": accept, **headers})


def body(answer):
    """Return the body, and how many bytes came over the line."""
    raw = b"".join(answer) if answer.streaming else answer.content
    return gzip.decompress(raw) if answer.get("Content-Encoding") == "gzip" else raw, len(raw)


@pytest.mark.django_db
def test_a_list_comes_compressed_to_who_asks(world, key):
    plain, short = (
        ask("/rest-api/calendar/", accept="", Authorization=key),
        ask("/rest-api/calendar/", Authorization=key),
    )
    assert (plain.get("Content-Encoding"), short["Content-Encoding"]) == (None, "gzip")
    assert body(short)[0] == body(plain)[0]
    assert short["Content-Length"] == str(len(short.content))
    assert all("Accept-Encoding" in answer["Vary"] for answer in (plain, short))


@pytest.mark.django_db
def test_a_row_keeps_a_strong_tag_of_its_own_that_conditions_know(world, key):
    address = f"/rest-api/calendar/{world.calendar.pk}/"
    plain = ask(address, accept="", Authorization=key)["ETag"]
    tag = ask(address, Authorization=key)["ETag"]
    assert tag == f'{plain[:-1]}-gzip"'
    again = ask(address, Authorization=key, **{"If-None-Match": tag})
    assert (again.status_code, again["ETag"], again.content) == (304, tag, b"")
    write = {"Authorization": key, "If-Match": tag}
    changed = Client().patch(address, {"name": "Room 2"}, "application/json", headers=write)
    assert changed.status_code == 200
    refused = Client().patch(address, {"name": "Room 3"}, "application/json", headers=write)
    assert refused.status_code == 412


@pytest.mark.django_db
def test_a_feed_comes_compressed_as_it_is_written(feed):
    plain, short = ask(feed, accept=""), ask(feed)
    (text, long), (same, size) = body(plain), body(short)
    assert (short.streaming, same, short["ETag"]) == (True, text, f'{plain["ETag"][:-1]}-gzip"')
    assert size < long / 4
    assert ask(feed, **{"If-None-Match": short["ETag"]}).status_code == 304


@pytest.mark.django_db
def test_objects_of_calendar_apps_keep_the_tag_that_their_list_tells(world, key):
    event = factories.event(world, title="Check", description="x" * 300)
    address = f"/caldav/calendars/{world.calendar.pk}/"
    listed = ask(address, "PROPFIND", Authorization=key, Depth="1")
    assert listed["Content-Encoding"] == "gzip"
    one = ask(f"{address}{event.pk}.ics", Authorization=key)
    assert "Content-Encoding" not in one
    assert one["ETag"].encode() in body(listed)[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers", [{"Cookie": "sessionid=x"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_nobody_learns_by_length_what_another_ones_browser_may_read(world, key, headers):
    assert "Content-Encoding" not in ask("/rest-api/calendar/", Authorization=key, **headers)


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["", "identity", "gzip;q=0", "gzip; q=0.0, br", "gzipped"])
def test_who_does_not_ask_gets_it_as_it_is(world, key, accept):
    assert "Content-Encoding" not in ask("/rest-api/calendar/", accept=accept, Authorization=key)


@pytest.mark.django_db
def test_pages_are_never_compressed(world, clock):
    client = Client()
    client.force_login(world.owner)
    for address in ("/", "/admin/", "/docs/", "/accounts/login/"):
        assert "Content-Encoding" not in client.get(address, headers={"Accept-Encoding": GZIP}), address
    page = ask("/rest-api/calendar/", Accept="text/html", Authorization="")
    assert "Content-Encoding" not in page


def passed(response, method="GET", path="/rest-api/x"):
    request = getattr(RequestFactory(), method.lower())(path, headers={"Accept-Encoding": "gzip"})
    return CompressionMiddleware(lambda _request: response)(request)


@pytest.mark.parametrize(
    ("method", "kind", "size"),
    [("POST", "application/json", 999), ("GET", "audio/wav", 999), ("GET", "application/json", 199)],
)
def test_secrets_just_made_sounds_and_short_answers_stay_as_they_are(method, kind, size):
    assert "Content-Encoding" not in passed(HttpResponse(b"x" * size, content_type=kind), method)


def test_a_stream_is_compressed_piece_by_piece():
    drawn = []

    def pieces():
        for number in range(100):
            drawn.append(number)
            yield Random(number).randbytes(65536)

    answer = passed(StreamingHttpResponse(pieces(), content_type="text/calendar"), path="/feeds/x")
    stream = answer.streaming_content
    next(stream)
    next(stream)
    assert len(drawn) < 5


def test_lengths_of_the_same_body_differ():
    lengths = {len(passed(HttpResponse(b"x" * 999, content_type="application/json")).content) for _ in range(20)}
    assert len(lengths) > 1


def test_lengths_of_the_same_stream_differ():
    def length():
        pieces = iter([b"x" * 999])
        answer = passed(StreamingHttpResponse(pieces, content_type="text/calendar"), path="/feeds/x")
        return len(b"".join(answer.streaming_content))

    assert len({length() for _ in range(20)}) > 1


def test_stream_does_not_keep_the_length_that_it_had():
    response = StreamingHttpResponse(
        iter([b"x" * 999]), content_type="text/calendar", headers={"Content-Length": "999"}
    )
    assert "Content-Length" not in passed(response, path="/feeds/x")


def test_what_is_compressed_already_stays_as_it_is():
    response = HttpResponse(b"x" * 999, content_type="application/json", headers={"Content-Encoding": "br"})
    assert (passed(response)["Content-Encoding"], response.content) == ("br", b"x" * 999)


def test_answers_of_other_addresses_stay_as_they_are():
    answer = passed(HttpResponse(b"x" * 999, content_type="application/json"), path="/calendar/days/")
    assert not {"Content-Encoding", "Vary"} & set(answer.headers)
