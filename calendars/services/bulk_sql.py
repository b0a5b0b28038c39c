"""Pass many rows to one statement: as PostgreSQL arrays, one a column, or as a JSON array."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

from config.kernel.crypto import EncryptedJSONField


def arrays(rows: Iterable[tuple[object, ...]]) -> list[str]:
    """Return the columns of some rows as array literals.

    Of a list, psycopg2 would write an expression for each value; to write and to read them takes longer than all else.
    """
    return [_array(column) for column in zip(*rows, strict=True)]


def insert(rows: Sequence[Model], names: Sequence[str]) -> None:
    """Insert rows of one model in one statement and set their keys; the database fills the columns not named.

    `bulk_create` compiles each value by itself: of the 21 columns of an event that takes three times as long as
    parsing it.
    """
    if not rows:
        return
    table = rows[0]._meta.db_table
    fields: list[Any] = [rows[0]._meta.get_field(name) for name in names]
    into = columns(type(rows[0]), names)
    given = json.dumps([{field.column: _value(field, row) for field in fields} for row in rows], default=str)
    source = f'SELECT {into} FROM json_populate_recordset(NULL::"{table}", %s)'  # noqa: S608 # nosec B608
    with connection.cursor() as cursor:
        cursor.execute(f'INSERT INTO "{table}" ({into}) {source} RETURNING id', [given])
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk, row._state.adding = pk, False


def columns(model: type[Model], names: Iterable[str], *, of: str = "") -> str:
    """Return the columns of some fields of a model for a statement, of a table's alias where one is given."""
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    return ", ".join(f'{of and of + "."}"{field.column}"' for field in fields)


def _value(field: Any, row: Model) -> object:
    value = getattr(row, field.attname)
    return field.get_prep_value(value) if isinstance(field, EncryptedJSONField) else value


def _array(column: tuple[object, ...]) -> str:
    # Most values stand there many times.
    written = {value: _element(value) for value in set(column)}
    return f"{{{','.join(map(written.__getitem__, column))}}}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if not isinstance(value, str):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
