"""Process what providers pushed: merge receipts, match replies to the messages that they answer."""

import logging
from datetime import datetime, timedelta

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.tenancy import system, tenant
from config.kernel import clock
from contacts.models import Contact
from notifications import channels
from notifications.engine.replies import ReplyIntent, parse
from notifications.engine.wording import Wording
from notifications.models import Attempt, Delivery, InboundEvent, StaffItem
from notifications.services import outbox, receipts, reply_match, staff_items
from notifications.services.reply_match import ReplyMatch
from notifications.signals import reply_received

logger = logging.getLogger(__name__)

BATCH = 500
MOST_FAILURES = 5
REPETITION = timedelta(minutes=2)  # the same words from the same phone within this span are one answer
ANSWER_LIFE = timedelta(hours=1)
MOST_ANSWERS = 5  # to one phone within ANSWER_LIFE: two machines must not talk for ever

ANSWERS = {ReplyIntent.YES, ReplyIntent.NO}


def request_processing() -> None:
    """Ask a worker to process what came in; when the broker is down, the next scan finds the rows."""
    current_app.send_task("notifications.process_inbound", ignore_result=True, retry=False)


def process_pending() -> int:
    """Work through what is stored and not yet acted upon, oldest first; returns how many."""
    with system():
        unread = InboundEvent.objects.unscoped().filter(processed_at=None).order_by("pk")
        ids = [pair for rows in _queues(unread) for pair in rows.values_list("pk", "organization_id")[:BATCH]]
    for pk, organization_id in ids:
        with tenant(organization_id):
            _process(pk)
    return len(ids)


def _queues(unread: QuerySet[InboundEvent]) -> tuple[QuerySet[InboundEvent], ...]:
    """Receipts that wait for their attempt to become known keep no others waiting."""
    early = Q(kind=InboundEvent.Content.RECEIPT, attempt=None)
    return unread.exclude(early), unread.filter(early)


def _process(pk: int) -> None:
    """Process one event; an error in it does not stop the others."""
    try:
        with transaction.atomic():
            event = _lock(pk)
            if event:
                _act(event, now=clock.now())
    except SoftTimeLimitExceeded:
        # The worker's time is up; that says nothing about this event.
        raise
    except Exception:
        logger.exception("inbound event %s could not be processed", pk)
        _note_failure(pk)


def _lock(pk: int) -> InboundEvent | None:
    free = InboundEvent.objects.select_for_update(skip_locked=True, of=("self",))
    return free.select_related("gateway").filter(pk=pk, processed_at=None).first()


def _note_failure(pk: int) -> None:
    with transaction.atomic():
        event = _lock(pk)
        if not event:
            return
        event.failures += 1
        if event.failures >= MOST_FAILURES:
            event.processed_at, event.outcome = clock.now(), "failed"
            staff_items.tell(StaffItem.Reason.WARNING, "unprocessed", key=f"inbound:{pk}", inbound=event)
        event.save(update_fields=["failures", "processed_at", "outcome"])


def _act(event: InboundEvent, *, now: datetime) -> None:
    outcome = receipts.merge(event, now=now) if event.kind == InboundEvent.Content.RECEIPT else _read(event, now=now)
    if outcome is None:
        return
    event.outcome, event.processed_at = outcome, now
    event.save(update_fields=["outcome", "processed_at", "delivery", "attempt", "intent"])


def _read(event: InboundEvent, *, now: datetime) -> str:
    """Decide what a patient's text changes, answer it, and return the outcome's code."""
    if _repeated(event):
        return "repeated"
    match = reply_match.find(event, now=now)
    event.delivery = match.delivery
    if match.delivery:
        keywords = channels.of(event.gateway.channel).keywords
        event.intent = parse(event.text, match.delivery.language, keywords=keywords)
    if event.intent == ReplyIntent.STOP:
        return _opted_out(event, match)
    if event.intent == ReplyIntent.START:
        return "resumed"
    if match.kind == "none":
        return _unknown_sender(event)
    if match.kind == "several":
        return _for_staff(event, match, StaffItem.Reason.AMBIGUOUS_REPLY, Wording.AMBIGUOUS, now=now)
    if event.intent not in ANSWERS:
        return _for_staff(event, match, StaffItem.Reason.UNCLEAR_REPLY, Wording.UNCLEAR, now=now)
    return _answered(event, match, now=now)


