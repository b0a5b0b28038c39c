"""STOP and its way back, as the carrier keeps them."""

import json

import pytest

from simulator.models import CarrierPost
from simulator.tests.conftest import CLINIC, PHONE


@pytest.mark.parametrize("word", ["STOP", " stop ", "Stop\n"])
def test_stop_blocks_the_pair_and_answers_by_itself(customer, word):
    customer.send("one")
    customer.reply(word)
    status, body = customer.send("two")
    assert (status, body["errors"][0]["code"]) == (400, "1110")
    assert customer.ledger() == ["one"]
    assert [text[:12] for text in customer.texts()] == ["one", "NETWORK MSG:"]


def test_stop_does_not_block_another_pair(customer):
    customer.send("one")
    customer.reply("STOP")
    assert customer.send(sender="+15550100002")[0] == 202
    assert customer.send(to="+15557654321")[0] == 202


@pytest.mark.parametrize("word", ["START", "unstop"])
def test_the_phone_can_lift_the_block(customer, word):
    customer.send("one")
    customer.reply("STOP")
    customer.reply(word)
    assert customer.send("two")[0] == 202


def test_stop_inside_a_sentence_blocks_nothing(customer):
    customer.send("one")
    customer.reply("Please do not stop")
    assert customer.send("two")[0] == 202


def test_stop_is_forwarded_and_the_carriers_own_answer_is_nobodys_message(customer, listener):
    customer.listen("sms_callback", listener.url)
    customer.send("one")
    customer.reply("STOP")
    assert [json.loads(post.body)["data"]["attributes"]["body"] for post in CarrierPost.objects.all()] == ["STOP"]
    listed = customer.call("GET", "/flowroute/v2.1/messages")[1]["data"]
    assert [row["attributes"]["body"] for row in listed] == ["one", "STOP"]
    assert listed[1]["attributes"]["from"] == PHONE[1:]
    assert listed[1]["attributes"]["to"] == CLINIC[1:]
