"""Texts and receipts come in: stored raw first, once, and acted upon afterwards."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from accounts import tenancy
from notifications.engine.wording import Wording
from notifications.errors import Ambiguous
from notifications.models import Attempt, Delivery, InboundEvent, StaffItem, Suppression
from notifications.services import inbound_processing, reconcile
from notifications.services.call_intents import hash_of
from notifications.signals import reply_received
from notifications.tests.conftest import fresh
from tests import factories

pytestmark = pytest.mark.django_db

OURS, PATIENT = "+15550100001", "+15551230001"


@pytest.fixture
def hook(world):
    """Connect the first clinic's gateway, and return the secret of its callback address."""
    world.sms_gateway.hook_hash = hash_of("riverside-hook")
    with tenancy.tenant(world.organization.pk):
        world.sms_gateway.save()
    return "riverside-hook"


@pytest.fixture
def write(hook, provider):
    """Return a function that lets a patient's phone write, and the words be acted upon."""

    def post(body, *, id="t1", sender=PATIENT, to=OURS, process=True):
        text = {"id": id, "from": sender, "to": to, "body": body}
        answer = Client().post(f"/hooks/{hook}/inbound/", text, content_type="application/json")
        if process:
            inbound_processing.process_pending()
        return answer

    return post


@pytest.fixture
def asked(deliver, tick, provider, clock):
    """Return a function that sends a message which asks for an answer."""

    def make(**fields):
        topic = fields.pop("topic", "event:1")
        delivery = deliver(recipient=PATIENT, topic=topic, answerable_until=clock.at + timedelta(days=2), **fields)
        tick()
        return delivery

    return make


@pytest.fixture
def heard():
    """Listen as the app above, which knows every visit; returns what it heard."""
    news = []

    def listen(sender, inbound, delivery, intent, now, **kwargs):
        news.append((delivery.pk, str(intent)))
        return Wording.CONFIRMED if intent == "yes" else Wording.CANCELLED

    receivers, reply_received.receivers = reply_received.receivers, []
    reply_received.sender_receivers_cache.clear()
    reply_received.connect(listen)
    yield news
    reply_received.receivers = receivers
    reply_received.sender_receivers_cache.clear()


def outcome():
    return list(InboundEvent.objects.unscoped().order_by("pk").values_list("outcome", flat=True))


def kinds():
    return list(StaffItem.objects.unscoped().order_by("pk").values_list("kind", flat=True))


def answers():
    rows = Delivery.objects.unscoped().filter(origin="answer").order_by("pk")
    return list(rows.values_list("recipient", "sender", "wording"))


def test_yes_reaches_the_message_that_asked(asked, write, heard):
    delivery = asked()
    assert write("Yes").status_code == 200
    assert (heard, outcome()) == ([(delivery.pk, "yes")], ["confirmed"])
    assert (answers(), kinds()) == ([(PATIENT, OURS, "confirmed")], [])


def test_answer_really_leaves(asked, write, heard, tick, provider):
    asked()
    write("no")
    tick()
    assert (provider.ledger[-1].recipient, provider.ledger[-1].sender) == (PATIENT, OURS)
    assert provider.ledger[-1].text == "[Riverside]\nThank you! Your appointment has been marked canceled."


def test_same_event_four_times_counts_once(asked, write, heard):
    asked()
    bodies = [write("yes").json()["status"] for _ in range(4)]
    assert (bodies, len(heard), len(answers())) == (["stored", "known", "known", "known"], 1, 1)


def test_same_words_under_a_fresh_id_count_once(asked, write, heard):
    asked()
    write("yes", id="t1")
    write("yes", id="t2")
    assert (outcome(), len(heard), len(answers())) == (["confirmed", "repeated"], 1, 1)


def test_change_of_mind_is_heard(asked, write, heard, clock):
    delivery = asked()
    write("yes", id="t1")
    clock.forward(minutes=10)
    write("no", id="t2")
    assert heard == [(delivery.pk, "yes"), (delivery.pk, "no")]


def test_same_words_to_the_next_visit_are_another_answer(asked, write, heard, clock):
    first = asked(topic="event:1")
    write("yes", id="t1")
    clock.forward(seconds=30)
    second = asked(topic="event:2")
    clock.forward(seconds=30)
    write("yes", id="t2")
    assert (heard, outcome()) == ([(first.pk, "yes"), (second.pk, "yes")], ["confirmed", "confirmed"])


def test_change_of_mind_and_back_is_heard(asked, write, heard, clock):
    delivery = asked()
    for number, word in enumerate(["yes", "no", "yes"]):
        clock.forward(seconds=20)
        write(word, id=f"t{number}")
    assert heard == [(delivery.pk, "yes"), (delivery.pk, "no"), (delivery.pk, "yes")]


