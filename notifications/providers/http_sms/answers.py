"""What a provider's answer to a message means."""

import json
from typing import Any

from notifications.errors import Ambiguous, DeliveryError, PermanentFailure, Suppressed, TemporaryFailure
from notifications.providers.base import Accepted
from notifications.providers.http import HttpAnswer, refusal
from notifications.providers.http_sms.selectors import around, text_at
from notifications.providers.http_sms.settings import HttpSmsSettings


def read(settings: HttpSmsSettings, answer: HttpAnswer) -> Accepted:
    """Return the acceptance in an answer; raise PermanentFailure, TemporaryFailure, Suppressed or Ambiguous.

    The result that the answer tells counts before its status, since many gateways refuse with status 200.
    """
    data = _json(answer.text)
    result = text_at(data, settings.values["result_path"]).lower()
    if error := _told_refusal(settings, result, answer):
        raise error
    if not settings.is_accepted(answer.status):
        raise refusal(answer, answer.text)
    if (wanted := settings.words("accepted_results")) and result not in wanted:
        raise PermanentFailure("refused", answer.text) if result else Ambiguous("garbled_answer", answer.text)
    return Accepted(_id(settings, data, answer))


def _told_refusal(settings: HttpSmsSettings, result: str, answer: HttpAnswer) -> DeliveryError | None:
    if result in settings.words("opted_out_results"):
        return Suppressed("opted_out", answer.text)
    if result in settings.words("temporary_results"):
        return TemporaryFailure("refused_for_now", answer.text)
    return None


def _id(settings: HttpSmsSettings, data: Any, answer: HttpAnswer) -> str:
    """Return the provider's id of the message; an answer without the id that it should have proves nothing."""
    path, text = settings.values["id_path"], settings.values["id_text"]
    found = text_at(data, path) or (around(answer.text, text) if text else "")
    if not found and (path or text):
        raise Ambiguous("garbled_answer", answer.text)
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
