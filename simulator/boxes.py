"""What the pages show: the phones and mailboxes that exist, newest first, and what was not looked at yet."""

from dataclasses import dataclass

from django.db.models import Case, Count, F, Max, Q, QuerySet, When

from simulator import carrier
from simulator.models import CarrierMessage


@dataclass(frozen=True)
class Box:
    """A phone or a mailbox: whose it is, its newest message, and how many nobody has looked at."""

    owner: str
    last: CarrierMessage
    unread: int


@dataclass(frozen=True)
class Shelf:
    """A page of boxes, and how many there are in all."""

    boxes: list[Box]
    total: int
    page: int
    has_more: bool


def shelf(channel: str, *, seen: dict[str, int], query: str = "", page: int = 1, size: int) -> Shelf:
    """Return the boxes of a channel whose owner contains `query`; `seen` maps owners to the last row looked at."""
    owners = _owned(channel).values("owner").annotate(newest=Max("pk")).order_by("-newest")
    if query:
        owners = owners.filter(owner__icontains=query)
    found = dict(owners.values_list("owner", "newest")[(page - 1) * size : page * size])
    last = CarrierMessage.objects.in_bulk(found.values())
    unread = _unread(channel, list(found), seen)
    boxes = [Box(owner, last[newest], unread.get(owner, 0)) for owner, newest in found.items()]
    total = owners.count()
    return Shelf(boxes, total, page, has_more=total > page * size)


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
