"""The driver of production, against the provider's side of the simulator."""

import asyncio
import json
from datetime import timedelta

import aiohttp
import pytest

from config.kernel.clock import now
from notifications.errors import Ambiguous, PermanentFailure, Suppressed, TemporaryFailure
from notifications.providers.base import Account, Outgoing
from notifications.providers.flowroute.driver import Flowroute
from notifications.providers.pushed_events import InboundText, Receipt, WebhookRequest
from simulator import callbacks, faults
from simulator.models import CarrierAccount
from simulator.tests.conftest import CLINIC, PHONE

SECRETS = {"access_key": "key", "secret_key": "secret"}


@pytest.fixture
def account(customer, live_server):
    """Return a gateway's account at the simulator."""
    return Account(f"{live_server.url}/simulator/flowroute", CLINIC, SECRETS)


def run(call, account, *args, timeout=5):
    """Call a driver."""

    async def called():
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout)) as http:
            return await call(http, account, *args)

    return asyncio.run(called())


def text(**fields):
    return Outgoing(PHONE, CLINIC, "Hello", **fields)


def test_it_sends_finds_registers_and_reads_what_comes_back(customer, account, listener):
    driver = Flowroute()
    run(driver.register, account, listener.url)
    taken = run(driver.send, account, text(receipt_url=listener.url))
    customer.reply("Yes")
    callbacks.deliver_due()
    pushes = [WebhookRequest("POST", listener.url, {}, json.dumps({"data": body}).encode()) for body in listener.bodies]
    events = [event.content for push in pushes for event in driver.events(push, account)]
    receipts = [event for event in events if isinstance(event, Receipt)]
    assert sorted((receipt.provider_id, receipt.progress) for receipt in receipts) == [
        (taken.provider_id, "delivered"),
        (taken.provider_id, "sent"),
    ]
    [inbound] = [event for event in events if isinstance(event, InboundText)]
    assert (inbound.sender, inbound.recipient, inbound.text) == (PHONE, CLINIC, "Yes")
    found = run(driver.find, account, now() - timedelta(minutes=1), now() + timedelta(minutes=1))
    assert [(row.recipient, row.text) for row in found] == [(PHONE, "Hello"), (CLINIC, "Yes")]
    assert found[0].provider_id == taken.provider_id
    assert CarrierAccount.objects.get().inbound_url == listener.url


@pytest.mark.parametrize(
    ("kind", "error", "taken"),
    [
        ("refuse", PermanentFailure, 0),
        ("overload", TemporaryFailure, 0),
        ("error_before", Ambiguous, 0),
        ("error_after", Ambiguous, 1),
        ("lose_response", Ambiguous, 1),
        ("hang", Ambiguous, 1),
    ],
)
def test_it_understands_each_fault(customer, account, monkeypatch, kind, error, taken):
    monkeypatch.setattr(faults, "HANG_SECONDS", 0.6)
    customer.faults(kind)
    with pytest.raises(error):
        run(Flowroute().send, account, text(), timeout=0.4)
    assert len(customer.ledger()) == taken


def test_it_understands_that_the_patient_opted_out(customer, account):
    run(Flowroute().send, account, text())
    customer.reply("STOP")
    with pytest.raises(Suppressed):
        run(Flowroute().send, account, text())


def test_a_refusal_that_happens_to_hold_the_code_is_no_opt_out(customer, account):
    customer.faults("refuse")
    outgoing = Outgoing("+15551110000", CLINIC, "1110 Main Street")
    with pytest.raises(PermanentFailure):
        run(Flowroute().send, account, outgoing)
