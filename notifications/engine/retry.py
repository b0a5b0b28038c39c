"""When to try again. Plain Python."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifications.engine.sending_window import Window


@dataclass(frozen=True)
class Backoff:
    """Exponential with full jitter, in seconds; never less than one."""

    base: float
    cap: float

    def delay(self, tries: int) -> timedelta:
        """Return how long to wait after the given number of tries (1, 2, …)."""
        most = min(self.base * 2 ** min(tries - 1, 16), self.cap)
        return timedelta(seconds=max(1.0, random.uniform(0, most)))  # noqa: S311 # nosec B311 # spreads retries


def next_try(now: datetime, wait: timedelta, *, window: Window, useful_until: datetime) -> datetime | None:
    """Return the next instant inside the window, None when none is left while the message is of use."""
    at = window.next_open(now + wait)
    return at if at < useful_until else None
