"""The calls themselves: what one gateway or one message does must not touch the others'."""

import asyncio
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

import pytest

from notifications.models import Attempt, Gateway
from notifications.providers import registry
from notifications.providers.memory import Memory
from notifications.services import dispatch
from notifications.services.dispatch import MOST_TRIES
from notifications.tests.conftest import fresh

pytestmark = pytest.mark.django_db


@dataclass
class SlowAt(Memory):
    """A provider that takes long at one address."""

    slow: str = ""

    async def send(self, http, account, message):
        """Take a message, after a while at the slow address."""
        if account.base_url == self.slow:
            await asyncio.sleep(0.3)
        return await super().send(http, account, message)


@pytest.fixture
def server():
    """Return a function that starts a server which talks as it is told; gives the port."""
    held = []

    def start(talk):
        listening = socket.create_server(("127.0.0.1", 0), backlog=100)
        held.append(listening)

        def serve():
            with suppress(OSError):
                while True:
                    line, _ = listening.accept()
                    threading.Thread(target=talk, args=(line,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        return listening.getsockname()[1]

    yield start
    for listening in held:
        listening.close()


def dribble(line):
    """Greet for ever, in single bytes, so that no read ever times out."""
    with suppress(OSError):
        for _ in range(100):
            line.sendall(b"2")
            time.sleep(0.1)


def hesitate(line):
    """Take a mail, half a second after it was called."""
    time.sleep(0.5)
    answers = {b"DATA": b"354 go\r\n", b"EHLO": b"250 ok\r\n", b"MAIL": b"250 ok\r\n", b"RCPT": b"250 ok\r\n"}
    with suppress(OSError), line, line.makefile("rb") as said:
        line.sendall(b"220 here\r\n")
        for words in said:
            line.sendall(b"250 ok\r\n" if words == b".\r\n" else answers.get(words[:4].upper(), b""))


@pytest.fixture
def mails(deliver, world):
    """Return a function that plans e-mails through a server at a port."""

    def make(port, number=1):
        Gateway.objects.unscoped().filter(pk=world.mail_gateway.pk).update(base_url=f"smtp://127.0.0.1:{port}")
        fields = {"channel": "email", "gateway": world.mail_gateway, "sms_template": None}
        return [
            deliver(recipient=f"p{place}@example.org", mail_template=world.mail_template, **fields)
            for place in range(number)
        ]

    return make


def test_mail_server_that_never_finishes_holds_nobody_up(mails, server, tick, settings):
    settings.OUTBOX_CALL_TIMEOUT = 0.5
    (delivery,) = mails(server(dribble))
    begun = time.monotonic()
    tick()
    assert (fresh(delivery).state, time.monotonic() - begun < 3) == ("in_doubt", True)


def test_many_mails_to_a_slow_server_do_not_wait_for_each_other(mails, server, tick, settings):
    settings.OUTBOX_CALL_TIMEOUT = 3
    rows = mails(server(hesitate), 40)
    tick()
    assert {fresh(row).state for row in rows} == {"accepted"}


def test_slow_provider_does_not_use_up_the_tries_of_another_clinic(deliver, other, tick, settings, monkeypatch, world):
    settings.OUTBOX_CONCURRENCY, settings.OUTBOX_START_LIMIT = 1, 0.2
    provider = SlowAt(slow=world.sms_gateway.base_url)
    monkeypatch.setattr(registry, "load", lambda name: provider)
    Gateway.objects.unscoped().filter(pk=other.sms_gateway.pk).update(base_url="http://127.0.0.1:2")
    for _ in range(2):
        deliver()
    theirs = deliver(organization=other.organization, gateway=other.sms_gateway, sms_template=other.sms_template)
    dispatch._work(dispatch.claims.take(batch=3))
    assert (fresh(theirs).state, fresh(theirs).tries) == ("accepted", 1)


def test_message_that_nobody_called_for_is_never_given_up(deliver, provider, clock, settings):
    settings.OUTBOX_START_LIMIT = -1
    delivery = deliver()
    for _ in range(MOST_TRIES + 1):
        dispatch._work(dispatch.claims.take(batch=1))
        clock.forward(minutes=1)
    assert (fresh(delivery).state, Attempt.objects.unscoped().count()) == ("scheduled", MOST_TRIES + 1)
    settings.OUTBOX_START_LIMIT = 2
    dispatch.run(seconds=1)
    assert (fresh(delivery).state, len(provider.ledger)) == ("accepted", 1)


def test_message_that_cannot_be_prepared_fails_alone(deliver, provider, tick, other):
    broken = deliver(time_zone="Mars/Base")
    theirs = deliver(organization=other.organization, gateway=other.sms_gateway, sms_template=other.sms_template)
    tick()
    assert (fresh(broken).state, fresh(broken).reason) == ("failed", "unpreparable")
    assert fresh(theirs).state == "accepted"
