"""Flowroute Messaging 2.1 (JSON:API over HTTPS, Basic access key and secret key)."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp

from notifications.drivers import guard
from notifications.drivers.base import Account, Found, Outgoing, Progress, Receipt, Taken, Text
from notifications.engine import reach
from notifications.errors import Ambiguous, BadPayload, PermanentFailure, Suppressed, TemporaryFailure

HOST = "https://api.flowroute.com"
MEDIA_TYPE = "application/vnd.api+json"
OPTED_OUT = re.compile(r"\b1110\b")
PAGE = 250
LONGEST, LONGEST_LIST = 64 * 1024, 2 * 1024 * 1024  # bytes of an answer
MOST_PAGES = 200
RANK = list(Progress)
DELIVERED = frozenset({"delivered"})
UNDELIVERED = frozenset({"undelivered", "undeliverable", "failed", "rejected", "expired", "message failed"})
SENT = frozenset({"smsc submit", "message buffered", "buffered", "sent", "queued", "message sent"})


class Flowroute:
    """SMS through Flowroute."""

    channel = "sms"
    can_list = True
    can_look_up = True
    resends_in_doubt = 0
    max_characters = 1600

    async def send(self, http: aiohttp.ClientSession, account: Account, message: Outgoing) -> Taken:
        """Hand over one text; 202 with a record id is acceptance."""
        attributes = {"to": _digits(message.recipient), "from": _digits(message.sender), "body": message.text}
        if message.receipt_url:
            attributes["dlr_callback"] = message.receipt_url
        body = {"data": {"type": "message", "attributes": attributes}}
        status, headers, text = await _call(http, "POST", _url(account), account, body)
        if status >= 300:
            raise _refusal(status, headers, text)
        try:
            provider_id = json.loads(text)["data"]["id"]
        except (ValueError, KeyError, TypeError) as error:
            raise Ambiguous("garbled_answer", text) from error
        if not isinstance(provider_id, str) or not provider_id:
            raise Ambiguous("garbled_answer", text)
        return Taken(provider_id)

    async def find(
        self, http: aiohttp.ClientSession, account: Account, since: datetime, until: datetime
    ) -> list[Found]:
        """Walk the account's records of a span, page by page."""
        found: list[Found] = []
        for page in range(MOST_PAGES):
            query = {"start_date": _iso(since), "end_date": _iso(until), "limit": PAGE, "offset": page * PAGE}
            rows = await self._page(http, account, query)
            found += [_found(row) for row in rows]
            if len(rows) < PAGE:
                return found
        raise TemporaryFailure(
            "too_many_records", f"More than {PAGE * MOST_PAGES} records between {since} and {until}."
        )

    @staticmethod
    async def _page(http: aiohttp.ClientSession, account: Account, query: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            status, headers, text = await _call(http, "GET", _url(account), account, None, query)
        except Ambiguous as error:
            raise TemporaryFailure(error.code, error.detail) from error
        if status != 200:
            raise TemporaryFailure(f"http_{status}", text)
        try:
            return [row["attributes"] | {"id": row["id"]} for row in json.loads(text)["data"]]
        except (ValueError, KeyError, TypeError) as error:
            raise TemporaryFailure("garbled_answer", text) from error

    async def look_up(self, http: aiohttp.ClientSession, account: Account, provider_id: str) -> Receipt:
        """Read one record: the receipt that says most, or the record's own status."""
        try:
            status, _, text = await _call(http, "GET", f"{_url(account)}/{quote(provider_id, safe='')}", account, None)
        except Ambiguous as error:
            raise TemporaryFailure(error.code, error.detail) from error
        if status != 200:
            raise TemporaryFailure(f"http_{status}", text)
        word, code = max(_steps(text), key=lambda pair: RANK.index(_progress(pair[0].lower())))
        return Receipt(provider_id, _progress(word.lower()), word[:60], code)

    async def register(self, http: aiohttp.ClientSession, account: Account, inbound_url: str) -> None:
        """Set the account's callback for inbound texts; receipts are asked for with each message."""
        body = {"data": {"attributes": {"callback_url": inbound_url}}}
        status, headers, text = await _call(http, "PUT", f"{_url(account)}/sms_callback", account, body)
        if status >= 300:
            raise _refusal(status, headers, text)

    def receipt(self, payload: Any) -> Receipt:
        """Read a delivery receipt; unknown codes are kept, never an error."""
        data = _data(payload)
        attributes = data.get("attributes") or {}
        if not isinstance(attributes, dict) or not data.get("id"):
            raise BadPayload("A receipt needs data.id and data.attributes.")
        status = str(attributes.get("status") or "")
        return Receipt(
            str(data["id"]), _progress(status.lower()), status[:60], str(attributes.get("status_code") or "")
        )

    def inbound(self, payload: Any) -> Text:
        """Read a patient's text, as version 2.1 wraps it and as version 2 sends it flat."""
        data = _data(payload) if isinstance(payload, dict) and "data" in payload else payload
        attributes = data.get("attributes", data) if isinstance(data, dict) else None
        if not isinstance(attributes, dict):
            raise BadPayload("A text needs from, to and body.")
        sender, recipient, body = (attributes.get(name) for name in ("from", "to", "body"))
        if not (isinstance(body, str) and _is_number(sender) and _is_number(recipient)):
            raise BadPayload("A text needs from and to (digits) and body (text).")
        return Text(str(data.get("id") or ""), _e164(str(sender)), _e164(str(recipient)), body.replace("\x00", ""))


async def _call(
    http: aiohttp.ClientSession,
    method: str,
    url: str,
    account: Account,
    body: dict[str, Any] | None,
    query: dict[str, Any] | None = None,
) -> tuple[int, Any, str]:
    """Call the provider; only a failure to connect is a definite no, every later one is a doubt."""
    guard.target(url, reach.WEB)
    auth = aiohttp.encode_basic_auth(account.secrets.get("access_key", ""), account.secrets.get("secret_key", ""))
    data = json.dumps(body) if body is not None else None
    headers = {"Authorization": auth, "Content-Type": MEDIA_TYPE, "Accept": MEDIA_TYPE}
    try:
        async with http.request(method, url, data=data, params=query, headers=headers, allow_redirects=False) as answer:
            return answer.status, answer.headers, await _read(answer, LONGEST_LIST if query else LONGEST)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise TemporaryFailure("unreachable", str(error)) from error
    except aiohttp.InvalidURL as error:
        raise PermanentFailure("bad_base_url", str(error)) from error
    except (TimeoutError, aiohttp.ClientError) as error:
        raise Ambiguous("no_answer", type(error).__name__) from error


async def _read(answer: aiohttp.ClientResponse, longest: int) -> str:
    body = bytearray()
    async for part in answer.content.iter_any():
        body += part
        if len(body) > longest:
            answer.close()
            raise Ambiguous("garbled_answer", f"The answer is longer than {longest} bytes.")
    return body.decode(errors="replace")


def _refusal(status: int, headers: Any, text: str) -> Exception:
    """Sort an answer that is no acceptance: definite for good, definite for now, or a doubt."""
    code, detail = f"http_{status}", _detail(text)
    # 408 and 425 come from machines between us and the provider, which may have passed the message on.
    if status >= 500 or status in (408, 425):
        return Ambiguous(code, detail)
    if status == 429:
        return TemporaryFailure("overloaded", detail, retry_after=_seconds(headers.get("Retry-After", "")))
    if status in (401, 403) or status < 400:
        return TemporaryFailure("credentials" if status >= 400 else "redirected", detail)
    if OPTED_OUT.search(_said(text)):
        return Suppressed("opted_out", detail)
    return PermanentFailure(code, detail)


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


def _found(row: dict[str, Any]) -> Found:
    at = datetime.fromisoformat(str(row["timestamp"]).replace("Z", "+00:00"))
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return Found(str(row["id"]), _e164(str(row["to"])), _e164(str(row["from"])), str(row["body"]), at)


def _steps(text: str) -> list[tuple[str, str]]:
    """Return the words and codes of a record's receipts, or its own status where it has none."""
    try:
        record = json.loads(text)["data"]["attributes"]
        rows = record.get("delivery_receipts") or [{"status": record.get("status")}]
        return [(str(row.get("status") or ""), str(row.get("status_code") or "")) for row in rows]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TemporaryFailure("garbled_answer", text) from error


def _progress(status: str) -> Progress:
    for known, progress in (
        (DELIVERED, Progress.DELIVERED),
        (UNDELIVERED, Progress.UNDELIVERED),
        (SENT, Progress.SENT),
    ):
        if status in known:
            return progress
    return Progress.UNKNOWN


def _data(payload: Any) -> dict[str, Any]:
    data = payload.get("data") if isinstance(payload, dict) else None
    if not isinstance(data, dict):
        raise BadPayload('The body must be a JSON object with "data".')
    return data


def _url(account: Account) -> str:
    return f"{(account.base_url or HOST).rstrip('/')}/v2.1/messages"


def _digits(number: str) -> str:
    return number.removeprefix("+")


def _e164(digits: str) -> str:
    return "+" + digits.strip().removeprefix("+")


def _is_number(value: Any) -> bool:
    text = str(value).strip().removeprefix("+") if isinstance(value, str | int) else ""
    return text.isascii() and text.isdigit() and len(text) <= 15


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _seconds(header: str) -> float:
    return min(float(header), timedelta(hours=1).total_seconds()) if header.isdigit() else 0
