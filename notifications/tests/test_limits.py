"""What a gateway's account allows."""

from datetime import timedelta

import pytest

from notifications.errors import Ambiguous, TemporaryFailure
from notifications.models import Gateway
from notifications.services import gateway_limits
from notifications.tests.conftest import fresh

pytestmark = pytest.mark.django_db


def gateway(world, **fields):
    Gateway.objects.unscoped().filter(pk=world.sms_gateway.pk).update(**fields)
    return Gateway.objects.unscoped().get(pk=world.sms_gateway.pk)


def offsets(granted, now):
    return [round((at - now).total_seconds(), 3) for at in granted]


def test_permits_are_evenly_spaced(world, clock):
    pk = gateway(world, rate_per_second=5).pk
    granted, free_at = gateway_limits.permits(pk, 20, now=clock.at)
    assert (offsets(granted, clock.at), free_at - clock.at) == ([0, 0.2, 0.4, 0.6, 0.8], timedelta(seconds=1))


def test_next_batch_waits_for_the_first(world, clock):
    pk = gateway(world, rate_per_second=5).pk
    gateway_limits.permits(pk, 5, now=clock.at)
    later = clock.at + timedelta(seconds=0.4)
    granted, _ = gateway_limits.permits(pk, 5, now=later)
    assert offsets(granted, clock.at) == [1.0, 1.2]


def test_slow_account_still_gets_one(world, clock):
    pk = gateway(world, rate_per_second=0.1).pk
    assert offsets(gateway_limits.permits(pk, 3, now=clock.at)[0], clock.at) == [0]
    assert gateway_limits.permits(pk, 3, now=clock.at + timedelta(seconds=5))[0] == []


def test_what_does_not_fit_waits_in_the_table(provider, deliver, tick, world, clock):
    gateway(world, rate_per_second=2)
    rows = [deliver() for _ in range(4)]
    tick()
    assert len(provider.ledger) == 2
    waiting = [fresh(row) for row in rows if fresh(row).state == "scheduled"]
    assert [row.reason for row in waiting] == ["rate_limit", "rate_limit"]
    assert [row.next_attempt_at - clock.at for row in waiting] == [timedelta(seconds=1), timedelta(seconds=1.5)]


def test_breaker_opens_after_five_failures(provider, deliver, tick, world, clock):
    provider.script = [(TemporaryFailure("unreachable"), False)] * 5
    for _ in range(5):
        deliver()
    tick()
    assert gateway(world).open_until == clock.at + gateway_limits.REST
    waiting = deliver()
    assert (tick(), fresh(waiting).tries) == (0, 0)


def test_half_open_breaker_lets_one_probe_through(provider, deliver, tick, world, clock):
    gateway(world, failures=5, open_until=clock.at)
    provider.script = [(TemporaryFailure("unreachable"), False)]
    rows = [deliver() for _ in range(3)]
    tick()
    assert sorted(fresh(row).tries for row in rows) == [0, 0, 1]


def test_success_closes_the_breaker(provider, deliver, tick, world, clock):
    gateway(world, failures=7, open_until=clock.at)
    deliver()
    tick()
    assert (gateway(world).failures, gateway(world).open_until) == (0, None)


def test_refusal_of_one_message_does_not_open_the_breaker(provider, deliver, tick, world):
    provider.script = [(Ambiguous("http_500"), False), (TemporaryFailure("overloaded"), False)]
    deliver(), deliver()
    tick()
    assert gateway(world).failures == 0


@pytest.mark.parametrize("rate", [1e9, 1e-15, float("inf"), float("nan")])
def test_absurd_rate_does_not_stop_another_clinic(world, other, deliver, provider, tick, rate):
    gateway(world, rate_per_second=rate)
    mine = deliver()
    theirs = deliver(organization=other.organization, gateway=other.sms_gateway, sms_template=other.sms_template)
    tick()
    assert (fresh(mine).state, fresh(theirs).state) == ("accepted", "accepted")
