"""Opt-outs: who wrote STOP (or UNSUBSCRIBE, …) gets nothing more on that channel, until they write START.

Which words these are stands in `notifications/engine/replies.py`, and which channel has them in `channels.py`.
`webhook_storage.py` calls `apply` for each inbound message, in the transaction that stores it; `call_intents.py` looks
for suppressions before each call; `inbound_processing.py` tells staff.
"""

from django.db import connection

from notifications.engine.replies import ReplyIntent
from notifications.models import Suppression


def apply(intent: ReplyIntent, *, channel: str, address: str) -> None:
    """Suppress an address whose owner opted out, or lift that again; other intents change nothing (current tenant)."""
    if intent is ReplyIntent.STOP:
        suppress(channel, address, reason="stop")
    elif intent is ReplyIntent.START:
        lift(channel, address)


def suppress(channel: str, address: str, *, reason: str) -> None:
    """Let nothing more go to an address on a channel (current tenant); a second time changes nothing."""
    Suppression.objects.bulk_create(
        [Suppression(channel=channel, address=address, reason=reason)], ignore_conflicts=True
    )


def lift(channel: str, address: str) -> None:
    """Let messages go to an address again; the row stays as the record."""
    with connection.cursor() as cursor:
        rows = Suppression.objects.filter(channel=channel, address=address, lifted_at=None)
        ids = list(rows.values_list("pk", flat=True))
        cursor.execute("UPDATE notifications_suppression SET lifted_at = punctual_now() WHERE id = ANY(%s)", [ids])
