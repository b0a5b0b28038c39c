"""The phones and mailboxes that exist, newest first, each with the number of its unread messages."""

from dataclasses import dataclass

from django.db.models import Case, Count, F, Max, Q, QuerySet, When

from simulator import carrier
from simulator.models import CarrierMessage


@dataclass(frozen=True)
class Box:
    """A phone or a mailbox: its owner's number or address, its newest message, and how many are unread."""

    owner: str
    last: CarrierMessage
    unread: int


@dataclass(frozen=True)
class BoxPage:
    """A page of boxes, and how many there are in all."""

    boxes: list[Box]
    total: int
    page: int
    has_more: bool


def page_of(channel: str, *, seen: dict[str, int], query: str = "", number: int = 1, size: int) -> BoxPage:
    """Return the boxes of a channel whose owner contains `query`; `seen` maps owners to the last row looked at."""
    owners = _owned(channel).values("owner").annotate(newest=Max("pk")).order_by("-newest")
    if query:
        owners = owners.filter(owner__icontains=query)
    found = dict(owners.values_list("owner", "newest")[(number - 1) * size : number * size])
    last = CarrierMessage.objects.in_bulk(found.values())
    unread = _unread(channel, list(found), seen)
    boxes = [Box(owner, last[newest], unread.get(owner, 0)) for owner, newest in found.items()]
    total = owners.count()
    return BoxPage(boxes, total, number, has_more=total > number * size)


def newest() -> int:
    """Return the row number of the newest message of all, 0 when there is none."""
    return CarrierMessage.objects.aggregate(newest=Max("pk"))["newest"] or 0


def _owned(channel: str) -> QuerySet[CarrierMessage]:
    """All messages of a channel with their `owner`: the person's side, never the clinic's."""
    person = Case(When(direction=carrier.INBOUND, then=F("sender")), default=F("recipient"))
    return CarrierMessage.objects.filter(channel=channel).annotate(owner=person)


def _unread(channel: str, owners: list[str], seen: dict[str, int]) -> dict[str, int]:
    """Count what arrived after the owner's last look, and after their last answer."""
    waiting = Q()
    for owner in owners:
        waiting |= Q(recipient=owner, pk__gt=seen.get(owner, 0))
    if not owners:
        return {}
    rows = carrier.arrived().filter(waiting, channel=channel).order_by()
    return dict(rows.values_list("recipient").annotate(count=Count("pk")))
