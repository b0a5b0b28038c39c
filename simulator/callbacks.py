"""Posts what the carrier owes to callback addresses: receipts, and texts that phones wrote."""

import http.client
import json
import logging
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import DatabaseError, InterfaceError, close_old_connections, transaction
from django.db.models import F

from config.kernel.clock import DatabaseNow
from simulator.models import CarrierPost

MOST_TRIES = 5  # the first, and four more, as Flowroute does
PAUSE = timedelta(seconds=30)
TIMEOUT = 10  # seconds for connecting, and for each read
WORKERS = 8
TICK = 0.2
BATCH = 200
logger = logging.getLogger(__name__)


def json_post(url: str, body: dict[str, Any]) -> CarrierPost:
    """Return a call with a JSON body that the carrier would owe; it is not saved."""
    return CarrierPost(url=url, headers={"Content-Type": "application/json"}, body=json.dumps(body))


def run(stopping: threading.Event) -> None:
    """Deliver until told to stop; a database that is away is waited for."""
    while not stopping.is_set():
        close_old_connections()
        try:
            busy = deliver_due(BATCH, stopping=stopping)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The callbacks' database cannot be reached: %s", error)
            stopping.wait(1)
            continue
        if not busy:
            stopping.wait(TICK)


def deliver_due(limit: int = BATCH, *, stopping: threading.Event | None = None) -> int:
    """Post what is due, at most `limit`; return how many posts were tried."""
    posts = _claim(limit)
    if not posts:
        return 0
    with ThreadPoolExecutor(WORKERS) as pool:
        statuses = list(pool.map(lambda post: _post(post, stopping), posts))
    _settle(zip(posts, statuses, strict=True))
    return len(posts)


@transaction.atomic
def _claim(limit: int) -> list[CarrierPost]:
    """Take due posts and move them to their next try at once: a process that dies repeats them, and loses none."""
    due = CarrierPost.objects.filter(done_at=None, due_at__lte=DatabaseNow()).select_for_update(skip_locked=True)
    posts = list(due.order_by("due_at", "id")[:limit])
    CarrierPost.objects.filter(pk__in=[post.pk for post in posts]).update(
        tries=F("tries") + 1, due_at=DatabaseNow() + PAUSE
    )
    return posts


def _post(post: CarrierPost, stopping: threading.Event | None) -> int:
    """Return the answer's status, 0 when there was none."""
    address = urlsplit(post.url)
    if (stopping and stopping.is_set()) or not address.hostname:
        return 0
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = None
    try:
        connection = kind(address.hostname, address.port, timeout=TIMEOUT)
        path = address._replace(scheme="", netloc="", fragment="").geturl() or "/"
        connection.request(post.method, path, post.body or None, post.headers)
        return connection.getresponse().status
    except (OSError, ValueError, http.client.HTTPException) as error:
        logger.info("Callback %s got no answer: %s", post.pk, type(error).__name__)
        return 0
    finally:
        if connection:
            connection.close()


@transaction.atomic
def _settle(answers: Iterable[tuple[CarrierPost, int]]) -> None:
    """Close what was taken with 200, and what was tried often enough."""
    finished: dict[int, list[int]] = {}
    failed: dict[int, list[int]] = {}
    for post, status in answers:
        is_over = status == 200 or post.tries + 1 >= MOST_TRIES
        (finished if is_over else failed).setdefault(status, []).append(post.pk)
    for status, keys in finished.items():
        CarrierPost.objects.filter(pk__in=keys).update(status=status, done_at=DatabaseNow())
    for status, keys in failed.items():
        CarrierPost.objects.filter(pk__in=keys).update(status=status)
