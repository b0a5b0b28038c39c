"""Cancelling against sending, worker against worker: the order of the commits decides, and nothing else."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from accounts import tenancy
from config.kernel import clock
from notifications.models import Delivery
from notifications.providers import registry
from notifications.providers.memory import Memory
from notifications.services import dispatch, outbox
from tests import factories
from tests.time_limits import HANG

RACES = 25


@pytest.fixture
def provider(monkeypatch):
    memory = Memory()
    monkeypatch.setattr(registry, "load", lambda name: memory if name else None)
    return memory


def rows(world, count):
    now = clock.now()
    with tenancy.tenant(world.organization.pk):
        return Delivery.objects.bulk_create(
            Delivery(
                channel="sms",
                recipient=f"+1555200{number:04}",
                gateway=world.sms_gateway,
                sms_template=world.sms_template,
                origin="test",
                origin_id=number,
                dedup_key=f"race:{number}",
                due_at=now,
                next_attempt_at=now,
                useful_until=now + timedelta(days=1),
            )
            for number in range(count)
        )


def together(*acts):
    """Run functions at the same moment, each on its own connection."""
    start = threading.Barrier(len(acts))

    def run(act):
        start.wait()
        try:
            act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=HANG)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.slow
def test_cancellation_that_commits_first_wins(committed, provider, settings):
    settings.OUTBOX_BATCH = 1
    world = factories.world("Riverside")
    made = rows(world, RACES)
    stopped = []

    def cancel():
        with tenancy.tenant(world.organization.pk):
            for delivery in reversed(made):
                stopped.append(outbox.cancel("test", [delivery.origin_id], reason="event_cancelled"))

    together(lambda: dispatch.run(seconds=30), cancel)
    cancelled = {number for one in stopped for number in one.cancelled}
    sent = {int(message.recipient[-4:]) for message in provider.ledger}
    assert (cancelled & sent, cancelled | sent) == (set(), set(range(RACES)))
    assert len(provider.ledger) == len(sent)


@pytest.mark.slow
def test_four_workers_send_each_message_once(committed, provider, settings):
    settings.OUTBOX_BATCH = 7
    world = factories.world("Riverside")
    rows(world, 100)
    together(*[lambda: dispatch.run(seconds=30)] * 4)
    assert sorted(message.recipient for message in provider.ledger) == [f"+1555200{n:04}" for n in range(100)]
    assert set(Delivery.objects.unscoped().values_list("state", "tries")) == {("accepted", 1)}
