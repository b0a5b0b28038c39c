"""Rate limit and circuit breaker of each gateway."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction

from notifications.models import Gateway

LOOK_AHEAD = timedelta(seconds=1)  # permits are given for this span; later ones wait in the table
BREAK_AFTER = 5  # consecutive failures
REST = timedelta(seconds=30)
SHORTEST, LONGEST = 1e-6, 86_400.0  # seconds between two messages


@transaction.atomic
def permits(gateway_id: int, wanted: int, *, now: datetime) -> tuple[list[datetime], datetime]:
    """Reserve up to `wanted` instants to send at, and tell when the next one comes free.

    Evenly spaced by the account's rate, across all workers: the row lock makes them queue.
    While the breaker is half open, one probe is allowed and the rest waits.
    """
    gateway = Gateway.objects.unscoped().select_for_update().get(pk=gateway_id)
    if gateway.failures >= BREAK_AFTER:
        return _probe(gateway, now=now)
    first = max(gateway.next_permit_at or now, now)
    step = spacing(gateway)
    free = max(0, int((now + LOOK_AHEAD - first) / step))
    granted = [first + step * number for number in range(min(wanted, max(free, int(first <= now))))]
    gateway.next_permit_at = granted[-1] + step if granted else first
    gateway.save(update_fields=["next_permit_at"])
    return granted, gateway.next_permit_at


def spacing(gateway: Gateway) -> timedelta:
    """Return the time between two messages of an account; bounded, so that no rate stops the others' batch."""
    return timedelta(seconds=min(LONGEST, max(SHORTEST, 1 / gateway.rate_per_second)))


def _probe(gateway: Gateway, *, now: datetime) -> tuple[list[datetime], datetime]:
    if gateway.open_until and gateway.open_until > now:
        return [], gateway.open_until
    gateway.open_until = now + REST
    gateway.save(update_fields=["open_until"])
    return [now], gateway.open_until


def note(results: Iterable[tuple[int, bool]], *, now: datetime) -> None:
    """Count what calls through gateways came to: `(gateway id, whether the provider is at work)`."""
    good, bad = Counter[int](), Counter[int]()
    for gateway_id, worked in results:
        (good if worked else bad)[gateway_id] += 1
    with connection.cursor() as cursor:
        if good:
            cursor.execute(
                "UPDATE notifications_gateway SET failures = 0, open_until = NULL WHERE id = ANY(%s) AND failures > 0",
                [sorted(good)],
            )
        for gateway_id in sorted(set(bad) - set(good)):
            cursor.execute(
                "UPDATE notifications_gateway SET failures = failures + %s, "
                "open_until = CASE WHEN failures + %s >= %s THEN %s::timestamptz END WHERE id = %s",
                [bad[gateway_id], bad[gateway_id], BREAK_AFTER, now + REST, gateway_id],
            )
