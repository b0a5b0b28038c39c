"""The users, keys and strangers who request every route, and what an answer discloses."""

import os
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.cookies import SimpleCookie
from urllib.parse import unquote

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client

from accounts.services import keys
from tests import routes
from tests.clients import client_of

# `.ci/run` and `make soak` send the requests of everybody, a run at a desk those of the people beside the line.
IS_EVERYBODY = bool({"EVERYBODY", "EVERY_TABLE"} & set(os.environ))
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
# What a calendar program sends to see all events.
QUERY = (
    '<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><c:calendar-data/></d:prop>'
    '<c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>'
)
# These differ between equal answers.
LEFT_OUT = {"Content-Length", "ETag", "Expires", "Last-Modified", "X-Request-ID"}


@dataclass
class Requester:
    """A member or key of our clinic: sends a session to pages, and a header to the REST interface."""

    name: str
    role: str
    scopes: tuple = ()
    header: str = ""
    session: str = ""

    def ask(self, method, url, body="", content_type=FORM, is_rest=False, **extra):
        """Send one request with no cookies but the session."""
        client = _browser()
        client.cookies = SimpleCookie()
        if self.session and not is_rest:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.session
        elif self.header:
            extra["HTTP_AUTHORIZATION"] = self.header
        return client.generic(method, url, body, content_type=content_type, **extra)

    def visit(self, route, method, url, body=None):
        """Request a route with the smallest body that it reads."""
        if method == "REPORT":
            return self.ask(method, url, QUERY, "application/xml", is_rest=True, HTTP_DEPTH="1")
        is_rest = routes.is_rest(route)
        given = body if body is not None else "{}" if is_rest and method != "GET" else ""
        return self.ask(method, url, given, JSON if is_rest else FORM, is_rest=is_rest or route.is_dav)


@cache
def _browser():
    return Client(raise_request_exception=False)


NOBODY = Requester("nobody", "")


def requesters(world):
    """Return the members of a clinic, two of its keys, and nobody."""
    found = {role: _member(getattr(world, role), role) for role in ("owner", "manager", "staff", "viewer")}
    found["key"] = _key(world, "key", "owner", ())
    found["reader"] = _key(world, "reader", "owner", ("desk:read",))
    return {**found, "nobody": NOBODY}


def _member(user, role):
    browser = Client()
    browser.force_login(user)
    # As if the password had just been typed, so that the pages of the account are open.
    session = browser.session
    typed_at = time.time()  # noqa: TID251 - allauth compares it with the machine's clock
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": typed_at, "username": user.username}]
    session.save()
    header = client_of(user)._credentials["HTTP_AUTHORIZATION"]
    return Requester(role, role, header=header, session=session.session_key)


def _key(world, name, role, scopes):
    _, text = keys.create(world.organization.pk, name=name, role=role, scopes=list(scopes), rate=10**6)
    return Requester(name, role, scopes, header=f"Token {text}")


@contextmanager
def counted():
    """Count the statements that run inside."""
    count = [0]

    def note(execute, sql, params, many, context):
        count[0] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield count


def readable_text(answer):
    """Return all text of an answer: body, headers, cookies and messages."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return "\n".join([body.decode(errors="replace"), unquote(headers), *words(answer)])


def words(answer):
    """Return the messages that the next page would show."""
    request = getattr(answer, "wsgi_request", None)
    return [str(message) for message in get_messages(request)] if hasattr(request, "_messages") else []


def shape(answer, *numbers):
    """Return an answer with the requested ids replaced, to compare with the answer for another id."""
    kept = {name: unquote(value) for name, value in answer.headers.items() if name not in LEFT_OUT}
    text = repr((answer.content.decode(errors="replace"), sorted(kept.items()), words(answer), sorted(answer.cookies)))
    text = re.sub(r'csrfmiddlewaretoken\\?" value=\\?"\w+', "", text)
    for number in sorted({str(number) for number in numbers}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(number)}(?!\w)", "ID", text)
    return answer.status_code, text
