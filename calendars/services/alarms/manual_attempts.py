"""Record attempts that were made elsewhere, such as a call by hand; nothing is sent by that.

What the machine recorded stays as it is.
"""

from typing import Unpack

from accounts import tenancy
from calendars.errors import RecordedByMachine
from calendars.models import AlarmRequest
from calendars.services.field_types import AlarmRequestChange
from config.kernel import shapes


@tenancy.of_row
def change(row: AlarmRequest, **fields: Unpack[AlarmRequestChange]) -> AlarmRequest:
    """Correct an attempt that was written down; raises `RecordedByMachine`."""
    shapes.check(fields, AlarmRequestChange)
    _guard(row)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=list(fields))
    return row


@tenancy.of_row
def delete(row: AlarmRequest) -> None:
    """Remove an attempt that was written down; raises `RecordedByMachine`."""
    _guard(row)
    row.delete()


def _guard(row: AlarmRequest) -> None:
    if row.attempt_id is not None:
        raise RecordedByMachine
