"""The whole path of a message, with the real driver and real HTTP; only the carrier is simulated, on a live server."""

import json
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from accounts import tenancy
from notifications.services import dispatch, gateways, inbound_processing, reconcile
from simulator import callbacks
from tests import factories


class Phone:
    """A patient's phone, by the simulator's JSON."""

    def __init__(self, base, number="+15551234567"):
        self.base, self.number = base + "/simulator/api", number

    def texts(self):
        """Return the texts on the screen, oldest first."""
        with urlopen(f"{self.base}/messages/?phone={quote(self.number)}") as answer:
            return [row["text"] for row in json.load(answer)]

    def reply(self, text):
        """Answer the number that wrote last."""
        body = json.dumps({"phone": self.number, "text": text}).encode()
        with urlopen(Request(f"{self.base}/reply/", body, {"Content-Type": "application/json"})) as answer:
            assert answer.status == 201


@pytest.fixture
def clinic(committed, live_server, settings):
    """Return a clinic whose gateway is connected to the simulator."""
    settings.PUBLIC_URL = live_server.url
    world = factories.world("Riverside")
    with tenancy.tenant(world.organization.pk):
        world.sms_gateway.base_url = f"{live_server.url}/simulator/flowroute"
        world.sms_gateway.save()
        gateways.connect(world.sms_gateway, callback_base=live_server.url)
    return world


@pytest.fixture
def phone(clinic, live_server):
    """Return Ana's phone."""
    return Phone(live_server.url)


@pytest.fixture
def run_until_idle():
    """Return a function that runs outbox, carrier and inbox until nothing is left to do."""

    def run():
        for _ in range(20):
            sent, posted = dispatch.run(seconds=10), callbacks.deliver_due(100)
            if not sent + posted + inbound_processing.process_pending() + reconcile.run():
                return
        raise AssertionError("it never became idle")

    return run
