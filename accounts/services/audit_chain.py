"""Hash chains over the audit trail: the database extends them, this module calls it and verifies them.

Entries are chained after their transaction, in batches, so that writers do not wait for one another. Until then, for
some seconds, only privileges and triggers protect an entry.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from accounts import tenancy
from accounts.models import AuditEntry, PlatformEntry

BATCH = 5000
PLATFORM = 0  # the number of the platform's chain
# No transaction takes longer: an entry that is older than its predecessors by more than this was inserted later.
LATE = timedelta(hours=1)

# Also the hash two before: where the entry fits that one, the row between was inserted.
VERIFY = """
SELECT e.id, e.position, e.hash, b.before, b.id_before, b.at < b.latest - %s,
       {table}_digest(b.mark, e), {table}_digest(b.mark_before, e)
  FROM {table} e
  JOIN (SELECT id, at, lag(position, 1, 0::bigint) OVER w AS before, lag(id) OVER w AS id_before,
               lag(hash, 1, '') OVER w AS mark,
               lag(hash, 2, '') OVER w AS mark_before,
               max(at) OVER (ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS latest
          FROM {table} WHERE {owner} = %s AND position IS NOT NULL WINDOW w AS (ORDER BY position)) b
    ON b.id = e.id
 WHERE e.position <> b.before + 1 OR e.hash <> {table}_digest(b.mark, e) OR b.at < b.latest - %s
 ORDER BY e.position
"""
HEAD = "SELECT position, hash FROM {table} WHERE {owner} = %s AND position IS NOT NULL ORDER BY position DESC LIMIT 1"
HASH = "SELECT hash FROM {table} WHERE {owner} = %s AND position = %s"


@dataclass(frozen=True)
class Chain:
    """One chain: an organization's, or the platform's."""

    owner: int

    def sql(self, text: str) -> str:
        """Return a statement with the chain's table and owner column filled in."""
        if self.owner == PLATFORM:
            return text.format(table=PlatformEntry._meta.db_table, owner="0")
        return text.format(table=AuditEntry._meta.db_table, owner="organization_id")


@dataclass(frozen=True)
class ChainHead:
    """The last entry of a chain; stored elsewhere, it proves later that no entry was cut off."""

    position: int
    hash: str


def extend_chains() -> int:
    """Append committed entries of all organizations to their chains; return how many."""
    with tenancy.system():
        waiting = AuditEntry.objects.unscoped().filter(position=None).order_by()
        owners = list(waiting.values_list("organization_id", flat=True).distinct())
    done = _extend(Chain(PLATFORM))
    for owner in owners:
        with tenancy.tenant(owner):
            done += _extend(Chain(owner))
    return done


def _extend(chain: Chain) -> int:
    done, last = 0, BATCH
    while last == BATCH:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(chain.sql("SELECT {table}_seal(%s, %s)"), [chain.owner, BATCH])
            last = cursor.fetchone()[0]
        done += last
    return done


def chain_owners() -> list[int]:
    """Return the owners of all chains: organization ids, and PLATFORM."""
    with tenancy.system():
        rows = AuditEntry.objects.unscoped().order_by("organization_id")
        return [PLATFORM, *rows.values_list("organization_id", flat=True).distinct()]


def chain_head(chain: Chain) -> ChainHead | None:
    """Return the head of a chain, None for an empty one."""
    with connection.cursor() as cursor:
        cursor.execute(chain.sql(HEAD), [chain.owner])
        found = cursor.fetchone()
    return ChainHead(*found) if found else None


def contains_head(chain: Chain, head: ChainHead) -> bool:
    """Return whether a chain still contains a head that was stored earlier."""
    with connection.cursor() as cursor:
        cursor.execute(chain.sql(HASH), [chain.owner, head.position])
        found = cursor.fetchone()
    return bool(found) and found[0] == head.hash


def find_tampering(chain: Chain) -> Iterator[str]:
    """Yield a sentence for each entry of a chain that was changed, removed or inserted."""
    with connection.cursor() as cursor:
        asked: Any = [LATE, chain.owner, LATE]
        cursor.execute(chain.sql(VERIFY), asked)
        rows = cursor.fetchall()
    said: dict[int, str] = {}
    for pk, position, mark, before, pk_before, late, right, without in rows:
        if position != before + 1:
            said[position] = _gap(before + 1, position - 1, pk)
        elif mark == without != right:
            said[before] = f"Entry {pk_before} (number {before}) was put in: the next one does not know it."
        elif mark != right:
            said[position] = f"Entry {pk} (number {position}) was changed, or the one before it together with its hash."
        elif late:
            said[position] = f"Entry {pk} (number {position}) was put in: it is older than entries before it."
    yield from said.values()


def _gap(first: int, last: int, pk: int) -> str:
    numbers = f"Number {first} was" if first == last else f"Numbers {first} to {last} were"
    return f"{numbers} removed, before entry {pk}."
