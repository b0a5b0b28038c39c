"""Settling what crashes and doubtful answers left open."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from notifications.errors import Ambiguous, Suppressed
from notifications.models import Attempt, Delivery, StaffItem
from notifications.providers.base import Outgoing
from notifications.services import call_intents, claims, dispatch, provider_calls, reconcile
from notifications.services.call_intents import ReadyMessage
from notifications.tests.conftest import fresh

pytestmark = pytest.mark.django_db


def after_settle(clock, settings):
    clock.forward(seconds=settings.OUTBOX_SETTLE + 1)
    reconcile.run()


def after_both_lookups(clock, settings):
    after_settle(clock, settings)
    clock.forward(seconds=settings.OUTBOX_LOOKUP_PAUSE + 1)
    reconcile.run()


@pytest.fixture
def doubtful(provider, deliver, tick):
    """Return a function that sends a message whose answer is lost, accepted or not."""

    def make(*, accepted):
        provider.script = [(Ambiguous("no_answer"), accepted)]
        delivery = deliver()
        tick()
        return delivery

    return make


def test_accepted_message_with_a_lost_answer_is_found(doubtful, provider, clock, settings, tick):
    delivery = doubtful(accepted=True)
    after_settle(clock, settings)
    assert (fresh(delivery).state, Attempt.objects.unscoped().get().provider_id) == ("accepted", "mem-1")
    assert (tick(), len(provider.ledger)) == (0, 1)


def test_one_absence_proves_nothing(doubtful, clock, settings, tick):
    delivery = doubtful(accepted=False)
    after_settle(clock, settings)
    assert (fresh(delivery).state, tick()) == ("in_doubt", 0)


def test_proven_absence_is_sent_again(doubtful, provider, clock, settings, tick):
    delivery = doubtful(accepted=False)
    after_both_lookups(clock, settings)
    tick()
    assert (fresh(delivery).state, len(provider.ledger)) == ("accepted", 1)
    assert list(Attempt.objects.unscoped().order_by("number").values_list("state", flat=True)) == ["absent", "accepted"]


def test_nothing_is_looked_up_before_it_has_settled(doubtful, provider, clock, settings):
    delivery = doubtful(accepted=True)
    clock.forward(seconds=settings.OUTBOX_SETTLE - 1)
    reconcile.run()
    assert fresh(delivery).state == "in_doubt"


def test_silent_provider_leaves_the_doubt_open(doubtful, provider, clock, settings, tick):
    delivery = doubtful(accepted=False)
    provider.reachable = False
    for _ in range(5):
        after_both_lookups(clock, settings)
    assert (fresh(delivery).state, Attempt.objects.unscoped().get().lookups) == ("in_doubt", 0)


def test_doubt_that_nobody_can_settle_goes_to_staff(doubtful, provider, clock, settings):
    delivery = doubtful(accepted=False)
    provider.reachable = False
    clock.forward(hours=25)
    reconcile.run()
    assert fresh(delivery).state == "unknown"
    assert StaffItem.objects.unscoped().values_list("kind", "delivery_id").get() == ("doubt", delivery.pk)


def test_provider_without_records_is_not_asked_twice(doubtful, provider, clock, settings):
    provider.can_list = False
    delivery = doubtful(accepted=True)
    after_settle(clock, settings)
    assert (fresh(delivery).state, fresh(delivery).reason) == ("unknown", "no_records")


def test_mail_in_doubt_is_sent_once_more_under_the_same_id(doubtful, provider, clock, settings, tick):
    provider.can_list, provider.resends_in_doubt = False, 1
    delivery = doubtful(accepted=True)
    after_settle(clock, settings)
    provider.script = [(Ambiguous("no_answer"), True)]
    tick()
    after_settle(clock, settings)
    assert (fresh(delivery).state, tick(), len(provider.ledger)) == ("unknown", 0, 2)
    assert len({message.message_id for message in provider.ledger}) == 1


def test_two_equal_messages_are_paired_one_to_one(deliver, provider, clock, settings, tick):
    provider.script = [(Ambiguous("no_answer"), True), (Ambiguous("no_answer"), False)]
    settings.OUTBOX_CONCURRENCY = 1
    pair = [deliver(recipient="+15551239999"), deliver(recipient="+15551239999")]
    tick()
    after_both_lookups(clock, settings)
    assert sorted(fresh(delivery).state for delivery in pair) == ["accepted", "scheduled"]


def test_worker_that_died_before_the_intent_gives_back(provider, deliver, clock, settings, tick):
    delivery = deliver()
    claims.take(batch=10)
    assert (tick(), fresh(delivery).state) == (0, "leased")
    clock.forward(seconds=settings.OUTBOX_LEASE + 1)
    reconcile.run()
    assert (tick(), fresh(delivery).state, len(provider.ledger)) == (1, "accepted", 1)


def intend(delivery, clock):
    """Claim a delivery and write its intent, as a worker does that dies right after."""
    (claimed,) = claims.take(batch=1)
    message = Outgoing(recipient=delivery.recipient, sender="+15550100001", text="Hello")
    return claimed, message, call_intents.write([ReadyMessage(claimed, message, clock.at)])


def test_worker_that_died_after_the_intent_leaves_a_doubt(provider, deliver, clock, settings, tick):
    delivery = deliver()
    intend(delivery, clock)
    clock.forward(seconds=settings.OUTBOX_LEASE + 1)
    reconcile._doubt_calls()
    assert (tick(), fresh(delivery).state, fresh(delivery).reason) == (0, "in_doubt", "worker_died")


def test_paused_worker_without_its_lease_writes_no_intent(provider, deliver, clock, settings):
    delivery = deliver()
    (claimed,) = claims.take(batch=1)
    clock.forward(seconds=settings.OUTBOX_LEASE + 1)
    message = Outgoing(recipient=delivery.recipient, sender="+15550100001", text="Hello")
    assert call_intents.write([ReadyMessage(claimed, message, clock.at)]) == []


def test_old_fence_writes_no_intent(provider, deliver, clock, settings):
    delivery = deliver()
    (claimed,) = claims.take(batch=1)
    clock.forward(seconds=settings.OUTBOX_LEASE + 1)
    reconcile.run()
    claims.take(batch=1)
    message = Outgoing(recipient=delivery.recipient, sender="+15550100001", text="Hello")
    assert call_intents.write([ReadyMessage(claimed, message, clock.at)]) == []
    assert Attempt.objects.unscoped().count() == 0


def test_message_that_kills_its_workers_is_set_aside(provider, deliver, clock, settings, tick):
    delivery = deliver()
    for _ in range(settings.OUTBOX_MAX_CLAIMS):
        assert len(claims.take(batch=10)) == 1
        clock.forward(seconds=settings.OUTBOX_LEASE + 1)
        reconcile.run()
    assert (fresh(delivery).state, fresh(delivery).reason) == ("quarantined", "worker_died")
    assert (tick(), StaffItem.objects.unscoped().get().kind) == (0, "failed")


def test_suspects_are_claimed_in_ever_smaller_batches(provider, deliver, clock, settings):
    for _ in range(40):
        deliver()
    sizes = []
    for _ in range(2):
        sizes.append(len(claims.take(batch=200)))
        clock.forward(seconds=settings.OUTBOX_LEASE + 1)
        reconcile.run()
    Delivery.objects.unscoped().filter(claims=1).delete()
    sizes.append(len(claims.take(batch=200)))
    assert sizes == [40, 16, 1]


def test_waiting_message_is_skipped_when_it_is_too_late(provider, deliver, clock, tick):
    delivery = deliver(useful_until=clock.at + timedelta(minutes=5), next_attempt_at=clock.at + timedelta(minutes=4))
    clock.forward(minutes=6)
    reconcile.run()
    assert (fresh(delivery).state, fresh(delivery).reason, tick()) == ("skipped", "too_late", 0)
    assert StaffItem.objects.unscoped().get().kind == "skipped"


def test_late_outcome_of_a_settled_attempt_changes_nothing(doubtful, provider, clock, settings, tick):
    delivery = doubtful(accepted=True)
    after_settle(clock, settings)
    from notifications.services.outcomes import Outcome, apply

    attempt = Attempt.objects.unscoped().get()
    assert apply([Outcome(attempt.pk, "refused", "failed")]) == []
    assert (fresh(delivery).state, dispatch.run(seconds=1)) == ("accepted", 0)


def test_refusal_that_comes_after_the_doubt_still_suppresses(provider, deliver, clock, settings):
    provider.script = [(Suppressed("opted_out"), False)]
    delivery, other = deliver(), deliver()
    ready = dispatch._prepare(claims.take(batch=2), now=clock.at)
    answers = provider_calls.call(call_intents.write(ready), now=clock.at)
    clock.forward(seconds=settings.OUTBOX_LEASE + 1)
    reconcile._doubt_calls()
    dispatch._record(answers, now=clock.at)
    assert (fresh(delivery).state, fresh(other).state) == ("suppressed", "accepted")


def test_look_up_that_breaks_off_proves_nothing(doubtful, provider, clock, settings, tick, monkeypatch):
    delivery = doubtful(accepted=False)
    with monkeypatch.context() as patched:
        patched.setattr(reconcile, "_ask_all", killed)
        with pytest.raises(KeyboardInterrupt):
            after_settle(clock, settings)
    clock.forward(seconds=settings.OUTBOX_LOOKUP_PAUSE + 1)
    reconcile.run()
    assert (fresh(delivery).state, tick()) == ("in_doubt", 0)


async def killed(groups, *, now):
    raise KeyboardInterrupt


@pytest.mark.parametrize("trouble", [KeyError("timestamp"), ValueError("no date"), None], ids=str)
def test_provider_with_odd_records_keeps_no_other_clinic_waiting(
    provider, deliver, other, clock, settings, tick, monkeypatch, trouble
):
    settings.OUTBOX_CALL_TIMEOUT = 0.05
    provider.script = [(Ambiguous("no_answer"), True)] * 2
    mine = deliver()
    theirs = deliver(organization=other.organization, gateway=other.sms_gateway, sms_template=other.sms_template)
    tick()
    find, first = provider.find, mine.gateway.secrets["hook"]

    async def odd(http, account, since, until):
        if account.secrets["hook"] != first:
            return await find(http, account, since, until)
        if trouble:
            raise trouble
        return await asyncio.sleep(3600, [])

    monkeypatch.setattr(provider, "find", odd)
    after_settle(clock, settings)
    assert (fresh(mine).state, fresh(theirs).state) == ("in_doubt", "accepted")


@pytest.mark.parametrize("sender", ["15550100001", "+1 (555) 010-0001"])
def test_number_written_otherwise_is_found_all_the_same(provider, deliver, clock, settings, tick, sender):
    provider.script = [(Ambiguous("no_answer"), True)]
    delivery = deliver(sender=sender)
    tick()
    provider.ledger = [replace(message, sender="+15550100001") for message in provider.ledger]
    after_both_lookups(clock, settings)
    assert (fresh(delivery).state, tick(), len(provider.ledger)) == ("accepted", 0, 1)


def test_text_that_the_provider_stored_otherwise_is_not_sent_again(doubtful, provider, clock, settings, tick):
    delivery = doubtful(accepted=True)
    (message,) = provider.ledger
    provider.ledger[0] = replace(message, text=message.text.replace("’", "'") + " ")
    provider.at = clock.at
    after_both_lookups(clock, settings)
    assert (fresh(delivery).state, tick(), len(provider.ledger)) == ("accepted", 0, 1)


def test_other_text_at_another_time_proves_nothing(doubtful, provider, clock, settings, tick):
    delivery = doubtful(accepted=True)
    provider.ledger[0] = replace(provider.ledger[0], text="Something else")
    provider.at = clock.at - timedelta(hours=1)
    after_both_lookups(clock, settings)
    assert fresh(delivery).state == "scheduled"
