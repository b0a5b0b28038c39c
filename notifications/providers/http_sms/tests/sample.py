"""The HTTP gateway for the conformance suite: as its side of the simulator speaks."""

import hashlib
import hmac
import json
from contextlib import contextmanager
from urllib.parse import urlencode

from notifications.tests.conformance import OURS, PATIENT, Push, Sample

SECRET = "token-1"


def text(id):
    """Return an inbound message as the provider tells it."""
    return {"id": id, "from": PATIENT, "to": OURS, "text": "Yes"}


def signed(body, *, content_type="application/json", secret=SECRET):
    """Return a push with its signature."""
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return Push(body, content_type, headers={"X-Signature": f"sha256={signature}"})


class HttpSmsSample(Sample):
    """Signed pushes, alone, in batches and as forms; and a challenge."""

    secrets = {"token": SECRET, "push_secret": SECRET}  # noqa: RUF012
    configuration = {  # noqa: RUF012
        "events_path": "events",
        "push_check": "hmac-sha256",
        "push_check_name": "X-Signature",
        "challenge_name": "hub.challenge",
        "challenge_secret_name": "hub.verify_token",
    }

    @contextmanager
    def served(self, live_server_url):
        """Serve below the simulator's path."""
        yield f"{live_server_url}/simulator/http_sms/messages"

    def texts(self, *ids):
        """List the texts under `events`."""
        return signed(json.dumps({"events": [text(id) for id in ids]}).encode())

    def form(self, id):
        """Write one text as a form."""
        return signed(urlencode(text(id)).encode(), content_type="application/x-www-form-urlencoded")

    def forged(self, id):
        """Sign with another secret."""
        return signed(json.dumps({"events": [text(id)]}).encode(), secret="guessed")

    def challenge(self):
        """Ask as Meta's webhooks do."""
        query = urlencode({"hub.mode": "subscribe", "hub.verify_token": SECRET, "hub.challenge": "d9f1"})
        return Push(method="GET", query=query), "d9f1"


SAMPLE = HttpSmsSample()
