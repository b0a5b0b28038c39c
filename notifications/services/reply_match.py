"""Find the message that a reply answers: by gateway and both numbers, inside the tenant, never by the sender alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from notifications.engine.replies import ReplyIntent
from notifications.engine.states import OPEN, State
from notifications.models import Delivery, InboundEvent

# A reply proves that a message arrived, whatever its state; only messages that surely never left are left out.
NEVER_LEFT = sorted({*OPEN, State.CANCELLED, State.SKIPPED, State.SUPPRESSED, State.FAILED, State.QUARANTINED})


@dataclass(frozen=True)
class ReplyMatch:
    """What was found: one message, none, or several visits between which nobody can choose."""

    kind: Literal["one", "none", "several"]
    delivery: Delivery | None = None
    asked: Delivery | None = None  # the latest message to the sender, for language and contact


def find(event: InboundEvent, *, now: datetime) -> ReplyMatch:
    """Find the message that a text answers.

    Of several open visits the one without an answer is meant; with none or more than one of those, nobody can tell.
    Several messages about one visit count as one, and the latest is taken.
    """
    asked = (
        Delivery.objects.filter(
            channel=event.gateway.channel,
            recipient=event.sender,
            answerable_until__gt=now,
            attempts__sender=event.recipient,
            attempts__gateway=event.gateway,
        )
        .exclude(state__in=NEVER_LEFT)
        .select_related("contact", "organization")
        .order_by("-pk")
        .distinct()
    )
    by_topic: dict[str, Delivery] = {}
    for delivery in asked:
        by_topic.setdefault(delivery.topic or f"delivery:{delivery.pk}", delivery)
    if not by_topic:
        return ReplyMatch("none")
    latest = next(iter(by_topic.values()))
    waiting = [delivery for delivery in by_topic.values() if not _is_answered(delivery)]
    candidates = waiting or list(by_topic.values())
    return ReplyMatch("one", candidates[0], latest) if len(candidates) == 1 else ReplyMatch("several", None, latest)


def _is_answered(asked: Delivery) -> bool:
    """Return whether a visit has its answer; one to a message about other times, before it moved, does not count."""
    answers = [ReplyIntent.YES, ReplyIntent.NO]
    topic, moments = asked.topic, asked.values.get("moments")
    settled = InboundEvent.objects.filter(delivery__topic=topic, intent__in=answers, processed_at__isnull=False)
    if moments:
        settled = settled.filter(delivery__values__moments=moments)
    return settled.exclude(outcome="repeated").exists()
