"""From a due delivery to the provider's acceptance."""

from datetime import timedelta

import pytest

from accounts import tenancy
from notifications.errors import Ambiguous, PermanentFailure, Suppressed, TemporaryFailure
from notifications.models import Attempt, Delivery, ReplyText, StaffItem, Suppression
from notifications.providers.base import Accepted
from notifications.services import opt_out, outbox
from notifications.signals import deliveries_changed
from notifications.tests.conftest import fresh
from tests import factories

pytestmark = pytest.mark.django_db


def attempts():
    return list(Attempt.objects.unscoped().order_by("pk").values_list("state", "error_code", "provider_id"))


def test_due_delivery_is_sent_once(provider, deliver, tick):
    delivery = deliver()
    assert (tick(), tick()) == (1, 0)
    assert [message.recipient for message in provider.ledger] == [delivery.recipient]
    assert (fresh(delivery).state, attempts()) == ("accepted", [("accepted", "", "mem-1")])


def test_delivery_waits_for_its_time(provider, deliver, tick, clock):
    delivery = deliver(next_attempt_at=clock.at + timedelta(seconds=1))
    assert tick() == 0
    clock.forward(seconds=1)
    assert (tick(), fresh(delivery).state) == (1, "accepted")


def test_text_is_filled_when_it_leaves(provider, deliver, tick, world):
    deliver(values={"first_name": "Zoë", "moments": {"start": ["2026-11-24T18:00:00+00:00", "America/New_York"]}})
    world.sms_template.sms_text = "{first_name}: {when} at {organization}{nothing}"
    with tenancy.tenant(world.organization.pk):
        world.sms_template.save()
    tick()
    assert provider.ledger[0].text == "Zoë: Tuesday Nov 24, 1:00 pm at Riverside"


def test_dates_are_in_the_language_of_the_template(provider, deliver, tick):
    moments = {"start": ["2026-11-24T18:00:00+00:00", "America/New_York"]}
    deliver(language="fr", values={"first_name": "Zoë", "moments": moments})
    tick()
    assert "on Tuesday Nov 24, 1:00 pm" in provider.ledger[0].text


def test_own_wording_of_the_organization_is_used(provider, deliver, tick, inside):
    ReplyText.objects.create(key="confirmed", language="en", text="Fine, {organization}!")
    deliver(sms_template=None, wording="confirmed")
    deliver(sms_template=None, wording="cancelled")
    tick()
    assert [message.text for message in provider.ledger] == [
        "Fine, Riverside!",
        "[Riverside]\nThank you! Your appointment has been marked canceled.",
    ]


def test_token_of_the_callback_is_stored_only_as_a_hash(provider, deliver, tick, world):
    deliver()
    tick()
    token = provider.ledger[0].receipt_url.rstrip("/").rpartition("/")[2]
    assert len(token) == 32
    assert token not in Attempt.objects.unscoped().get().token_hash


def test_definite_refusal_for_good_fails(provider, deliver, tick):
    provider.script = [(PermanentFailure("http_422", "no such number"), False)]
    delivery = fresh(deliver())
    tick()
    row = fresh(delivery)
    assert (row.state, row.reason, row.detail, tick()) == ("failed", "http_422", "no such number", 0)
    assert StaffItem.objects.unscoped().values_list("kind", "delivery_id").get() == ("failed", row.pk)


def test_definite_refusal_for_now_is_tried_again(provider, deliver, tick, clock):
    provider.script = [(TemporaryFailure("overloaded", retry_after=60), False)]
    delivery = deliver()
    tick()
    row = fresh(delivery)
    assert (row.state, row.reason, row.tries) == ("scheduled", "overloaded", 1)
    assert row.next_attempt_at >= clock.at + timedelta(seconds=60)
    clock.set(row.next_attempt_at)
    tick()
    assert (fresh(delivery).state, len(provider.ledger)) == ("accepted", 1)


def test_retry_with_no_window_left_fails_now(provider, deliver, tick, clock):
    provider.script = [(TemporaryFailure("overloaded", retry_after=7200), False)]
    delivery = deliver(useful_until=clock.at + timedelta(hours=1))
    tick()
    assert (fresh(delivery).state, fresh(delivery).reason) == ("failed", "overloaded")


def test_doubtful_answer_is_never_straight_back(provider, deliver, tick, clock):
    provider.script = [(Ambiguous("no_answer"), True)]
    delivery = deliver()
    tick()
    clock.forward(hours=1)
    assert (tick(), fresh(delivery).state, len(provider.ledger)) == (0, "in_doubt", 1)


def test_whatever_a_driver_dies_of_is_a_doubt(provider, deliver, tick):
    def die(message):
        raise ZeroDivisionError

    provider.before_send = die
    delivery = deliver()
    tick()
    assert (fresh(delivery).state, fresh(delivery).reason) == ("in_doubt", "driver_error")


def test_refusal_for_opting_out_suppresses(provider, deliver, tick):
    provider.script = [(Suppressed("opted_out", "1110"), False)]
    first, second = deliver(), deliver(recipient="+15551230001")
    tick()
    assert {fresh(first).state, fresh(second).state} == {"suppressed", "accepted"}
    assert Suppression.objects.unscoped().values_list("address", "reason").get() == ("+15551230001", "provider")


def test_opt_out_before_the_intent_wins(provider, deliver, tick, inside):
    delivery = deliver()
    opt_out.suppress("sms", delivery.recipient, reason="stop")
    tick()
    assert (fresh(delivery).state, fresh(delivery).reason, provider.ledger) == ("suppressed", "opted_out", [])


