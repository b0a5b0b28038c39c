"""HTTP calls to providers: public addresses only, answers of a limited length, errors in the outbox's terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import aiohttp

from notifications.engine import outgoing_addresses
from notifications.errors import Ambiguous, DeliveryError, PermanentFailure, TemporaryFailure
from notifications.providers import ssrf

LONGEST = 64 * 1024  # bytes of an answer
LONGEST_PAUSE = timedelta(hours=1)  # that a provider may ask for


@dataclass(frozen=True)
class HttpAnswer:
    """What a provider answered."""

    status: int
    headers: Mapping[str, str]
    text: str


async def call(
    http: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: str | None = None,
    query: Mapping[str, str | int] | None = None,
    longest: int = LONGEST,
) -> HttpAnswer:
    """Call a provider; only a failure to connect is a definite no (TemporaryFailure), later ones are Ambiguous.

    An address that may not be called is a PermanentFailure. Redirects are not followed.
    """
    ssrf.check(url, outgoing_addresses.WEB)
    try:
        async with http.request(method, url, data=body, params=query, headers=headers, allow_redirects=False) as answer:
            return HttpAnswer(answer.status, answer.headers, await _read(answer, longest))
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


def refusal(answer: HttpAnswer, detail: str) -> DeliveryError:
    """Return the error for an answer that is no acceptance, by its status: definite for good, for now, or a doubt."""
    code = f"http_{answer.status}"
    # 408 and 425 come from machines between us and the provider, which may have passed the message on.
    if answer.status >= 500 or answer.status in (408, 425):
        return Ambiguous(code, detail)
    if answer.status == 429:
        return TemporaryFailure("overloaded", detail, retry_after=_seconds(answer.headers.get("Retry-After", "")))
    if answer.status in (401, 403) or answer.status < 400:
        return TemporaryFailure("credentials" if answer.status >= 400 else "redirected", detail)
    return PermanentFailure(code, detail)


def _seconds(header: str) -> float:
    return min(float(header), LONGEST_PAUSE.total_seconds()) if header.isdigit() else 0
