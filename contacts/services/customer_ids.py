"""Customer ids: numbers of contacts, unique in their organization, and the next ones."""

from collections.abc import Collection
from itertools import count, islice

from django.db import connection
from django.db.models import Max

from accounts import tenancy
from contacts.models import Contact

FIRST = 10001
LARGEST = 2**31 - 1
# Of an advisory lock, beside the organization's id: without it, two at once would find the same highest number.
LOCK = 1_668_506_980


def reserve(number: int) -> list[int]:
    """Return so many unused customer ids: those after the highest, from 10001; gaps where there are no more.

    Others who want some wait until the transaction has ended.
    """
    if not number:
        return []
    _lock()
    highest = Contact.objects.aggregate(highest=Max("customer_id"))["highest"]
    first = FIRST if highest is None else highest + 1
    if first + number - 1 <= LARGEST:
        return list(range(first, first + number))
    taken = set(Contact.objects.filter(customer_id__gte=FIRST).values_list("customer_id", flat=True))
    return list(islice((each for each in count(FIRST) if each not in taken), number))


def owners(numbers: Collection[int]) -> dict[int, int]:
    """Return which contacts have some customer ids, their keys by the ids; others who want one wait."""
    _lock()
    rows = Contact.objects.filter(customer_id__in=numbers).values_list("pk", "customer_id")
    return {number: pk for pk, number in rows if number is not None}


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, tenancy.current()])