def test_words_that_came_hours_apart_are_no_repetition_after_an_outage(asked, write, heard, clock):
    delivery = asked()
    write("yes", id="t1", process=False)
    clock.forward(hours=2)
    write("yes", id="t2", process=False)
    inbound_processing.process_pending()
    inbound_processing.process_pending()
    assert heard == [(delivery.pk, "yes"), (delivery.pk, "yes")]


def test_answer_for_the_old_time_does_not_count_for_a_moved_visit(asked, write, heard, clock):
    def at(day):
        return {"moments": {"start": [f"2026-11-{day}T09:00:00+00:00", "America/New_York"]}}

    asked(topic="event:1", values=at(24))
    write("yes", id="t1")
    asked(topic="event:2", values=at(25))
    clock.forward(minutes=5)
    asked(topic="event:1", values=at(26))
    write("yes", id="t2")
    assert (outcome(), len(heard), kinds()) == (["confirmed", "ambiguous_reply"], 1, ["ambiguous_reply"])


def test_unclear_reply_goes_to_staff_and_is_asked_again(asked, write, heard):
    asked()
    write("I don't know")
    assert (heard, kinds(), answers()) == ([], ["unclear_reply"], [(PATIENT, OURS, "unclear")])


def test_two_open_visits_are_not_guessed_between(asked, write, heard):
    asked(topic="event:1")
    asked(topic="event:2")
    write("yes")
    assert (heard, kinds(), answers()) == ([], ["ambiguous_reply"], [(PATIENT, OURS, "ambiguous")])


def test_two_messages_about_one_visit_are_one(asked, write, heard):
    asked(topic="event:1")
    second = asked(topic="event:1")
    write("yes")
    assert heard == [(second.pk, "yes")]


def test_visit_without_an_answer_is_the_one_meant(asked, write, heard, clock):
    first = asked(topic="event:1")
    write("yes", id="t1")
    second = asked(topic="event:2")
    clock.forward(minutes=5)
    write("no", id="t2")
    assert heard == [(first.pk, "yes"), (second.pk, "no")]


def test_unknown_sender_goes_to_staff_without_an_answer(write, heard):
    write("yes", sender="+15559998888")
    assert (heard, kinds(), answers()) == ([], ["unknown_sender"], [])


def test_same_phone_in_two_organizations_answers_the_right_one(asked, write, heard, deliver, other, tick, clock):
    mine = asked()
    deliver(
        organization=other.organization,
        gateway=other.sms_gateway,
        sms_template=other.sms_template,
        recipient=PATIENT,
        topic="event:9",
        answerable_until=clock.at + timedelta(days=2),
    )
    tick()
    write("yes")
    assert heard == [(mine.pk, "yes")]


def test_answer_to_another_of_our_numbers_is_no_match(asked, write, heard):
    asked()
    write("yes", to="+15550100099")
    assert (heard, kinds()) == ([], ["unknown_sender"])


def test_stop_counts_before_it_is_processed(asked, write, heard, deliver, tick):
    asked()
    write("STOP", process=False)
    waiting = deliver(recipient=PATIENT)
    tick()
    assert fresh(waiting).state == "suppressed"
    assert Suppression.objects.unscoped().values_list("address", "reason", "lifted_at").get() == (PATIENT, "stop", None)


def test_stop_is_told_to_staff_and_not_answered(asked, write, heard):
    asked()
    write("STOP")
    assert (heard, kinds(), answers(), outcome()) == ([], ["opt_out"], [], ["opted_out"])


def test_start_lets_messages_through_again(asked, write, deliver, tick, clock):
    write("STOP", id="t1")
    write("START", id="t2")
    delivery = deliver(recipient=PATIENT)
    tick()
    assert fresh(delivery).state == "accepted"
    assert Suppression.objects.unscoped().get().lifted_at == clock.at


def test_two_machines_do_not_talk_for_ever(asked, write, heard):
    asked()
    for number in range(9):
        write(f"out of office {number}", id=f"t{number}")
    assert (len(answers()), len(kinds())) == (inbound_processing.MOST_ANSWERS, 9)


def test_wrong_secret_is_refused_and_changes_nothing(hook, provider, world):
    answer = Client().post("/hooks/lakeside-hook/inbound", {"id": "1"}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "unknown_hook")
    assert InboundEvent.objects.unscoped().count() == 0


@pytest.mark.parametrize("body", ["", "{", "[]", '"x"', '{"data": 5}', "\x00", '{"data":{"attributes":{"from":[]}}}'])
def test_unreadable_text_is_kept_and_told(hook, body):
    answer = Client().post(f"/hooks/{hook}/inbound/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_payload")
    row = InboundEvent.objects.unscoped().get()
    assert (row.raw, row.outcome, kinds()) == (body.replace("\x00", ""), "unreadable", ["warning"])


