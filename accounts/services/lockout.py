"""Wrong passwords: so many an account and an address, and then none is looked at for a while."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest

from accounts.engine import addresses
from accounts.errors import TooManyTries
from accounts.models import RateCounter
from accounts.services import limits
from accounts.services.limits import Limit, LimitReached, Permit

# While others' tries are under way (hashing takes 0.2 s), a place may come free: a client's many connections at once.
ROUNDS = 40
ROUND_SECONDS = 0.05


@dataclass(frozen=True)
class Try:
    """A password that may be looked at: its places in the counts."""

    places: tuple[Permit, ...]


def begin(username: str, request: HttpRequest | None) -> Try:
    """Take a try before anything is hashed; raise TooManyTries, in the same words whether the account exists or not."""
    address = client_address(request)
    return _patiently(lambda: _take(username, address))


def begin_code(username: str) -> Try:
    """Take a try at the code of a second factor; these are counted apart from passwords."""
    return _patiently(lambda: _take_code(username))


def _patiently(take: Callable[[], Try | LimitReached]) -> Try:
    found = take()
    for _ in range(ROUNDS):
        if isinstance(found, Try) or found.is_settled:
            break
        time.sleep(ROUND_SECONDS)
        found = take()
    if isinstance(found, Try):
        return found
    seconds = max(1, math.ceil(found.wait.total_seconds())) if found.is_settled else 1
    raise TooManyTries(retry_after=seconds)


def end(made: Try, *, right: bool) -> bool:
    """Give a try back when the password was right; else it stays counted, and True tells that it was the last."""
    if not right:
        return any([limits.spend(place) for place in made.places])
    for place in made.places:
        limits.give_back(place)
    return False


def unlock(username: str) -> bool:
    """Let an account be tried again at once, and tell whether anything was counted."""
    released = [limits.release(kind, username) for kind in (RateCounter.Kind.ACCOUNT, RateCounter.Kind.CODE)]
    return any(released)


def client_address(request: HttpRequest | None) -> str:
    """Return where a request comes from; X-Forwarded-For counts behind trusted proxies only."""
    if request is None:
        return ""
    remote, forwarded = request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
    return addresses.client(remote, forwarded, proxies=settings.TRUSTED_PROXIES)


def _take(username: str, address: str) -> Try | LimitReached:
    # The address first: one that is locked out cannot fill the table with names.
    of_address = limits.take(_limit(RateCounter.Kind.ADDRESS, settings.LOCKOUT_ADDRESS_TRIES), address)
    if isinstance(of_address, LimitReached):
        return of_address
    of_account = limits.take(_limit(RateCounter.Kind.ACCOUNT, settings.LOCKOUT_ACCOUNT_TRIES), username)
    if isinstance(of_account, LimitReached):
        limits.give_back(of_address)
        return of_account
    return Try((of_account, of_address))


def _take_code(username: str) -> Try | LimitReached:
    found = limits.take(_limit(RateCounter.Kind.CODE, settings.LOCKOUT_ACCOUNT_TRIES), username)
    return found if isinstance(found, LimitReached) else Try((found,))


def _limit(kind: str, most: int) -> Limit:
    window, pause = (timedelta(seconds=span) for span in (settings.LOCKOUT_WINDOW, settings.LOCKOUT_PAUSE))
    return Limit(kind, most, window, pause)
