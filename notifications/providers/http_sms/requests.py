"""The request that hands a message over: the gateway's templates, filled."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from notifications.engine import rendering
from notifications.providers.base import Account, Outgoing
from notifications.providers.http_sms.settings import SECRETS, HttpSmsSettings
from notifications.providers.pushed_events import FORM


@dataclass(frozen=True)
class HttpRequest:
    """A request, ready to leave; `query` is added to the address."""

    method: str
    headers: dict[str, str]
    body: str | None = None
    query: dict[str, str | int] | None = None


def build(settings: HttpSmsSettings, account: Account, message: Outgoing) -> HttpRequest:
    """Fill a gateway's templates with a message: JSON and form fields are encoded after they are filled."""
    values = _values(settings, account, message)
    headers = {name: _header(value, account) for name, value in settings.headers}
    method = settings.values["method"]
    if settings.values["body_format"] == "json":
        body = json.dumps(_filled(settings.body, values))
        return HttpRequest(method, {"Content-Type": "application/json", **headers}, body)
    fields = {name: rendering.render(value, values) for name, value in settings.body}
    if method == "GET":
        return HttpRequest(method, headers, query=dict(fields))
    return HttpRequest(method, {"Content-Type": FORM, **headers}, urlencode(fields))


def _values(settings: HttpSmsSettings, account: Account, message: Outgoing) -> dict[str, str]:
    return {
        **_secrets(account),
        "to": _number(message.recipient, settings),
        "from": _number(message.sender, settings),
        "text": message.text,
        "id": message.message_id,
        "receipt_url": message.receipt_url,
    }


def _secrets(account: Account) -> dict[str, str]:
    return {name: account.secrets.get(name, "") for name in SECRETS}


def _number(number: str, settings: HttpSmsSettings) -> str:
    return number.removeprefix("+") if settings.values["number_format"] == "digits" else number


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    if isinstance(template, dict):
        return {name: _filled(value, values) for name, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, values) for value in template]
    return rendering.render(template, values) if isinstance(template, str) else template


def _header(template: str, account: Account) -> str:
    """Fill a header; line ends in pasted secrets are removed."""
    pair = f"{account.secrets.get('username', '')}:{account.secrets.get('password', '')}"
    basic = base64.b64encode(pair.encode()).decode()
    filled = rendering.render(template, {**_secrets(account), "basic": basic})
    return "".join(each for each in filled if each.isprintable())
