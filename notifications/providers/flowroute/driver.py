"""Flowroute Messaging 2.1 (JSON:API over HTTPS, Basic access key and secret key)."""

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import aiohttp

from notifications.engine.states import Channel
from notifications.errors import Ambiguous, DeliveryError, PermanentFailure, Suppressed, TemporaryFailure
from notifications.providers.base import Accepted, Account, Driver, Outgoing, ProviderRecord
from notifications.providers.flowroute import form, webhooks
from notifications.providers.flowroute.webhooks import e164, progress
from notifications.providers.http import LONGEST, HttpAnswer, call, refusal
from notifications.providers.pushed_events import Progress, PushedEvent, Receipt, WebhookRequest

HOST = "https://api.flowroute.com"
MEDIA_TYPE = "application/vnd.api+json"
OPTED_OUT = re.compile(r"\b1110\b")
PAGE = 250
LONGEST_LIST = 2 * 1024 * 1024  # bytes of a page of records
MOST_PAGES = 200
RANK = list(Progress)


class Flowroute(Driver):
    """SMS through Flowroute."""

    label = form.LABEL
    channel = Channel.SMS
    fields = form.FIELDS
    can_list = True
    can_look_up = True
    push_methods = frozenset({"POST"})
    registers = True

    async def deliver(self, http: aiohttp.ClientSession, account: Account, message: Outgoing) -> Accepted:
        """Hand over one text; 202 with a record id is acceptance."""
        attributes = {"to": _digits(message.recipient), "from": _digits(message.sender), "body": message.text}
        if message.receipt_url:
            attributes["dlr_callback"] = message.receipt_url
        body = {"data": {"type": "message", "attributes": attributes}}
        answer = await _call(http, "POST", _url(account), account, body)
        if answer.status >= 300:
            raise _refusal(answer)
        try:
            provider_id = json.loads(answer.text)["data"]["id"]
        except (ValueError, KeyError, TypeError) as error:
            raise Ambiguous("garbled_answer", answer.text) from error
        if not isinstance(provider_id, str) or not provider_id:
            raise Ambiguous("garbled_answer", answer.text)
        return Accepted(provider_id)

    async def find(
        self, http: aiohttp.ClientSession, account: Account, since: datetime, until: datetime
    ) -> list[ProviderRecord]:
        """Yield the account's records of a span, page by page."""
        found: list[ProviderRecord] = []
        for page in range(MOST_PAGES):
            span: dict[str, str | int] = {"start_date": _iso(since), "end_date": _iso(until)}
            rows = await self._page(http, account, {**span, "limit": PAGE, "offset": page * PAGE})
            found += [_found(row) for row in rows]
            if len(rows) < PAGE:
                return found
        raise TemporaryFailure(
            "too_many_records", f"More than {PAGE * MOST_PAGES} records between {since} and {until}."
        )

    @staticmethod
    async def _page(http: aiohttp.ClientSession, account: Account, query: dict[str, str | int]) -> list[dict[str, Any]]:
        try:
            answer = await _call(http, "GET", _url(account), account, query=query)
        except Ambiguous as error:
            raise TemporaryFailure(error.code, error.detail) from error
        if answer.status != 200:
            raise TemporaryFailure(f"http_{answer.status}", answer.text)
        try:
            return [row["attributes"] | {"id": row["id"]} for row in json.loads(answer.text)["data"]]
        except (ValueError, KeyError, TypeError) as error:
            raise TemporaryFailure("garbled_answer", answer.text) from error

    async def look_up(self, http: aiohttp.ClientSession, account: Account, provider_id: str) -> Receipt:
        """Read one record: the receipt that says most, or the record's own status."""
        try:
            answer = await _call(http, "GET", f"{_url(account)}/{quote(provider_id, safe='')}", account)
        except Ambiguous as error:
            raise TemporaryFailure(error.code, error.detail) from error
        if answer.status != 200:
            raise TemporaryFailure(f"http_{answer.status}", answer.text)
        word, code = max(_steps(answer.text), key=lambda pair: RANK.index(progress(pair[0].lower())))
        return Receipt(provider_id, progress(word.lower()), word[:60], code)

    async def register(self, http: aiohttp.ClientSession, account: Account, inbound_url: str) -> None:
        """Set the account's callback for inbound texts; receipts are asked for with each message."""
        body = {"data": {"attributes": {"callback_url": inbound_url}}}
        answer = await _call(http, "PUT", f"{_url(account)}/sms_callback", account, body)
        if answer.status >= 300:
            raise _refusal(answer)

    def events(self, request: WebhookRequest, account: Account) -> list[PushedEvent]:
        """Read a receipt or a text."""
        return webhooks.events(request)


async def _call(
    http: aiohttp.ClientSession,
    method: str,
    url: str,
    account: Account,
    body: dict[str, Any] | None = None,
    query: dict[str, str | int] | None = None,
) -> HttpAnswer:
    auth = aiohttp.encode_basic_auth(account.secrets.get("access_key", ""), account.secrets.get("secret_key", ""))
    headers = {"Authorization": auth, "Content-Type": MEDIA_TYPE, "Accept": MEDIA_TYPE}
    data = json.dumps(body) if body is not None else None
    longest = LONGEST_LIST if query else LONGEST
    return await call(http, method, url, headers=headers, body=data, query=query, longest=longest)


def _refusal(answer: HttpAnswer) -> DeliveryError:
    """Sort an answer that is no acceptance; Flowroute says in its code that the recipient opted out."""
    detail = _detail(answer.text)
    error = refusal(answer, detail)
    if isinstance(error, PermanentFailure) and OPTED_OUT.search(_said(answer.text)):
        return Suppressed("opted_out", detail)
    return error


def _detail(text: str) -> str:
    try:
        return str(json.loads(text)["errors"][0]["detail"])
    except (ValueError, KeyError, TypeError, IndexError):
        return text


def _said(text: str) -> str:
    """Return the errors without their random ids, which may hold any digits."""
    try:
        return str([{**error, "id": ""} for error in json.loads(text)["errors"]])
    except (ValueError, KeyError, TypeError):
        return text


def _found(row: dict[str, Any]) -> ProviderRecord:
    at = datetime.fromisoformat(str(row["timestamp"]).replace("Z", "+00:00"))
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return ProviderRecord(str(row["id"]), e164(str(row["to"])), e164(str(row["from"])), str(row["body"]), at)


def _steps(text: str) -> list[tuple[str, str]]:
    """Return the words and codes of a record's receipts, or its own status where it has none."""
    try:
        record = json.loads(text)["data"]["attributes"]
        rows = record.get("delivery_receipts") or [{"status": record.get("status")}]
        return [(str(row.get("status") or ""), str(row.get("status_code") or "")) for row in rows]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TemporaryFailure("garbled_answer", text) from error


def _url(account: Account) -> str:
    return f"{(account.base_url or HOST).rstrip('/')}/v2.1/messages"


def _digits(number: str) -> str:
    return number.removeprefix("+")


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
