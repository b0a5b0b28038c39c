"""Messages whose receipts stay out are asked after."""

from datetime import timedelta

import pytest

from notifications.models import Attempt, StaffItem
from notifications.providers.pushed_events import Progress
from notifications.services import reconcile
from notifications.tests.conftest import fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(provider, deliver, tick):
    """Return a delivery that was accepted, and of which nothing more was heard."""
    delivery = deliver()
    tick()
    return delivery


def wait(clock, settings, times=1):
    clock.forward(seconds=settings.OUTBOX_RECEIPT_PATIENCE * times)
    reconcile.run()


def test_delivered_message_is_found_out(sent, provider, clock, settings):
    provider.progress = {"mem-1": Progress.DELIVERED}
    wait(clock, settings)
    assert (fresh(sent).state, Attempt.objects.unscoped().get().state) == ("delivered", "delivered")


def test_undelivered_message_is_found_out_and_told(sent, provider, clock, settings):
    provider.progress = {"mem-1": Progress.UNDELIVERED}
    wait(clock, settings)
    assert (fresh(sent).state, StaffItem.objects.unscoped().get().kind) == ("undelivered", "failed")


def test_nobody_is_asked_too_early(sent, provider, clock, settings):
    provider.progress = {"mem-1": Progress.DELIVERED}
    clock.forward(seconds=settings.OUTBOX_RECEIPT_PATIENCE - 1)
    reconcile.run()
    assert fresh(sent).state == "accepted"


def test_provider_is_asked_three_times_at_growing_distances(sent, clock, settings):
    asked = []
    for _ in range(10):
        wait(clock, settings)
        asked.append(Attempt.objects.unscoped().get().lookups)
    assert asked == [1, 1, 2, 2, 2, 2, 3, 3, 3, 3]


def test_silent_provider_changes_nothing(sent, provider, clock, settings):
    provider.reachable = False
    wait(clock, settings)
    assert (fresh(sent).state, fresh(sent).accepted_at) == ("accepted", clock.at - timedelta(seconds=600))


def test_odd_answer_about_one_keeps_no_other_waiting(sent, provider, clock, settings, deliver, tick, monkeypatch):
    other = deliver()
    tick()
    provider.progress = {"mem-2": Progress.DELIVERED}
    look_up = provider.look_up

    async def odd(http, account, provider_id):
        return {}["status"] if provider_id == "mem-1" else await look_up(http, account, provider_id)

    monkeypatch.setattr(provider, "look_up", odd)
    wait(clock, settings)
    assert (fresh(sent).state, fresh(other).state) == ("accepted", "delivered")
