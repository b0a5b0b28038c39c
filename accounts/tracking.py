"""Rows of which other programs keep copies: when each changed last, and which are gone.

`updated_at` is for people. What a copy has missed is found by the number of the transaction that wrote a row: a moment
says when something was written, not when others could see it, and a long transaction is seen late. A mark notes from
time to time which was the oldest transaction under way; what is numbered lower had ended by then. Triggers keep the
columns and the deleted ids at every write, so that no service can forget them.
"""

from django.db import models
from django.db.models import BigIntegerField, Func, Index, Q, UniqueConstraint

from accounts.tenancy import TenantOwned, current_id
from config.kernel.clock import DatabaseNow

# The condition of an index on (organization, updated_in): true of each row. Without it PostgreSQL checks keys by that
# index in tables without statistics, and reads all rows of an organization each time (see tests/test_key_checks.py).
HAS_CHANGED = Q(updated_in__gte=0)


class DatabaseTransaction(Func):
    """The number of the transaction under way, as PostgreSQL counts them; usable as `db_default`."""

    function = "punctual_transaction"
    template = "%(function)s()"
    output_field = BigIntegerField()


class Tracked(models.Model):
    """A row that tells when it changed last; its migration calls `track` (`accounts/migrations/_tracking.py`)."""

    updated_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    updated_in = models.BigIntegerField(db_default=DatabaseTransaction(), editable=False)

    class Meta:
        abstract = True


class DeletedRow(TenantOwned):
    """That a row is gone: its kind and number, and nothing of what stood in it."""

    # It outlives the organization: nothing deletes it.
    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.DO_NOTHING, db_constraint=False, default=current_id, related_name="+"
    )
    kind = models.CharField(max_length=63)  # the table
    object_id = models.BigIntegerField()
    deleted_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    deleted_in = models.BigIntegerField(db_default=DatabaseTransaction(), editable=False)

    class Meta:
        ordering = ["object_id"]
        constraints = [UniqueConstraint(fields=["organization", "kind", "object_id"], name="deleted_row_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class TransactionMark(models.Model):
    """Which transaction was the oldest one under way at a moment."""

    at = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    oldest = models.BigIntegerField()

    class Meta:
        ordering = ["-at"]
        indexes = [Index(fields=["at", "oldest"], name="transaction_mark_at")]

    def __str__(self) -> str:
        return f"{self.at}: {self.oldest}"
