"""Many rows for one statement: a PostgreSQL array for each column."""

from collections.abc import Iterable


def arrays(rows: Iterable[tuple[object, ...]]) -> list[str]:
    """Return the columns of some rows as array literals.

    Of a list, psycopg2 would write an expression for each value; to write and to read them takes longer than all else.
    """
    return [f"{{{','.join(map(_element, column))}}}" for column in zip(*rows, strict=True)]


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if not isinstance(value, str):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
