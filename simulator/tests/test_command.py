"""`manage.py simulator`, as its own process would run it."""

import os
import signal
import threading
from io import StringIO

import pytest
from django.core.management import call_command

from simulator import callbacks
from tests.time_limits import HANG


@pytest.fixture
def _signals():
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(committed, monkeypatch, number):
    monkeypatch.setattr(callbacks, "run", lambda stopping: _interrupt(number, stopping))
    out = StringIO()
    call_command("simulator", smtp_port=0, stdout=out)
    assert out.getvalue().splitlines()[-1] == "Simulator: stopped."


def test_callbacks_are_posted_until_it_is_told_to_stop(customer, listener, monkeypatch):
    customer.send(dlr_callback=listener.url)
    stopping = threading.Event()
    deliver = callbacks.deliver_due
    monkeypatch.setattr(callbacks, "deliver_due", lambda *args, **kwargs: deliver() or stopping.set())
    callbacks.run(stopping)
    assert len(listener.bodies) == 2


def _interrupt(number, stopping):
    os.kill(os.getpid(), number)
    assert stopping.wait(HANG)