def test_opt_out_of_another_organization_does_not_count(provider, deliver, tick, other):
    delivery = deliver()
    with tenancy.tenant(other.organization.pk):
        opt_out.suppress("sms", delivery.recipient, reason="stop")
    tick()
    assert fresh(delivery).state == "accepted"


def test_cancelled_delivery_is_not_sent(provider, deliver, tick, inside):
    delivery = deliver()
    stopped = outbox.cancel("test", [delivery.origin_id], reason="event_cancelled")
    assert (stopped.cancelled, stopped.too_late) == ([delivery.origin_id], [])
    assert (tick(), fresh(delivery).state, fresh(delivery).reason) == (0, "cancelled", "event_cancelled")


def test_change_after_the_claim_voids_the_prepared_text(provider, deliver, tick, monkeypatch):
    delivery = deliver()
    from notifications.services import call_intents

    write = call_intents.write

    def change_first(batch):
        Delivery.objects.unscoped().filter(pk=delivery.pk, version=1).update(version=2, values={"first_name": "Bo"})
        return write(batch)

    monkeypatch.setattr(call_intents, "write", change_first)
    tick()
    assert [message.text[:15] for message in provider.ledger] == ["[Riverside] Bo,"]


def test_cancel_while_being_sent_is_too_late(provider, deliver, tick, inside):
    delivery = deliver()
    provider.script = [(Ambiguous("no_answer"), True)]
    tick()
    stopped = outbox.cancel("test", [delivery.origin_id], reason="event_cancelled")
    assert (stopped.cancelled, stopped.too_late) == ([], [delivery.origin_id])
    assert fresh(delivery).state == "in_doubt"


def test_delivery_outside_its_window_waits_for_the_opening(provider, deliver, tick, clock):
    # NOW is 04:00 in New York.
    delivery = deliver(window_start="08:00", window_stop="20:00", time_zone="America/New_York")
    tick()
    row = fresh(delivery)
    assert (row.state, row.reason, row.claims) == ("scheduled", "outside_window", 0)
    assert row.next_attempt_at == clock.at + timedelta(hours=4)


def test_inactive_gateway_holds_its_messages_back(provider, deliver, tick, world):
    delivery = deliver()
    world.sms_gateway.status = 0
    with tenancy.tenant(world.organization.pk):
        world.sms_gateway.save()
    tick()
    assert (fresh(delivery).state, fresh(delivery).reason) == ("scheduled", "gateway_inactive")


def test_late_message_is_not_claimed(provider, deliver, tick, clock):
    delivery = deliver(useful_until=clock.at)
    assert (tick(), fresh(delivery).state, provider.ledger) == (0, "scheduled", [])


def test_small_tenant_is_not_behind_a_large_one(provider, deliver, tick, other, settings):
    settings.OUTBOX_BATCH = 4
    for _ in range(10):
        deliver()
    small = factories.world("Small")
    late = deliver(organization=small.organization, gateway=small.sms_gateway, sms_template=small.sms_template)
    seen = []
    provider.before_send = lambda message: seen.append(message.recipient)
    tick()
    assert late.recipient in seen[:4]


def test_nearest_event_goes_first(provider, deliver, tick, clock, settings):
    settings.OUTBOX_BATCH = 1
    later = deliver(useful_until=clock.at + timedelta(hours=9))
    sooner = deliver(useful_until=clock.at + timedelta(hours=1))
    tick()
    assert [message.recipient for message in provider.ledger] == [sooner.recipient, later.recipient]


def test_apps_above_hear_of_intent_and_outcome(provider, deliver, tick):
    heard = []

    def listen(sender, delivery_ids, **kwargs):
        heard.append([(fresh_id, Delivery.objects.unscoped().get(pk=fresh_id).state) for fresh_id in delivery_ids])

    deliveries_changed.connect(listen)
    delivery = deliver()
    tick()
    deliveries_changed.disconnect(listen)
    assert heard == [[(delivery.pk, "calling")], [(delivery.pk, "accepted")]]


def test_batch_costs_a_constant_number_of_queries(provider, deliver, tick, django_assert_num_queries, monkeypatch):
    def queries(count):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        for _ in range(count):
            deliver()
        with CaptureQueriesContext(
            connection,
        ) as seen:
            tick()
        return len(seen)

    assert queries(2) == queries(20)


def test_abandoned_call_is_provably_unsent(provider, deliver, tick, settings):
    settings.OUTBOX_START_LIMIT = -1
    delivery = deliver()
    from notifications.services import claims, dispatch

    dispatch._work(claims.take(batch=10))
    assert (fresh(delivery).state, attempts(), provider.ledger) == ("scheduled", [("refused", "not_started", "")], [])


def test_same_provider_id_twice_loses_neither(provider, deliver, tick, monkeypatch):
    async def same(http, account, message):
        provider.ledger.append(message)
        return Accepted("mem-same")

    monkeypatch.setattr(provider, "send", same)
    deliver(), deliver()
    tick()
    assert sorted(row[2] for row in attempts()) == ["", "mem-same"]
    assert {row.state for row in Delivery.objects.unscoped()} == {"accepted"}


@pytest.mark.parametrize(
    ("recipient", "code"),
    [("+33612345678", "country_blocked"), ("+19005551234", "premium_number"), ("+15551234567,1", "bad_recipient")],
)
def test_number_that_may_not_be_written_to_gets_nothing(provider, deliver, tick, world, recipient, code):
    delivery = deliver(recipient=recipient)
    tick()
    assert (fresh(delivery).state, fresh(delivery).reason) == ("failed", code)
    assert (provider.ledger, attempts()) == ([], [])
    assert StaffItem.objects.unscoped().count() == 1