def test_too_large_a_body_is_refused(hook):
    body = json.dumps({"body": "x" * 300_000})
    assert Client().post(f"/hooks/{hook}/inbound/", body, content_type="application/json").status_code == 413


def test_event_that_cannot_be_processed_does_not_stop_the_others(asked, write, heard, monkeypatch):
    asked()
    write("yes", id="bad", process=False)
    real = inbound_processing._read
    monkeypatch.setattr(
        inbound_processing, "_read", lambda event, now: 1 / 0 if event.event_key == "bad" else real(event, now=now)
    )
    write("ok", id="good")
    for _ in range(inbound_processing.MOST_FAILURES):
        inbound_processing.process_pending()
    assert (outcome(), kinds(), len(heard)) == (["failed", "confirmed"], ["warning"], 1)


def receive(hook, provider, message, status):
    """Let the provider report on a message, and act upon it."""
    path = message.receipt_url.partition("8000")[2] or message.receipt_url
    token = path.rstrip("/").rpartition("/")[2]
    body = {"id": f"mem-{provider.ledger.index(message) + 1}", "status": status}
    answer = Client().post(f"/hooks/{hook}/receipt/{token}/", body, content_type="application/json")
    inbound_processing.process_pending()
    return answer.status_code


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (["sent", "delivered"], "delivered"),
        (["delivered", "sent"], "delivered"),
        (["delivered", "undelivered"], "delivered"),
        (["undelivered", "delivered"], "delivered"),
        (["undelivered", "sent"], "undelivered"),
        (["unknown"], "accepted"),
        (["delivered", "delivered"], "delivered"),
    ],
    ids="-".join,
)
def test_receipts_are_merged_by_rank(hook, provider, deliver, tick, statuses, state):
    delivery = deliver()
    tick()
    assert [receive(hook, provider, provider.ledger[0], status) for status in statuses] == [200] * len(statuses)
    assert fresh(delivery).state == state


def test_receipt_proves_acceptance_when_the_answer_was_lost(hook, provider, deliver, tick):
    provider.script = [(Ambiguous("no_answer"), True)]
    delivery = deliver()
    tick()
    receive(hook, provider, provider.ledger[0], "sent")
    assert (fresh(delivery).state, Attempt.objects.unscoped().get().provider_id) == ("accepted", "mem-1")


@pytest.fixture
def absent(hook, provider, deliver, tick, clock, settings):
    """Return a message that arrived, although its provider's records denied it: it waits to be sent again."""
    provider.script = [(Ambiguous("no_answer"), True)]
    delivery = deliver()
    tick()
    hidden, provider.ledger = provider.ledger, []
    for wait in (settings.OUTBOX_SETTLE, settings.OUTBOX_LOOKUP_PAUSE):
        clock.forward(seconds=wait + 1)
        reconcile.run()
    provider.ledger = hidden
    return delivery


@pytest.mark.parametrize(("status", "state"), [("sent", "accepted"), ("delivered", "delivered")])
def test_receipt_stops_what_was_to_be_sent_again(absent, hook, provider, tick, status, state):
    assert fresh(absent).state == "scheduled"
    receive(hook, provider, provider.ledger[0], status)
    assert (fresh(absent).state, tick(), len(provider.ledger), kinds()) == (state, 0, 1, [])


def test_receipt_after_the_second_try_left_is_told_to_staff(absent, hook, provider, tick):
    tick()
    receive(hook, provider, provider.ledger[0], "sent")
    assert (fresh(absent).state, len(provider.ledger), kinds()) == ("accepted", 2, ["doubt"])


def test_receipt_of_an_earlier_try_does_not_end_the_later_one(absent, hook, provider, tick):
    tick()
    receive(hook, provider, provider.ledger[0], "undelivered")
    assert fresh(absent).state == "accepted"


def test_undelivered_message_is_told_to_staff(hook, provider, deliver, tick):
    deliver()
    tick()
    receive(hook, provider, provider.ledger[0], "undelivered")
    assert kinds() == ["failed"]


def test_token_of_another_gateway_is_refused(hook, provider, deliver, tick, other, world):
    deliver(organization=other.organization, gateway=other.sms_gateway, sms_template=other.sms_template)
    tick()
    assert receive(hook, provider, provider.ledger[0], "delivered") == 400
    assert InboundEvent.objects.unscoped().count() == 0


def test_contact_of_an_unknown_sender_is_named(write, world):
    ana = factories.contact(world, phone="+15559998888")
    write("hello", sender="+15559998888")
    assert StaffItem.objects.unscoped().get().contact_id == ana.pk
