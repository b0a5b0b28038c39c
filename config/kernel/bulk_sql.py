"""Pass many rows to one statement: as PostgreSQL arrays, one a column."""

import json
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import Func, JSONField, Model

from config.kernel.crypto import EncryptedJSONField


def arrays(rows: Iterable[tuple[object, ...]]) -> list[str]:
    """Return the columns of some rows as array literals.

    Of a list, psycopg2 would write an expression for each value; to write and to read them takes longer than all else.
    """
    return [_array(column) for column in zip(*rows, strict=True)]


def insert(rows: Sequence[Model], names: Sequence[str]) -> None:
    """Insert rows of one model in one statement and set their keys; see `insert_values`."""
    if not rows:
        return
    values = attrgetter(*(_field(type(rows[0]), name).attname for name in names))
    keys = insert_values(type(rows[0]), names, list(map(values, rows)))
    for row, pk in zip(rows, keys, strict=True):
        row.pk, row._state.adding = pk, False


def insert_values(model: type[Model], names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[int]:
    """Insert rows, given by the values of some fields, in one statement, and return their keys.

    The database fills the columns not named. `bulk_create` compiles each value by itself: of the columns of an event
    that takes three times as long as parsing it.
    """
    if not rows:
        return []
    # An array has what differs from row to row, and the first column, which says how many rows there are.
    given: dict[str, str] = {}
    once: list[Any] = []
    taken = []
    for name, column in zip(names, zip(*rows, strict=True), strict=True):
        field = _field(model, name)
        if given and column.count(column[0]) == len(column):
            taken.append(f"%s::{_type(field)}")
            once += _prepared(field, column[:1])
        else:
            taken.append(f'c."{name}"')
            given[name] = _array(tuple(_prepared(field, column)))
    computed = computed_once(model, names)
    into = ", ".join([columns(model, names), *computed])
    arrays_given = ", ".join(f"%s::{_type(_field(model, name))}[]" for name in given)
    aliases = ", ".join(f'"{name}"' for name in given)
    statement = (
        f'INSERT INTO "{model._meta.db_table}" ({into}) SELECT {", ".join([*taken, *computed.values()])} '  # noqa: S608 # nosec B608
        f"FROM unnest({arrays_given}) AS c ({aliases}) RETURNING id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*once, *given.values()])
        return [pk for (pk,) in cursor.fetchall()]


def computed_once(model: type[Model], names: Iterable[str]) -> dict[str, str]:
    """Return the columns beside the named fields whose default is a function: for each an expression of its value.

    As a default it would be computed for each row, which takes longer than to write a small one.
    """
    others = [field for field in model._meta.concrete_fields if field.name not in names]
    functions = {field.column: field.db_default for field in others}
    return {f'"{name}"': f"(SELECT {each.function}())" for name, each in functions.items() if isinstance(each, Func)}


def columns(model: type[Model], names: Iterable[str], *, of: str = "") -> str:
    """Return the columns of some fields of a model for a statement, of a table's alias where one is given."""
    return ", ".join(f'{of and of + "."}"{_field(model, name).column}"' for name in names)


def _field(model: type[Model], name: str) -> Any:
    return model._meta.get_field(name)


def noted_value(model: type[Model], name: str, *, of: str, notes: str) -> str:
    """Return the value of a column as a JSON object of the same row notes it, by the column's name, else the row's own.

    `of` is the alias of the row, `notes` its column with the object. A row that is noted and is gone since counts as
    none; where there must be one, the row's own stands for it.
    """
    field: Any = model._meta.get_field(name)
    column, own = field.column, f'{of}."{field.column}"'
    # For the types of columns; a null is one, and no JSON.
    noted = f'(jsonb_populate_record(NULL::"{model._meta.db_table}", {of}."{notes}"))."{column}"'
    if field.is_relation:
        table = field.related_model._meta.db_table
        noted = f'(SELECT k.id FROM "{table}" k WHERE k.organization_id = {of}.organization_id AND k.id = {noted})'  # noqa: S608 # nosec B608
        noted = noted if field.null else f"COALESCE({noted}, {own})"
    return f"CASE WHEN {of}.\"{notes}\" ? '{column}' THEN {noted} ELSE {own} END"


def _type(field: Any) -> str:
    # A cast to varchar(9) would cut without an error.
    return str(field.db_type(connection)).partition("(")[0].replace("varchar", "text")


def _prepared(field: Any, values: Iterable[Any]) -> Iterable[Any]:
    if isinstance(field, JSONField):
        return (None if value is None else json.dumps(value) for value in values)
    return map(field.get_prep_value, values) if isinstance(field, EncryptedJSONField) else values


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
