"""What no library sends, over the wire: the program says what is wrong with it, and never fails."""

import http.client
import json
from urllib.parse import quote

import pytest

from accounts.services import keys
from tests import factories

pytestmark = pytest.mark.slow
HUGE = "9" * 400
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
# Method, address, body, its media type, what is answered.
ODD = [
    ("GET", "/rest-api/event/%00/", None, None, 404),
    ("GET", "/rest-api/event/1%00/", None, None, 404),
    ("GET", f"/rest-api/event/{HUGE}/", None, None, 404),
    ("GET", "/rest-api/event/-1/", None, None, 404),
    ("GET", "/rest-api/event/%ED%A0%80/", None, None, 404),
    ("GET", "/rest-api/event/%FF/", None, None, 404),
    ("GET", "/rest-api/contact/%D9%A1/", None, None, 404),
    ("GET", f"/rest-api/event/?page={HUGE}", None, None, 404),
    # No row has that number: nothing is found, as with any other that none has.
    ("GET", f"/rest-api/event/?calendar={HUGE}", None, None, 200),
    ("GET", "/rest-api/event/?calendar=%00", None, None, 400),
    ("GET", "/rest-api/event/?search=%00", None, None, 400),
    ("GET", "/rest-api/event/?title=%00", None, None, 400),
    ("GET", "/rest-api/event/?start_from=2026-02-30", None, None, 400),
    ("GET", "/rest-api/event/?start_from=yesterday", None, None, 400),
    ("GET", "/rest-api/contact/?search=%ED%A0%80", None, None, 200),
    ("GET", f"/rest-api/contact/?offset={HUGE}", None, None, 200),
    ("GET", "/rest-api/appointment/?cursor=%00", None, None, 404),
    ("POST", "/rest-api/event/", b'{"title": "\\u0000"}', JSON, 400),
    ("POST", "/rest-api/event/", b'{"title": "\\ud800"}', JSON, 400),
    ("POST", "/rest-api/event/", b"title=%00", FORM, 400),
    ("POST", "/rest-api/event/", b"{}", "text/plain", 415),
    ("POST", "/rest-api/event/", b"{}", "application/xml; charset=x", 415),
    ("POST", "/rest-api/event/", b"{}", "nonsense", 415),
    ("POST", "/rest-api/event/", b"{}", "multipart/form-data", 400),
    ("POST", "/rest-api/event/", b"{}", "application/json; charset=nonsense", 400),
    ("PUT", "/rest-api/event/", b"{}", JSON, 405),
    ("BREW", "/rest-api/event/", None, None, 405),
]


def ask(connection, text, line):
    """Send one of them; return the status, the media type, and what the body says."""
    method, address, body, kind, _expected = line
    headers = {"Authorization": f"Token {text}", **({"Content-Type": kind} if kind else {})}
    connection.request(method, address, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.headers["Content-Type"], answer.read()


def test_odd_requests_are_answered_with_what_is_wrong(committed, address):
    world = factories.world("Riverside")
    _key, text = keys.create(world.organization.pk, name="Odd", role="owner", rate=10**6)
    wrong = []
    connection = http.client.HTTPConnection(address.removeprefix("http://"))
    for line in ODD:
        status, kind, body = ask(connection, text, line)
        told = json.loads(body) if kind == JSON else {}
        if status != line[4] or (status >= 400 and "code" not in told):
            wrong.append((quote(str(line[:4])), status, kind, body[:200]))
    connection.close()
    assert not wrong, "\n".join(map(str, wrong))
