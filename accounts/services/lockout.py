"""Lock-out: a limit of wrong passwords per account and per network address, then a pause."""

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

# While other attempts are being checked (hashing takes 0.2 s), a permit may be refunded: wait for it.
ROUNDS = 40
ROUND_SECONDS = 0.05


@dataclass(frozen=True)
class SignInAttempt:
    """A sign-in attempt that may be checked, with its permits."""

    permits: tuple[Permit, ...]


def start_attempt(username: str, request: HttpRequest | None) -> SignInAttempt:
    """Return a permitted attempt; call it before hashing. Raises `TooManyTries`, whether the account exists or not."""
    address = client_address(request)
    return _wait_for_permits(lambda: _acquire(username, address))


def start_code_attempt(username: str) -> SignInAttempt:
    """Return a permitted attempt at a second factor's code, counted apart from passwords; raises `TooManyTries`."""
    return _wait_for_permits(lambda: _acquire_code(username))


def _wait_for_permits(acquire: Callable[[], SignInAttempt | LimitReached]) -> SignInAttempt:
    found = acquire()
    for _ in range(ROUNDS):
        if isinstance(found, SignInAttempt) or found.is_settled:
            break
        time.sleep(ROUND_SECONDS)
        found = acquire()
    if isinstance(found, SignInAttempt):
        return found
    seconds = max(1, math.ceil(found.wait.total_seconds())) if found.is_settled else 1
    raise TooManyTries(retry_after=seconds)


def finish_attempt(attempt: SignInAttempt, *, is_right: bool) -> bool:
    """Refund a right attempt, count a wrong one; return True when a wrong one was the last before the pause."""
    if not is_right:
        return any([limits.count_failure(permit) for permit in attempt.permits])
    for permit in attempt.permits:
        limits.refund(permit)
    return False


def unlock(username: str) -> bool:
    """Reset the counters of an account; return whether anything was counted."""
    released = [limits.reset(kind, username) for kind in (RateCounter.Purpose.ACCOUNT, RateCounter.Purpose.CODE)]
    return any(released)


def client_address(request: HttpRequest | None) -> str:
    """Return a request's network address; X-Forwarded-For counts behind trusted proxies only."""
    if request is None:
        return ""
    remote, forwarded = request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
    return addresses.client_address(remote, forwarded, proxies=settings.TRUSTED_PROXIES)


def _acquire(username: str, address: str) -> SignInAttempt | LimitReached:
    # The address first, so that a locked-out one cannot fill the table with names.
    of_address = limits.acquire(_limit(RateCounter.Purpose.ADDRESS, settings.LOCKOUT_ADDRESS_TRIES), address)
    if isinstance(of_address, LimitReached):
        return of_address
    of_account = limits.acquire(_limit(RateCounter.Purpose.ACCOUNT, settings.LOCKOUT_ACCOUNT_TRIES), username)
    if isinstance(of_account, LimitReached):
        limits.refund(of_address)
        return of_account
    return SignInAttempt((of_account, of_address))


def _acquire_code(username: str) -> SignInAttempt | LimitReached:
    found = limits.acquire(_limit(RateCounter.Purpose.CODE, settings.LOCKOUT_ACCOUNT_TRIES), username)
    return found if isinstance(found, LimitReached) else SignInAttempt((found,))


def _limit(kind: str, most: int) -> Limit:
    window, pause = (timedelta(seconds=span) for span in (settings.LOCKOUT_WINDOW, settings.LOCKOUT_PAUSE))
    return Limit(kind, most, window, pause)
