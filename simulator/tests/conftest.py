"""A customer of the carrier, and a listener for the calls that the carrier owes."""

import base64
import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, urlsplit

import pytest

from simulator.models import CarrierAccount, CarrierFaults, CarrierMessage, CarrierPost
from tests.time_limits import HANG

PHONE = "+15551234567"
CLINIC = "+15550100001"


class Customer:
    """Speaks Flowroute 2.1 and the scripts' JSON to the simulator, over real HTTP."""

    def __init__(self, base, key="key"):
        self.address = urlsplit(base).netloc
        self.auth = "Basic " + base64.b64encode(f"{key}:secret".encode()).decode()

    def call(self, method, path, body=None, **headers):
        """Return status and JSON of one request."""
        connection = http.client.HTTPConnection(self.address, timeout=HANG)
        try:
            text = json.dumps(body) if body is not None else None
            connection.request(method, "/simulator" + path, text, {"Authorization": self.auth, **headers})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(content) if content else None

    def send(self, text="Hello", *, to=PHONE, sender=CLINIC, **attributes):
        """Send a text."""
        attributes = {"to": to[1:], "from": sender[1:], "body": text} | attributes
        return self.call("POST", "/flowroute/v2.1/messages", {"data": {"type": "message", "attributes": attributes}})

    def listen(self, name, url):
        """Register a callback."""
        body = {"data": {"attributes": {"callback_url": url}}}
        return self.call("PUT", f"/flowroute/v2.1/messages/{name}", body)

    def reply(self, text, phone=PHONE, **fields):
        """Answer as a phone."""
        return self.call("POST", "/api/reply/", {"phone": phone, "text": text, **fields})

    def texts(self, phone=PHONE):
        """Return what a phone shows as arrived."""
        return [row["text"] for row in self.call("GET", f"/api/messages/?phone={quote(phone)}")[1]]

    def ledger(self):
        """Return the texts of the carrier's record."""
        return [row["text"] for row in self.call("GET", "/api/ledger/")[1]["messages"]]

    def faults(self, *kinds, rate=1):
        """Let every message meet a fault."""
        return self.call("POST", "/api/faults/", {"rate": rate, "kinds": list(kinds)})


class Listener:
    """A customer's web server: keeps what is posted to it, and answers with `status`."""

    def __init__(self):
        self.status = 200
        self.bodies = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?secret=1"

    def close(self):
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()

    def _handler(listener):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.bodies.append({"path": self.path, **json.loads(body)["data"]})
                self.send_response(listener.status)
                self.end_headers()

            def log_message(self, *args):
                pass

        return Handler


@pytest.fixture
def committed(transactional_db):
    """Let rows be seen by other connections; wipe the carrier's afterwards (no flush: it would take seeded rows)."""
    yield
    for model in (CarrierPost, CarrierMessage, CarrierAccount, CarrierFaults):
        model.objects.all().delete()


@pytest.fixture
def customer(committed, live_server):
    """Return a customer of the carrier."""
    return Customer(live_server.url)


@pytest.fixture
def stranger(customer, live_server):
    """Return another customer."""
    return Customer(live_server.url, key="other")


@pytest.fixture
def listener():
    """Return a customer's web server."""
    held = Listener()
    yield held
    held.close()