def _answered(event: InboundEvent, match: ReplyMatch, *, now: datetime) -> str:
    """Tell the app that asked; the first receiver that knows the visit decides what the patient is told."""
    replies = reply_received.send(
        InboundEvent, inbound=event, delivery=match.delivery, intent=ReplyIntent(event.intent), now=now
    )
    wording = next((wording for _, wording in replies if wording), None)
    if wording is None:
        return _for_staff(event, match, StaffItem.Reason.UNCLEAR_REPLY, Wording.PASSED_ON, now=now)
    _say(event, match.delivery, Wording(wording), now=now)
    return str(wording)


def _repeated(event: InboundEvent) -> bool:
    """Return whether a text only repeats the one before it, and nothing was asked in between."""
    before = (
        InboundEvent.objects.filter(
            kind=event.kind,
            gateway=event.gateway,
            sender=event.sender,
            recipient=event.recipient,
            pk__lt=event.pk,
            processed_at__isnull=False,
        )
        .exclude(outcome="repeated")
        .order_by("-pk")
        .first()
    )
    if not before or before.text != event.text or event.received_at - before.received_at > REPETITION:
        return False
    asked = Attempt.objects.filter(delivery__recipient=event.sender, delivery__answerable_until__isnull=False)
    return not asked.filter(started_at__gt=before.received_at, started_at__lte=event.received_at).exists()


def _opted_out(event: InboundEvent, match: ReplyMatch) -> str:
    """Tell staff: the patient may have meant the visit, and can no longer be asked by text."""
    contact = match.delivery.contact if match.delivery else None
    staff_items.tell(
        StaffItem.Reason.OPT_OUT,
        "opted_out",
        key=f"optout:{event.sender}",
        values={"sender": event.sender, "text": event.text[:40]},
        contact=contact,
        delivery=match.delivery,
        inbound=event,
    )
    return "opted_out"


def _unknown_sender(event: InboundEvent) -> str:
    address = channels.of(event.gateway.channel).address
    known = {f"{address.contact_relation}__{address.contact_column}": event.sender}
    contact = Contact.objects.filter(**known).order_by(f"{address.contact_relation}__id").first()
    staff_items.tell(
        StaffItem.Reason.UNKNOWN_SENDER,
        "unknown_sender",
        key=f"inbound:{event.pk}",
        values={"sender": event.sender, "text": event.text[:120]},
        contact=contact,
        inbound=event,
    )
    return "no_match"


def _for_staff(
    event: InboundEvent, match: ReplyMatch, kind: StaffItem.Reason, wording: Wording, *, now: datetime
) -> str:
    asked = match.delivery or match.asked
    staff_items.tell(
        kind,
        "replied",
        key=f"inbound:{event.pk}",
        values={"sender": event.sender, "text": event.text[:120]},
        contact=asked.contact if asked else None,
        delivery=match.delivery,
        inbound=event,
    )
    _say(event, asked, wording, now=now)
    return str(kind)


def _say(event: InboundEvent, asked: Delivery | None, wording: Wording, *, now: datetime) -> None:
    """Answer a patient's text once, from the number that it was sent to."""
    answers = Delivery.objects.filter(origin="answer", recipient=event.sender, due_at__gt=now - ANSWER_LIFE)
    if answers.count() >= MOST_ANSWERS:
        return
    outbox.put(
        channel=event.gateway.channel,
        gateway=event.gateway,
        recipient=event.sender,
        sender=event.recipient,
        wording=wording,
        contact=asked.contact if asked else None,
        language=asked.language if asked else event.organization.language,
        values={},
        origin="answer",
        origin_id=event.pk,
        topic=asked.topic if asked else "",
        dedup_key=f"answer:{event.pk}",
        due_at=now,
        useful_until=now + ANSWER_LIFE,
    )
