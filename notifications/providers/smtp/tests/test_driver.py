"""The driver of production, against the provider's side of the simulator."""

import asyncio

import aiohttp

from notifications.providers.base import Account, Outgoing
from notifications.providers.smtp import simulator
from notifications.providers.smtp.driver import Smtp
from simulator.models import CarrierMessage


def test_mail_is_delivered_into_the_mailbox(committed):
    with simulator.serving(port=0) as controller:
        account = Account(f"smtp://127.0.0.1:{controller.port}", "clinic@x.example", {"username": "u", "password": "p"})
        mail = Outgoing("ana@example.org", "clinic@x.example", "Plain", subject="Visit", html="<p>Rich</p>")
        asyncio.run(_send(account, mail))
    row = CarrierMessage.objects.get()
    assert (row.recipient, row.subject, row.text, row.html) == ("ana@example.org", "Visit", "Plain\n", "<p>Rich</p>\n")


async def _send(account, mail):
    async with aiohttp.ClientSession() as http:
        await Smtp().send(http, account, mail)
