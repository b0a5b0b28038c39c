"""SMS through any gateway that takes messages by HTTP."""

from collections.abc import Mapping

import aiohttp

from notifications.engine.states import Channel
from notifications.errors import BadConfiguration, TemporaryFailure
from notifications.providers.base import Accepted, Account, Driver, Outgoing
from notifications.providers.http import call
from notifications.providers.http_sms import answers, form, requests, settings, webhooks
from notifications.providers.pushed_events import PushedEvent, WebhookRequest


class HttpSms(Driver):
    """SMS through the HTTP interface that a gateway's configuration describes.

    It keeps no records that could be searched in a way that all such gateways share: a doubt stays one.
    """

    label = form.LABEL
    channel = Channel.SMS
    fields = form.FIELDS
    takes_query = True
    needs_address = True
    push_methods = frozenset({"GET", "POST", "PUT"})

    def check(self, configuration: Mapping[str, str]) -> None:
        """Accept a configuration that can be worked with; raise `BadConfiguration`."""
        settings.parse(configuration)

    async def deliver(self, http: aiohttp.ClientSession, account: Account, message: Outgoing) -> Accepted:
        """Hand over one text, as the configuration says."""
        try:
            described = settings.parse(account.configuration)
        except BadConfiguration as error:
            raise TemporaryFailure("bad_configuration", error.message) from error
        request = requests.build(described, account, message)
        answer = await call(
            http, request.method, account.base_url, headers=request.headers, body=request.body, query=request.query
        )
        return answers.read(described, answer)

    def challenge(self, request: WebhookRequest, account: Account) -> str | None:
        """Return the echo that the provider asks for."""
        return webhooks.challenge(settings.parse(account.configuration), account.secrets, request)

    def verify(self, request: WebhookRequest, account: Account) -> None:
        """Compare the proof that the configuration asks for."""
        webhooks.verify(settings.parse(account.configuration), account.secrets, request)

    def events(self, request: WebhookRequest, account: Account) -> list[PushedEvent]:
        """Read receipts and inbound messages."""
        return webhooks.events(settings.parse(account.configuration), request)

    def acknowledgement(self, account: Account) -> str | None:
        """Return the text with which the provider wants to be answered."""
        return settings.parse(account.configuration).values["push_answer"] or None
