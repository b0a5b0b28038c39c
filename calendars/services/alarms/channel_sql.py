"""The parts of the planning statement that differ by channel, written from the table of channels.

`due` is the alarm, `k` its contact, `s` its calendar setting, `caller` the setting's number. Only constants of the
table are written into SQL, never a value of a row or a request.
"""

from collections.abc import Callable

from notifications import channels
from notifications.channels import AddressEntry, ChannelEntry
from notifications.engine.address_validation import AddressForm

CALLER = "CASE WHEN caller.id ~ '^[+][1-9][0-9]{7,14}$' THEN caller.id ELSE '' END"


def parts() -> dict[str, str]:
    """Return the parts by the names under which the statement takes them."""
    contents = channels.content_fields()
    return {
        "alarm_columns": ", ".join(f"a.{name}" for name in _alarm_columns()),
        "channel": _by_method(lambda entry: f"'{entry.channel}'"),
        "recipient": _by_method(lambda entry: _recipient(entry.address)),
        "sender": _by_method(lambda entry: CALLER if entry.address.form is AddressForm.PHONE else "''"),
        "template": _by_method(lambda entry: f"due.{entry.content_field}_id" if entry.is_sent else "NULL::bigint"),
        "gateway": _by_method(_gateway),
        "first_addresses": "\n".join(_first(address) for address in channels.addresses()),
        "content_columns": ", ".join(f"{name}_id" for name in contents),
        "contents": ", ".join(f"CASE WHEN {_is(_holds(name))} THEN template_id END" for name in contents),
        "is_sent": _is(lambda entry: entry.is_sent),
        "takes_replies": _is(lambda entry: entry.takes_replies),
    }


def _alarm_columns() -> list[str]:
    return [
        *(address.alarm_field for address in channels.addresses()),
        *(f"{name}_id" for name in channels.content_fields()),
    ]


def _by_method(expression: Callable[[ChannelEntry], str]) -> str:
    cases = " ".join(f"WHEN {entry.method} THEN {expression(entry)}" for entry in channels.entries())
    return f"CASE due.method {cases} END"


def _is(holds: Callable[[ChannelEntry], bool]) -> str:
    """Return the condition that the method of a row is one of those for which something holds."""
    methods = [entry.method for entry in channels.entries() if holds(entry)]
    return f"method = ANY (ARRAY{methods}::int[])"


def _holds(content_field: str) -> Callable[[ChannelEntry], bool]:
    return lambda entry: entry.content_field == content_field


def _gateway(entry: ChannelEntry) -> str:
    """Return the gateway of the setting; where it names none, the organization's if the channel allows for that."""
    named = f"s.{entry.gateway_field}_id"
    if not entry.has_default_gateway:
        return named
    # Constants of the table of channels.
    first = (
        f"SELECT x.id FROM notifications_gateway x WHERE x.organization_id = due.organization_id"  # noqa: S608 # nosec B608
        f" AND x.channel = '{entry.channel}' AND x.status <> %(inactive)s ORDER BY x.id LIMIT 1"
    )
    return f"CASE WHEN s.id IS NOT NULL THEN coalesce({named}, ({first})) END"


def _recipient(address: AddressEntry) -> str:
    return f"coalesce(nullif(due.{address.alarm_field}, ''), first_{address.form}.address, '')"


def _first(address: AddressEntry) -> str:
    """Return the join of a contact's first address of a form."""
    column, table = address.contact_column, address.contact_table
    # Constants of the table of channels.
    first = f"SELECT x.{column} AS address FROM {table} x WHERE x.contact_id = k.id ORDER BY x.position, x.id LIMIT 1"  # noqa: S608 # nosec B608
    return f"    LEFT JOIN LATERAL ({first}) first_{address.form} ON true"
